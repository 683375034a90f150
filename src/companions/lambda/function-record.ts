import type { Call } from '#aws/call.ts'
import type { FunctionConfiguration, LoggingConfig, VpcConfigResponse } from '#aws/tables/lambda.ts'
import { kind, type Kind } from '#base/kind.ts'
import type { Key } from '#store/store.ts'
import { functionArn, type FunctionName } from './function-name.ts'
import type { PolicyStatement } from './resource-policy.ts'

/** Where a function's code is. */
export type CodeSource =
  /** `sha256`: lower-case hex, the blob's name in the store. */
  | { readonly kind: 'zip'; readonly sha256: string }
  /** A folder of this machine, read where it is. */
  | { readonly kind: 'folder'; readonly path: string }

/** A function as it is remembered; account, region and name are its key. */
export interface FunctionRecord {
  readonly runtime: string
  readonly handler: string
  readonly role: string
  readonly description: string
  readonly timeoutSeconds: number
  readonly memoryMb: number
  readonly ephemeralStorageMb: number
  readonly architecture: 'x86_64' | 'arm64'
  readonly environment: Readonly<Record<string, string>> | undefined
  readonly tracingMode: 'Active' | 'PassThrough'
  readonly logging: LoggingConfig
  readonly vpc: VpcConfigResponse | undefined
  readonly kmsKeyArn: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly code: CodeSource
  readonly codeBytes: number
  /** base64, as AWS prints it. */
  readonly codeSha256: string
  /** Epoch milliseconds. */
  readonly lastModified: number
  readonly revisionId: string
}

export const functionKind: Kind<FunctionRecord> = kind('lambda.function')

/** Who may invoke a function; beside it, because a permission changes no version of the function. */
export interface PolicyRecord {
  readonly statements: readonly PolicyStatement[]
  readonly revisionId: string
}

export const policyKind: Kind<PolicyRecord> = kind('lambda.policy')

/** The one version that functions have so far. */
export const LATEST = '$LATEST'

export function functionKey({
  account,
  region,
  name,
}: Pick<FunctionName, 'account' | 'region' | 'name'>): Key {
  return { account, region, parent: '', id: name }
}

/** AWS's shape of a function. */
export function configurationOf(
  name: Pick<FunctionName, 'account' | 'region' | 'name'>,
  record: FunctionRecord,
  qualifier?: string,
): FunctionConfiguration {
  return {
    FunctionName: name.name,
    FunctionArn: functionArn(name, qualifier),
    Runtime: record.runtime,
    Role: record.role,
    Handler: record.handler,
    CodeSize: record.codeBytes,
    Description: record.description,
    Timeout: record.timeoutSeconds,
    MemorySize: record.memoryMb,
    LastModified: new Date(record.lastModified).toISOString().replace('Z', '+0000'),
    CodeSha256: record.codeSha256,
    Version: LATEST,
    VpcConfig: record.vpc,
    Environment: record.environment && { Variables: record.environment },
    KMSKeyArn: record.kmsKeyArn,
    TracingConfig: { Mode: record.tracingMode },
    RevisionId: record.revisionId,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [record.architecture],
    EphemeralStorage: { Size: record.ephemeralStorageMb },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: record.logging,
  }
}

/** Records of one caller's account and region. */
export function ownFunctions({ account, region }: Pick<Call, 'account' | 'region'>): Omit<Key, 'id'> {
  return { account, region, parent: '' }
}
