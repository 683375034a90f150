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
  /** Its policies are those below. */
  readonly caller: Omit<Caller, 'policies'>
  readonly policies: PolicySet
  readonly principal: RequestPrincipal
  /** Condition keys that tell of the caller. */
  readonly context: RequestContext
  readonly identity: CallerIdentity
}

/** @param compile gives the same function for the same document */
export function compileCaller(
  { secret, caller: { policies: documents, ...caller } }: KnownKey,
  compile: (document: string) => EvaluatePolicy,
): SignedCaller {
  const { identity, boundary, session } = documents
  return {
    secret,
    caller,
    policies: {
      identity: identity.map(({ document }) => compile(document)),
      boundary: boundary === undefined ? undefined : compile(boundary),
      session: session?.map(compile),
    },
    principal: principalOf(caller),
    context: new CallerContext(caller),
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

/** Made when a condition first asks for it: most policies have none, and there may be very many callers. */
class CallerContext implements RequestContext {
  readonly #caller: Omit<Caller, 'policies'>
  #keys: RequestContext | undefined

  constructor(caller: Omit<Caller, 'policies'>) {
    this.#caller = caller
  }

  get(key: string): string | readonly string[] | undefined {
    return this.#made().get(key)
  }

  has(key: string): boolean {
    return this.#made().has(key)
  }

  [Symbol.iterator](): Iterator<readonly [string, string | readonly string[]]> {
    return this.#made()[Symbol.iterator]()
  }

  #made(): RequestContext {
    return (this.#keys ??= requestContext(callerKeys(this.#caller)))
  }
}
