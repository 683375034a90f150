import { sign } from '#aws/sigv4.ts'
import type { Address } from '#data-plane/address.ts'
import type { ApiKind } from '#data-plane/api-kind.ts'
import { KnownCallers } from '#data-plane/authorizers/known-callers.ts'
import { decideCall } from '#data-plane/decide-call.ts'
import { Exchange, type Services } from '#data-plane/exchange.ts'
import type { GatewayError } from '#data-plane/gateway-error.ts'
import { emptyBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { ServerRequest } from '#http/server-request.ts'
import type { AskedPlace, Guard } from './asked-place.ts'
import { AskedPolicies } from './asked-policies.ts'
import type { NamedCaller } from './named-caller.ts'
import type { Question } from './question.ts'
import type { DecidingStatement, Verdict } from './verdict.ts'

/** Runs the steps that decide about a call, the very ones that serve, and finds the statement behind what they say. */
export async function decide(
  services: Services,
  place: AskedPlace,
  address: Address,
  question: Question,
  caller: NamedCaller | undefined,
): Promise<Verdict> {
  const { plan } = place
  const method = plan.match(question.method, address)?.route
  const guard = place.guardOf(method)
  const request = requestOf(question, address.target, guard, plan.region, caller, services.clock.now())
  const callers = new KnownCallers({ find: async () => caller ?? 'unknown' })
  const exchange = new Exchange(request, address, plan, { ...services, callers })
  const unasked = isAsked(question) ? undefined : guard?.authorizer
  const outcome = await decideCall(unasked === undefined ? exchange : withoutAuthorizer(exchange))

  const asked = new AskedPolicies(place, exchange, guard, caller)
  const shownMethod = guard &&
    method && {
      apiId: plan.apiId,
      stage: plan.stage,
      deploymentId: plan.deploymentId,
      httpMethod: method.httpMethod,
      resourcePath: method.resourcePath,
      authorizationType: guard.authorizationType,
    }
  const common = {
    method: shownMethod,
    resource: asked.request.resource,
    caller: asked.isSigned ? (caller as NamedCaller).caller.arn : 'anonymous',
    needs: [
      ...(unasked === undefined ? [] : [unasked]),
      ...(guard?.needsApiKey === true ? ['an API key'] : []),
    ],
    notes: notesOf(place, guard, caller),
    policies: outcome === 'nowhere' || guard === undefined ? [] : asked.told(),
  }
  if (outcome === 'nowhere')
    return { ...common, decision: 'deny', reason: nowhere(exchange), answer: NOWHERE[plan.kind.protocol] }
  if (outcome !== undefined) {
    const reason = guard === undefined ? 'nothing of the deployed API is there' : reasonOf(outcome)
    return {
      ...common,
      decision: 'deny',
      reason,
      statement: asked.deciding(),
      answer: answerOf(exchange, outcome),
    }
  }
  if (unasked !== undefined) {
    const statement = asked.deciding()
    // Of whoever sends a token of a user pool the policy has to allow the call by itself.
    const isAlone = guard?.policyDecides === true && asked.hasResourcePolicy
    if (statement?.effect === 'Deny' || (isAlone && statement === undefined)) {
      const named =
        statement && `statement ${statement.sid ?? statement.index} of ${statement.policy} denies it`
      const reason = named ?? 'no statement of the resource policy allows it'
      return { ...common, decision: 'deny', reason, statement }
    }
    return { ...common, decision: 'depends', reason: 'no policy denies it: the authorizer decides' }
  }
  const statement = asked.deciding()
  return { ...common, decision: 'allow', reason: letIn(statement, guard), statement }
}

/** What is answered where nothing is. */
const NOWHERE: Readonly<Record<ApiKind['protocol'], Verdict['answer']>> = {
  REST: { status: 403, type: 'FORBIDDEN', message: 'Forbidden' },
  HTTP: { status: 404, type: 'RESOURCE_NOT_FOUND', message: 'Not Found' },
  WEBSOCKET: { status: 403, type: 'FORBIDDEN', message: 'Forbidden' },
}

function requestOf(
  { method, url, headers: given, token, from }: Question,
  target: string,
  guard: Guard | undefined,
  region: string,
  caller: NamedCaller | undefined,
  nowMs: number,
): ServerRequest {
  const headers = new Headers(['Host', url.host, ...given])
  const name = guard?.tokenHeader
  if (token !== undefined && name !== undefined) headers.set(name, token)
  const body = new Uint8Array(0)
  if (caller !== undefined && guard?.authorizationType === 'AWS_IAM') {
    const keys = { accessKeyId: caller.caller.accessKeyId, secretAccessKey: caller.secret }
    sign({ method, target, headers, body }, keys, { region, service: 'execute-api' }, nowMs)
  }
  const peer = { address: from, secure: url.protocol === 'https:' }
  return new ServerRequest('1.1', method, target, headers, url.host, emptyBody, peer)
}

/** Whether anything was said of which an authorizer could decide: a function is not run without need. */
function isAsked({ token, headers }: Question): boolean {
  return token !== undefined || headers.length > 0
}

/** The resource policy has the first word; what the authorizer would say is not known. */
function withoutAuthorizer(exchange: Exchange): Exchange {
  const { plan, request, address, services } = exchange
  const match = plan.match(exchange.method, address)
  const steps = match?.route.steps.slice(0, -1) ?? []
  const shortened = { ...plan, match: () => match && { ...match, route: { ...match.route, steps } } }
  return new Exchange(request, address, shortened, services)
}

function notesOf(
  { hasCanary }: AskedPlace,
  guard: Guard | undefined,
  caller: NamedCaller | undefined,
): string[] {
  const notes: string[] = []
  if (caller !== undefined && guard !== undefined && guard.authorizationType !== 'AWS_IAM') {
    notes.push(`the method's authorization is ${guard.authorizationType}: who signs makes no difference`)
  }
  if (caller?.isStranger === true) notes.push('its own policies are not known here, and taken to allow it')
  if (hasCanary) notes.push('the deployment of the canary was not looked at')
  return notes
}

function nowhere({ plan: { endpointDisabled, vpcEndpointIds }, address: { domain } }: Exchange): string {
  if (endpointDisabled && domain === undefined)
    return 'the API is reached by custom domain names alone (disableExecuteApiEndpoint)'
  return vpcEndpointIds === undefined
    ? 'the host names a VPC endpoint, and the API is not private'
    : 'the API is private, and the address is that of no VPC endpoint: --from tells another'
}

/** What the owner is told, where anything is; else what the client is. */
function reasonOf({ message, responseType, clientMessage }: GatewayError): string {
  return message === responseType ? (clientMessage ?? message) : message
}

function answerOf(exchange: Exchange, error: GatewayError): Verdict['answer'] {
  exchange.plan.renderError(exchange, error)
  // In the words of the API's kind, where it has its own.
  const { status, responseType, clientMessage } = exchange.error ?? error
  return { status, type: responseType, message: clientMessage }
}

function letIn(statement: DecidingStatement | undefined, guard: Guard | undefined): string {
  if (statement !== undefined) {
    return `statement ${statement.sid ?? statement.index} of ${statement.policy} allows it`
  }
  if (guard?.authorizationType === 'NONE') return 'it is open, and there is no resource policy'
  return 'the authorizer let it in'
}
