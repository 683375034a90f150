import { compilePolicy, type EvaluatePolicy } from '#languages/policy/compile.ts'
import { expandExecuteApi } from '#languages/policy/execute-api.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext, type RequestContext } from '#languages/policy/request.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/**
 * What an API's resource policy says of a caller of whom nothing is known yet: a method without authorization needs to be
 * allowed, of any other an explicit denial ends the request before its authorizer is asked. Developer guide, "How API
 * Gateway resource policies affect authorization workflow".
 */
export function resourcePolicy(route: RouteDefinition): Step | undefined {
  const { snapshot, stage, method, warnOfApi } = route
  const { api, account, region } = snapshot
  const isPrivate = api.endpointConfiguration.types.includes('PRIVATE')
  if (isPrivate) warnOfApi('PRIVATE APIs are not supported yet: every request is answered 403')
  else if (isBlank(api.policy)) return undefined
  const apiArn = `arn:aws:execute-api:${region}:${account}:${api.id}`
  const evaluate = isPrivate ? denyAll : evaluator(route, apiArn)
  const needsAllow = method.authorizationType === 'NONE'
  return (exchange) => {
    const place = `${stage.stageName}/${exchange.method}${exchange.address.path}`
    const { decision, statement } = evaluate({
      principal: {},
      action: 'execute-api:Invoke',
      resource: `${apiArn}/${place}`,
      context: contextOf(exchange),
    })
    if (decision === 'allow' || (decision === 'implicit-deny' && !needsAllow)) return
    const denied = decision === 'explicit-deny'
    throw new GatewayError('ACCESS_DENIED', {
      message:
        'User: anonymous is not authorized to perform: execute-api:Invoke on resource: ' +
        `arn:aws:execute-api:${region}:${masked(account)}:${api.id}/${place}${denied ? ' with an explicit deny' : ''}`,
      reason: denied
        ? `statement ${statement?.sid ?? statement?.index} of the resource policy denies it`
        : 'no statement of the resource policy allows it',
    })
  }
}

/** A policy that cannot be read lets nobody in. */
function evaluator({ snapshot: { api }, warnOfApi }: RouteDefinition, apiArn: string): EvaluatePolicy {
  const { policy, diagnostics } = readPolicy(api.policy ?? '', policyKinds.resource, {
    expandResource: expandExecuteApi(apiArn),
  })
  for (const { message, where } of diagnostics) {
    warnOfApi(`resource policy${where === undefined ? '' : `, ${where}`}: ${message}`)
  }
  if (policy !== undefined) return compilePolicy(policy)
  warnOfApi('the resource policy cannot be read: every request is answered 403')
  return denyAll
}

const denyAll: EvaluatePolicy = () => ({ decision: 'implicit-deny', statement: undefined, grant: 'none' })

/** The condition keys that a caller without identity has. */
function contextOf({ client, request, startedAtMs }: Exchange): RequestContext {
  return requestContext({
    'aws:CurrentTime': new Date(startedAtMs).toISOString(),
    'aws:EpochTime': String(Math.floor(startedAtMs / 1000)),
    'aws:Referer': request.headers.get('referer'),
    'aws:SecureTransport': String(client.secure),
    'aws:SourceIp': client.address,
    'aws:UserAgent': request.headers.get('user-agent'),
  })
}

/** Callers are not shown whose API it is. */
function masked(account: string): string {
  return `********${account.slice(-4)}`
}

function isBlank(policy: string | undefined): boolean {
  return policy === undefined || policy.trim() === ''
}
