import { AwsError } from '#aws/error.ts'
import type { Caller } from '#base/caller.ts'
import type { AssumeRoleResponse, PolicyDescriptorType, Tag } from '#aws/tables/sts.ts'
import { managedDocument, readHolder } from '#companions/iam/iam-context.ts'
import { checkPolicyDocument, policyCharacters } from '#companions/iam/policy-document.ts'
import { withTags } from '#companions/iam/tags.ts'
import type { RoleRecord, Tags } from '#companions/iam/records.ts'
import {
  roleSessionSecondsDefault,
  sessionPolicyArnsMax,
  sessionPolicyCharactersMax,
  sessionTagsMax,
} from './limits.ts'
import { newCredentials, type StsContext } from './sts-context.ts'

export interface NamedRole {
  readonly account: string
  readonly record: RoleRecord
}

const ROLE_ARN = /^arn:aws:iam::(\d{12}):role(\/(?:[!-~]+\/)?)([\w+=,.@-]+)$/

export type BegunSession = Required<
  Pick<AssumeRoleResponse, 'Credentials' | 'AssumedRoleUser' | 'PackedPolicySize'>
>

/** @throws AwsError for what is no role's ARN */
export function accountOfRole(arn: string): string {
  const [, account] = ROLE_ARN.exec(arn) ?? []
  if (account === undefined) throw new AwsError('ValidationError', `${arn} is invalid`, 400)
  return account
}

/** @returns undefined when there is none: callers are told no more than that they may not */
export async function findRole({ store }: StsContext, arn: string): Promise<NamedRole | undefined> {
  const account = accountOfRole(arn)
  const [, , path, name = ''] = ROLE_ARN.exec(arn) ?? []
  const record = await readHolder(store, 'role', account, name).catch((error: unknown) => {
    if (error instanceof AwsError) return undefined
    throw error
  })
  return record !== undefined && record.path === path ? { account, record } : undefined
}

export interface SessionRequest {
  readonly RoleSessionName: string
  readonly DurationSeconds?: number | undefined
  readonly Policy?: string | undefined
  readonly PolicyArns?: readonly PolicyDescriptorType[] | undefined
}

export interface SessionFacts {
  readonly tags: Tags
  readonly federated?: string | undefined
  readonly federatedKeys?: Caller['federatedKeys']
  readonly sourceIdentity?: string | undefined
  /** Less than what the role grants, for sessions out of sessions. */
  readonly secondsMax?: number | undefined
}

/**
 * Temporary credentials of a role, for whoever was found to be trusted.
 * @throws AwsError
 */
export async function beginSession(
  context: StsContext,
  { account, record }: NamedRole,
  request: SessionRequest,
  { secondsMax = record.maxSessionSeconds, ...facts }: SessionFacts,
): Promise<BegunSession> {
  const { RoleSessionName, DurationSeconds = roleSessionSecondsDefault } = request
  const isChained = secondsMax < record.maxSessionSeconds
  if (DurationSeconds > Math.min(secondsMax, record.maxSessionSeconds)) {
    throw new AwsError(
      'ValidationError',
      isChained
        ? 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining'
        : 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      400,
    )
  }
  const policies = await sessionPolicies(context, account, request)
  const of = {
    kind: 'role' as const,
    name: record.name,
    id: record.id,
    sessionName: RoleSessionName,
    policies,
    ...facts,
  }
  const characters = policyCharacters(request.Policy ?? '')
  return {
    Credentials: newCredentials(context, account, of, DurationSeconds),
    AssumedRoleUser: {
      AssumedRoleId: `${record.id}:${RoleSessionName}`,
      Arn: `arn:aws:sts::${account}:assumed-role/${record.name}/${RoleSessionName}`,
    },
    PackedPolicySize: Math.ceil((characters * 100) / sessionPolicyCharactersMax),
  }
}

async function sessionPolicies(
  { store }: StsContext,
  account: string,
  { Policy, PolicyArns = [] }: SessionRequest,
): Promise<readonly string[] | undefined> {
  const documents: string[] = []
  if (Policy !== undefined) {
    checkPolicyDocument(Policy, 'identity')
    if (Policy.length > sessionPolicyCharactersMax) throw packedTooLarge('policy')
    documents.push(Policy)
  }
  if (PolicyArns.length > sessionPolicyArnsMax) throw packedTooLarge('list of policies')
  for (const { arn = '' } of PolicyArns) {
    const document = await managedDocument(store, account, arn)
    if (document === undefined) {
      throw new AwsError('ValidationError', `The policy ${arn} does not exist or is not attachable.`, 400)
    }
    documents.push(document)
  }
  return documents.length === 0 ? undefined : documents
}

/** @throws AwsError */
export function sessionTags(given: readonly Tag[] | undefined): Tags {
  if ((given ?? []).length > sessionTagsMax) throw packedTooLarge('list of tags')
  return withTags({}, given)
}

function packedTooLarge(what: string): AwsError {
  return new AwsError('PackedPolicyTooLargeException', `The session's ${what} is larger than STS takes.`, 400)
}
