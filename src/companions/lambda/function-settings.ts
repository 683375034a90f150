import { AwsError } from '#aws/error.ts'
import type {
  CreateFunctionRequest,
  LoggingConfig,
  UpdateFunctionConfigurationRequest,
} from '#aws/tables/lambda.ts'
import { RESERVED_VARIABLES } from './environment.ts'
import { invalid } from './function-code.ts'
import type { FunctionRecord } from './function-record.ts'
import { environmentBytesMax } from './limits.ts'
import { runtimeProblem } from './runtimes.ts'

/** What CreateFunction and UpdateFunctionConfiguration have in common. */
export type Settings = Omit<UpdateFunctionConfigurationRequest, 'FunctionName' | 'RevisionId'> &
  Partial<
    Pick<
      CreateFunctionRequest,
      'PackageType' | 'CodeSigningConfigArn' | 'TenancyConfig' | 'Publish' | 'PublishTo'
    >
  >

/** The part of a record that settings make. */
export type SettledFunction = Omit<
  FunctionRecord,
  'code' | 'codeBytes' | 'codeSha256' | 'lastModified' | 'revisionId' | 'tags' | 'architecture'
>

const TIMEOUT_SECONDS_MAX = 900
const VARIABLE_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/

/** Settings that change what a function does and that nothing here would carry out: refused, not ignored. */
const UNSUPPORTED: readonly { readonly is: (settings: Settings) => boolean; readonly what: string }[] = [
  { is: (settings) => settings.PackageType === 'Image', what: 'PackageType Image is' },
  { is: (settings) => settings.ImageConfig !== undefined, what: 'ImageConfig is' },
  { is: (settings) => (settings.Layers?.length ?? 0) > 0, what: 'Layers are' },
  { is: (settings) => (settings.FileSystemConfigs?.length ?? 0) > 0, what: 'FileSystemConfigs are' },
  { is: (settings) => (settings.DeadLetterConfig?.TargetArn ?? '') !== '', what: 'DeadLetterConfig is' },
  { is: (settings) => settings.SnapStart?.ApplyOn === 'PublishedVersions', what: 'SnapStart is' },
  { is: (settings) => settings.CodeSigningConfigArn !== undefined, what: 'CodeSigningConfigArn is' },
  { is: (settings) => settings.TenancyConfig !== undefined, what: 'TenancyConfig is' },
  { is: (settings) => settings.CapacityProviderConfig !== undefined, what: 'CapacityProviderConfig is' },
  { is: (settings) => settings.DurableConfig !== undefined, what: 'DurableConfig is' },
  {
    is: (settings) => settings.Publish === true || settings.PublishTo !== undefined,
    what: 'Publish: versions are',
  },
]

/**
 * Checks settings and lays them over what there was.
 * @param before undefined for a new function
 * @throws AwsError with AWS's code and message
 */
export function settle(
  name: string,
  settings: Settings,
  before: SettledFunction | undefined,
): SettledFunction {
  const unsupported = UNSUPPORTED.find(({ is }) => is(settings))
  if (unsupported !== undefined) {
    throw invalid(`${unsupported.what} not supported by Gatehouse yet: leave the setting out`)
  }
  const runtime = settings.Runtime ?? before?.runtime
  const handler = settings.Handler ?? before?.handler
  if (runtime === undefined)
    throw invalid('Runtime is mandatory for functions created with deployment packages.')
  const problem = settings.Runtime === undefined ? undefined : runtimeProblem(runtime)
  if (problem !== undefined) throw invalid(problem)
  if (handler === undefined)
    throw invalid('Handler is mandatory for functions created with deployment packages.')
  const timeoutSeconds = settings.Timeout ?? before?.timeoutSeconds ?? 3
  if (timeoutSeconds > TIMEOUT_SECONDS_MAX) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${timeoutSeconds}' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to ${TIMEOUT_SECONDS_MAX}`,
    )
  }
  return {
    runtime,
    handler,
    role: settings.Role ?? before?.role ?? '',
    description: settings.Description ?? before?.description ?? '',
    timeoutSeconds,
    memoryMb: settings.MemorySize ?? before?.memoryMb ?? 128,
    ephemeralStorageMb: settings.EphemeralStorage?.Size ?? before?.ephemeralStorageMb ?? 512,
    environment:
      settings.Environment === undefined
        ? before?.environment
        : checkedVariables(settings.Environment.Variables ?? {}),
    tracingMode: settings.TracingConfig?.Mode ?? before?.tracingMode ?? 'PassThrough',
    logging: settledLogging(name, settings.LoggingConfig, before?.logging),
    vpc: settings.VpcConfig === undefined ? before?.vpc : { ...settings.VpcConfig, VpcId: '' },
    kmsKeyArn: settings.KMSKeyArn ?? before?.kmsKeyArn,
  }
}

function checkedVariables(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(variables)
  const misspelt = names.find((name) => !VARIABLE_NAME.test(name))
  if (misspelt !== undefined) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]: ${misspelt}`,
    )
  }
  const reserved = names.filter((name) => RESERVED_VARIABLES.has(name))
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  }
  const measured = JSON.stringify(variables)
  if (Buffer.byteLength(measured) > environmentBytesMax) {
    // Recorded on AWS, what was measured included.
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    )
  }
  return variables
}

function settledLogging(
  name: string,
  given: LoggingConfig | undefined,
  before: LoggingConfig | undefined,
): LoggingConfig {
  const merged = { LogFormat: 'Text' as const, LogGroup: `/aws/lambda/${name}`, ...before, ...present(given) }
  // Recorded on AWS: levels are of the JSON format alone, and have defaults there.
  if (merged.LogFormat !== 'JSON') return { LogFormat: merged.LogFormat, LogGroup: merged.LogGroup }
  return { ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO', ...merged }
}

function present<T extends object>(value: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, each]) => each !== undefined),
  ) as Partial<T>
}
