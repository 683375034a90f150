import { createHash } from 'node:crypto'
import type { AwsCaller } from '#aws/client.ts'
import { AwsError } from '#aws/error.ts'
import type { FunctionEntry } from './manifest.ts'
import { zipFolder } from './zip-folder.ts'

/** `folder`: functions run from where they lie and follow every edit; `zip`: they are uploaded. */
export type CodeSource = 'folder' | 'zip'

const FUNCTIONS = '/2015-03-31/functions'
/** Gatehouse asks no roles for permission; the call must name one. */
const ROLE = 'arn:aws:iam::000000000000:role/gatehouse-project'

/**
 * Makes a project's functions what its manifest says, and lets its API invoke them. What is so already is left alone:
 * its processes stay warm.
 * @throws ProjectError, AwsError
 */
export async function deployFunctions(
  caller: AwsCaller,
  entries: readonly FunctionEntry[],
  code: CodeSource,
  apiId: string,
): Promise<void> {
  for (const entry of entries) {
    const arn = await deployFunction(caller, entry, code)
    await allowInvocation(caller, entry, arn, apiId)
  }
}

/** What of GetFunction's answer is looked at. */
interface KnownFunction {
  readonly Configuration: {
    readonly FunctionArn: string
    readonly CodeSha256?: string
    readonly Runtime?: string
    readonly Handler?: string
    readonly Timeout?: number
    readonly MemorySize?: number
    readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> }
  }
  readonly Code?: { readonly ResolvedS3Object?: { readonly S3Key?: string } }
}

/** @returns its ARN */
async function deployFunction(caller: AwsCaller, entry: FunctionEntry, code: CodeSource): Promise<string> {
  const path = `${FUNCTIONS}/${encodeURIComponent(entry.name)}`
  const source = code === 'folder' ? folderSource(entry.folder) : zipSource(entry.folder)
  const settings = settingsOf(entry)
  const known = await findFunction(caller, path)
  if (known === undefined) {
    const created = await caller.call('lambda', 'POST', FUNCTIONS, {
      FunctionName: entry.name,
      Role: ROLE,
      Code: source.call,
      ...settings,
    })
    return (created as KnownFunction['Configuration']).FunctionArn
  }
  if (!source.isOf(known)) await caller.call('lambda', 'PUT', `${path}/code`, source.call)
  if (!Bun.deepEquals(settingsOf(describe(known)), settings)) {
    await caller.call('lambda', 'PUT', `${path}/configuration`, settings)
  }
  return known.Configuration.FunctionArn
}

async function findFunction(caller: AwsCaller, path: string): Promise<KnownFunction | undefined> {
  try {
    return (await caller.call('lambda', 'GET', path)) as KnownFunction
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined
    throw error
  }
}

interface Source {
  /** As calls name it. */
  readonly call: object
  /** Whether the function has this code already. */
  isOf(known: KnownFunction): boolean
}

function folderSource(folder: string): Source {
  return {
    call: { S3Bucket: 'hot-reload', S3Key: folder },
    isOf: ({ Code }) => Code?.ResolvedS3Object?.S3Key === folder,
  }
}

function zipSource(folder: string): Source {
  const archive = zipFolder(folder)
  const digest = createHash('sha256').update(archive).digest('base64')
  return {
    call: { ZipFile: Buffer.from(archive).toString('base64') },
    isOf: ({ Configuration }) => Configuration.CodeSha256 === digest,
  }
}

type Settings = Pick<FunctionEntry, 'runtime' | 'handler' | 'timeoutSeconds' | 'memoryMb' | 'environment'>

function settingsOf(entry: Settings): object {
  return {
    Runtime: entry.runtime,
    Handler: entry.handler,
    Timeout: entry.timeoutSeconds,
    MemorySize: entry.memoryMb,
    Environment: { Variables: entry.environment },
  }
}

function describe({ Configuration }: KnownFunction): Settings {
  const { Runtime = '', Handler = '', Timeout = 0, MemorySize = 0, Environment } = Configuration
  return {
    runtime: Runtime,
    handler: Handler,
    timeoutSeconds: Timeout,
    memoryMb: MemorySize,
    environment: Environment?.Variables ?? {},
  }
}

async function allowInvocation(
  caller: AwsCaller,
  { name }: FunctionEntry,
  functionArn: string,
  apiId: string,
): Promise<void> {
  const [, partition, , region, account] = functionArn.split(':')
  try {
    await caller.call('lambda', 'POST', `${FUNCTIONS}/${encodeURIComponent(name)}/policy`, {
      StatementId: `gatehouse-${apiId}`,
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:${partition}:execute-api:${region}:${account}:${apiId}/*`,
    })
  } catch (error) {
    // It has the permission from before.
    if (!(error instanceof AwsError) || error.code !== 'ResourceConflictException') throw error
  }
}
