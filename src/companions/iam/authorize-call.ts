import type { AuthorizeCall, CallToAuthorize } from '#aws/call.ts'
import type { Caller } from '#base/caller.ts'
import type { Clock } from '#base/clock.ts'
import { authorize, type PolicySet } from '#languages/policy/authorize.ts'
import { callerKeys, principalOf, timeKeys } from '#languages/policy/caller.ts'
import { denialText } from '#languages/policy/denial.ts'
import { requestContext, type RequestContext } from '#languages/policy/request.ts'
import type { Store } from '#store/store.ts'
import { neededPermissions } from './needed-permissions.ts'
import { compileDocument } from './policy-document.ts'

/** Decides about calls of AWS's own services by the policies of whoever signed them; the root may do everything. */
export function createCallAuthorizer(store: Store, clock: Clock): AuthorizeCall {
  return async (call, permissions) => {
    const { caller } = call.principal
    if (caller === undefined || caller.type === 'Account') return undefined
    const policies = policySet(caller)
    const context = contextOf(call, caller, clock.now())
    const principal = principalOf(caller)
    for (const needed of permissions ?? (await neededPermissions(call, store))) {
      const found = authorize(policies, { principal, context, ...needed }, call.account)
      if (found.decision !== 'allow') return denialText(caller.arn, needed.action, needed.resource, found)
    }
    return undefined
  }
}

export function policySet({ policies: { identity, boundary, session } }: Caller): PolicySet {
  return {
    identity: identity.map(({ document }) => compileDocument(document, 'identity')),
    boundary: boundary === undefined ? undefined : compileDocument(boundary, 'identity'),
    session: session?.map((document) => compileDocument(document, 'identity')),
  }
}

function contextOf(call: CallToAuthorize, caller: Caller, nowMs: number): RequestContext {
  const text = (member: string): string | undefined => {
    const value = call.input[member]
    return typeof value === 'string' ? value : undefined
  }
  return requestContext({
    ...callerKeys(caller),
    ...timeKeys(nowMs),
    'aws:SourceIp': call.client.address,
    'aws:SecureTransport': String(call.client.secure),
    'aws:UserAgent': call.client.userAgent,
    'aws:RequestedRegion': call.region,
    'iam:PolicyARN': text('PolicyArn'),
    'iam:PermissionsBoundary': text('PermissionsBoundary'),
  })
}
