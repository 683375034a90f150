import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FunctionDefinition } from './definition.ts'

/** What functions find in their environment beside their own variables. */
export interface FunctionSurroundings {
  /** Address of the gateway for the function's own AWS calls; asked at each start of a process. */
  readonly endpointUrl?: (() => string | undefined) | undefined
  /** Keys for the function's own AWS calls; by default the account is the access key, which development mode reads. */
  readonly credentials?:
    | {
        readonly accessKeyId: string
        readonly secretAccessKey: string
        readonly sessionToken?: string | undefined
      }
    | undefined
}

/** Variables that functions may not set: developer guide, "Defined runtime environment variables". */
export const RESERVED_VARIABLES: ReadonlySet<string> = new Set(
  (
    '_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME ' +
    'AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE ' +
    'AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY ' +
    'AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR'
  ).split(' '),
)

/** The little of our own environment without which programs do not start. */
const HOST_VARIABLES: readonly string[] =
  process.platform === 'win32' ? ['PATH', 'SystemRoot', 'ComSpec', 'PATHEXT'] : ['PATH']

/**
 * The whole environment of a process: nothing else of ours reaches it.
 * @param runtimeVariables what the runtime needs itself
 */
export function functionEnvironment(
  definition: FunctionDefinition,
  process_: {
    readonly runtimeApi: string
    /** The runtimes that come with us take it out before the function is loaded. */
    readonly runtimeLink: string
    readonly codeFolder: string
    readonly logStream: string
    readonly runtimeVariables: Readonly<Record<string, string>>
  },
  surroundings: FunctionSurroundings,
): Record<string, string> {
  const { region, account } = definition
  const keys = surroundings.credentials ?? { accessKeyId: account, secretAccessKey: 'gatehouse' }
  const endpoint = surroundings.endpointUrl?.()
  const environment: Record<string, string> = {}
  for (const name of HOST_VARIABLES) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  Object.assign(environment, {
    HOME: tmpdir(),
    TMPDIR: tmpdir(),
    TEMP: tmpdir(),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint }),
    ...process_.runtimeVariables,
    // The function's own come after everything that it may set.
    ...definition.environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: definition.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: process_.logStream,
    AWS_LAMBDA_LOG_FORMAT: definition.logFormat,
    ...(definition.logLevel === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: definition.logLevel }),
    AWS_LAMBDA_RUNTIME_API: process_.runtimeApi,
    GATEHOUSE_RUNTIME_LINK: process_.runtimeLink,
    LAMBDA_TASK_ROOT: process_.codeFolder,
    LAMBDA_RUNTIME_DIR: join(import.meta.dir, 'bootstrap'),
    _HANDLER: definition.handler,
  })
  // Custom runtimes have none (recorded on AWS).
  if (!definition.runtime.startsWith('provided')) {
    environment['AWS_EXECUTION_ENV'] = `AWS_Lambda_${definition.runtime}`
  }
  return environment
}
