import type { AwsCaller } from '#aws/client.ts'
import { AwsError } from '#aws/error.ts'
import { readDocument, type ProjectDocument } from './document.ts'
import type { FunctionEntry, Manifest } from './manifest.ts'
import { zipFolder } from './zip.ts'

/** Where and how a project is deployed. */
export interface DeployTarget {
  readonly caller: AwsCaller
  readonly account: string
  readonly region: string
  /** `folder`: functions run from where they lie and follow every edit; `zip`: they are uploaded. */
  readonly code: 'folder' | 'zip'
  /** Stage variables beside the manifest's. */
  readonly variables: Readonly<Record<string, string>>
}

export interface DeployedProject {
  readonly apiId: string
  readonly stage: string
  readonly document: ProjectDocument
  readonly warnings: readonly string[]
}

/** Marks the API of a project, so that the next deployment finds it. */
const PROJECT_TAG = 'gatehouse:project'
/** Deployments that no stage uses are deleted past this number. */
const DEPLOYMENTS_KEPT = 5
const ROLE = 'gatehouse-project'

/**
 * Deploys a project over the calls that any AWS client makes: functions first, then the document into the API that
 * the project had before (or a new one), then a deployment to its stage.
 * @param previous what was deployed before by this process: functions that are the same stay as they are, warm
 * @throws ProjectError, AwsError
 */
export async function deployProject(
  manifest: Manifest,
  target: DeployTarget,
  previous?: Manifest,
): Promise<DeployedProject> {
  const { caller, account, region } = target
  const document = readDocument(manifest.openapi, account, region)
  const apiId = await findOrCreateApi(manifest, target, document.title)
  for (const entry of manifest.functions) {
    const known = previous?.functions.some((other) => Bun.deepEquals(other, entry)) ?? false
    if (!known) await deployFunction(entry, target, apiId)
  }
  const imported = (await caller.call(
    'apigateway',
    'PUT',
    `/restapis/${apiId}?mode=overwrite`,
    document.bytes,
  )) as {
    warnings?: string[]
  }
  const variables = { ...manifest.variables, ...target.variables }
  await caller.call('apigateway', 'POST', `/restapis/${apiId}/deployments`, {
    stageName: manifest.stage,
    description: `gatehouse: ${manifest.name}`,
    variables,
  })
  await deleteOldDeployments(caller, apiId)
  return { apiId, stage: manifest.stage, document, warnings: imported.warnings ?? [] }
}

interface RestApiSummary {
  readonly id: string
  readonly tags?: Readonly<Record<string, string>>
}

async function findOrCreateApi({ name }: Manifest, { caller }: DeployTarget, title: string): Promise<string> {
  let position: string | undefined
  do {
    const page = (await caller.call(
      'apigateway',
      'GET',
      `/restapis?limit=500${position === undefined ? '' : `&position=${encodeURIComponent(position)}`}`,
    )) as { item?: RestApiSummary[]; position?: string }
    const found = page.item?.find(({ tags }) => tags?.[PROJECT_TAG] === name)
    if (found !== undefined) return found.id
    position = page.position
  } while (position !== undefined)
  const created = (await caller.call('apigateway', 'POST', '/restapis', {
    name: title,
    endpointConfiguration: { types: ['REGIONAL'] },
    tags: { [PROJECT_TAG]: name },
  })) as RestApiSummary
  return created.id
}

async function deployFunction(entry: FunctionEntry, target: DeployTarget, apiId: string): Promise<void> {
  const { caller, account, region, code } = target
  const path = `/2015-03-31/functions/${encodeURIComponent(entry.name)}`
  const configuration = {
    Runtime: entry.runtime,
    Handler: entry.handler,
    Role: `arn:aws:iam::${account}:role/${ROLE}`,
    Timeout: entry.timeoutSeconds,
    MemorySize: entry.memoryMb,
    Environment: { Variables: entry.environment },
  }
  const source =
    code === 'folder'
      ? { S3Bucket: 'hot-reload', S3Key: entry.folder }
      : { ZipFile: Buffer.from(zipFolder(entry.folder)).toString('base64') }
  try {
    await caller.call('lambda', 'POST', '/2015-03-31/functions', {
      FunctionName: entry.name,
      Code: source,
      ...configuration,
    })
  } catch (error) {
    if (!isError(error, 'ResourceConflictException')) throw error
    await caller.call('lambda', 'PUT', `${path}/code`, source)
    await caller.call('lambda', 'PUT', `${path}/configuration`, configuration)
  }
  try {
    await caller.call('lambda', 'POST', `${path}/policy`, {
      StatementId: `gatehouse-${apiId}`,
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:${region}:${account}:${apiId}/*`,
    })
  } catch (error) {
    // It has the permission from before.
    if (!isError(error, 'ResourceConflictException')) throw error
  }
}

interface DeploymentSummary {
  readonly id: string
  readonly createdDate: number
}

/** Every save is a deployment: the old ones are of no use to anyone. */
async function deleteOldDeployments(caller: AwsCaller, apiId: string): Promise<void> {
  const { item = [] } = (await caller.call(
    'apigateway',
    'GET',
    `/restapis/${apiId}/deployments?limit=500`,
  )) as {
    item?: DeploymentSummary[]
  }
  const old = [...item].sort((a, b) => b.createdDate - a.createdDate).slice(DEPLOYMENTS_KEPT)
  for (const { id } of old) {
    try {
      await caller.call('apigateway', 'DELETE', `/restapis/${apiId}/deployments/${id}`)
    } catch (error) {
      // A stage that someone else made uses it.
      if (!isError(error, 'BadRequestException')) throw error
    }
  }
}

function isError(error: unknown, code: string): boolean {
  return error instanceof AwsError && error.code === code
}
