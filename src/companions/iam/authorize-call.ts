import type { AuthorizeCall, CallToAuthorize } from '#aws/call.ts'
import type { Caller } from '#base/caller.ts'
import type { Clock } from '#base/clock.ts'
import { authorize, type Authorization, type PolicySet } from '#languages/policy/authorize.ts'
import { callerKeys, principalOf, timeKeys } from '#languages/policy/caller.ts'
import { requestContext, type RequestContext } from '#languages/policy/request.ts'
import type { Store } from '#store/store.ts'
import { neededPermissions, type Permission } from './needed-permissions.ts'
import { compileDocument } from './policy-document.ts'

/** Decides about calls of AWS's own services by the policies of whoever signed them; the root may do everything. */
export function createCallAuthorizer(store: Store, clock: Clock): AuthorizeCall {
  return async (call) => {
    const { caller } = call.principal
    if (caller === undefined || caller.type === 'Account') return undefined
    const policies = policySet(caller)
    const context = contextOf(call, caller, clock.now())
    const principal = principalOf(caller)
    for (const needed of await neededPermissions(call, store)) {
      const found = authorize(policies, { principal, context, ...needed }, call.account)
      if (found.decision !== 'allow') return denial(caller, needed, found)
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

const WHOSE: Readonly<Record<Authorization['source'], string>> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  organization: 'service control policy',
}

/** IAM User Guide, "Troubleshoot access denied error messages". */
function denial({ arn }: Caller, { action, resource }: Permission, found: Authorization): string {
  const whose = WHOSE[found.source]
  const article = found.source === 'identity' ? 'an' : 'a'
  const why =
    found.decision === 'explicit-deny'
      ? `with an explicit deny in ${article} ${whose}`
      : `because no ${whose} allows the ${action} action`
  return `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`
}
