import type { Caller, KnownKey } from '#base/caller.ts'
import type { PolicySet } from '#languages/policy/authorize.ts'
import { callerKeys, principalOf } from '#languages/policy/caller.ts'
import type { EvaluatePolicy } from '#languages/policy/compile.ts'
import { requestContext, type RequestContext, type RequestPrincipal } from '#languages/policy/request.ts'
import type { CallerIdentity } from '#data-plane/caller.ts'
import { cognitoIdentityOf } from './cognito-identity.ts'

/** Somebody who may sign, with all that does not change from request to request. */
export interface SignedCaller {
  readonly secret: string
  readonly caller: Caller
  readonly policies: PolicySet
  readonly principal: RequestPrincipal
  /** Condition keys that tell of the caller. */
  readonly context: RequestContext
  readonly identity: CallerIdentity
}

/** @param compile gives the same function for the same document */
export function compileCaller(
  { secret, caller }: KnownKey,
  compile: (document: string) => EvaluatePolicy,
): SignedCaller {
  const { identity, boundary, session } = caller.policies
  return {
    secret,
    caller,
    policies: {
      identity: identity.map(({ document }) => compile(document)),
      boundary: boundary === undefined ? undefined : compile(boundary),
      session: session?.map(compile),
    },
    principal: principalOf(caller),
    context: requestContext(callerKeys(caller)),
    identity: {
      accountId: caller.account,
      accessKey: caller.accessKeyId,
      caller: caller.userId,
      user: caller.userId,
      userArn: caller.arn,
      ...cognitoIdentityOf(caller),
    },
  }
}
