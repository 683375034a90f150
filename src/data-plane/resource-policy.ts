import { compilePolicy, type EvaluatePolicy, type Evaluation } from '#languages/policy/compile.ts'
import { expandExecuteApi } from '#languages/policy/execute-api.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import type { RequestContext, RequestPrincipal } from '#languages/policy/request.ts'
import { CallContext } from './call-context.ts'
import type { Exchange } from './exchange.ts'
import { apiArnOf, methodArn } from './method-arn.ts'
import type { RouteDefinition } from './route-definition.ts'

/**
 * What an API's resource policy says of a request.
 * @param principal who calls; nobody in particular when nothing is known yet
 * @param known further condition keys, those of a caller that is known
 * @param action that it is asked about; to invoke the method, unless it is another
 */
export type ResourcePolicy = (
  exchange: Exchange,
  principal?: RequestPrincipal,
  known?: RequestContext,
  action?: string,
) => Evaluation

/**
 * Undefined when the API has none. A policy that cannot be read lets nobody in, a private API without one neither
 * (developer guide, "Private REST APIs in API Gateway").
 */
export function compileResourcePolicy(route: RouteDefinition): ResourcePolicy | undefined {
  const { api } = route.snapshot
  if (api.policy === undefined || api.policy.trim() === '') {
    if (!api.endpointConfiguration.types.includes('PRIVATE')) return undefined
    route.warnOfApi('a PRIVATE API without a resource policy: every request is answered 403')
    return () => denyAll
  }
  const apiArn = apiArnOf(route)
  const evaluate = evaluator(route, apiArn)
  return (exchange, principal = NOBODY, known, action = 'execute-api:Invoke') =>
    evaluate({
      principal,
      action,
      resource: methodArn(apiArn, exchange),
      context: new CallContext(exchange, known),
    })
}

const NOBODY: RequestPrincipal = {}

function evaluator({ snapshot: { api }, warnOfApi }: RouteDefinition, apiArn: string): EvaluatePolicy {
  const { policy, diagnostics } = readPolicy(api.policy ?? '', policyKinds.resource, {
    expandResource: expandExecuteApi(apiArn),
  })
  for (const { message, where } of diagnostics) {
    warnOfApi(`resource policy${where === undefined ? '' : `, ${where}`}: ${message}`)
  }
  if (policy !== undefined) return compilePolicy(policy)
  warnOfApi('the resource policy cannot be read: every request is answered 403')
  return () => denyAll
}

const denyAll: Evaluation = { decision: 'explicit-deny', statement: undefined, grant: 'none' }
