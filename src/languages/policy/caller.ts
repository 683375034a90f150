import type { Caller } from '#base/caller.ts'
import type { RequestPrincipal } from './request.ts'

/** A caller as policies name it. */
export function principalOf({
  arn,
  roleArn,
  account,
  userId,
  federated,
}: Omit<Caller, 'policies'>): RequestPrincipal {
  return { arn, roleArn, account, userId, federated }
}

/** Condition keys that tell of the caller. IAM User Guide, "AWS global condition context keys". */
export function callerKeys(
  caller: Omit<Caller, 'policies'>,
): Record<string, string | readonly string[] | undefined> {
  const { arn, roleArn, account, userId, userName, type, issuedMs, sourceIdentity, tags } = caller
  const keys: Record<string, string | readonly string[] | undefined> = {
    ...caller.federatedKeys,
    'aws:FederatedProvider': caller.federated,
    // Of a session: the ARN of its role.
    'aws:PrincipalArn': roleArn ?? arn,
    'aws:PrincipalAccount': account,
    'aws:PrincipalType': type,
    'aws:userid': userId,
    'aws:username': userName,
    'aws:SourceIdentity': sourceIdentity,
    // There is no second factor here: AWS leaves the key out for long-term keys, and says false of others.
    'aws:MultiFactorAuthPresent': issuedMs === undefined ? undefined : 'false',
    'aws:TokenIssueTime': issuedMs === undefined ? undefined : new Date(issuedMs).toISOString(),
  }
  for (const [key, value] of Object.entries(tags)) keys[`aws:PrincipalTag/${key}`] = value
  return keys
}

/** @param nowMs epoch milliseconds */
export function timeKeys(nowMs: number): Record<string, string> {
  return {
    'aws:CurrentTime': new Date(nowMs).toISOString(),
    'aws:EpochTime': String(Math.floor(nowMs / 1000)),
  }
}
