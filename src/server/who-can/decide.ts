import { sign } from '#aws/sigv4.ts'
import { compile } from '#compiler/compile.ts'
import type { Address } from '#data-plane/address.ts'
import { KnownCallers } from '#data-plane/authorizers/known-callers.ts'
import { decideCall } from '#data-plane/decide-call.ts'
import { Exchange, type Services } from '#data-plane/exchange.ts'
import type { GatewayError } from '#data-plane/gateway-error.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { emptyBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { ServerRequest } from '#http/server-request.ts'
import type { Method } from '#model/rest-api.ts'
import type { DeployedRestStage } from '../served-stages.ts'
import { AskedPolicies } from './asked-policies.ts'
import type { NamedCaller } from './named-caller.ts'
import type { Question } from './question.ts'
import type { DecidingStatement, Verdict } from './verdict.ts'

export interface DecideOptions {
  readonly services: Services
  readonly limits: DataPlaneLimits
}

/** Runs the steps that decide about a call, the very ones that serve, and finds the statement behind what they say. */
export async function decide(
  { services, limits }: DecideOptions,
  stage: DeployedRestStage,
  address: Address,
  question: Question,
  caller: NamedCaller | undefined,
): Promise<Verdict> {
  const { plan } = compile(stage.snapshot, stage.stage, { limits, decisionsOnly: true })
  const method = plan.match(question.method, address)?.route
  const defined = stage.snapshot.resources.find(({ id }) => id === method?.resourceId)?.methods[
    method?.httpMethod ?? ''
  ]
  const request = requestOf(
    question,
    address.target,
    stage,
    defined,
    plan.region,
    caller,
    services.clock.now(),
  )
  const callers = new KnownCallers({ find: async () => caller ?? 'unknown' })
  const exchange = new Exchange(request, address, plan, { ...services, callers })
  const unasked = unaskedAuthorizer(stage, defined, question)
  const outcome = await decideCall(unasked === undefined ? exchange : withoutAuthorizer(exchange))

  const asked = new AskedPolicies(stage, exchange, defined, caller)
  const shownMethod = defined &&
    method && {
      apiId: plan.apiId,
      stage: plan.stage,
      deploymentId: plan.deploymentId,
      httpMethod: method.httpMethod,
      resourcePath: method.resourcePath,
      authorizationType: defined.authorizationType,
    }
  const common = {
    method: shownMethod,
    resource: asked.request.resource,
    caller: asked.isSigned ? (caller as NamedCaller).caller.arn : 'anonymous',
    needs: [
      ...(unasked === undefined ? [] : [unasked]),
      ...(defined?.apiKeyRequired === true ? ['an API key'] : []),
    ],
    notes: notesOf(stage, defined, caller),
    policies: outcome === 'nowhere' || defined === undefined ? [] : asked.told(),
  }
  if (outcome === 'nowhere')
    return { ...common, decision: 'deny', reason: nowhere(exchange), answer: FORBIDDEN }
  if (outcome !== undefined) {
    const reason = defined === undefined ? 'no method of the deployed API is there' : reasonOf(outcome)
    return { ...common, decision: 'deny', reason, statement: asked.deciding(), answer: answerOf(outcome) }
  }
  if (unasked !== undefined) {
    const statement = asked.deciding()
    // Of whoever sends a token of a user pool the policy has to allow the call by itself.
    const isAlone = defined?.authorizationType === 'COGNITO_USER_POOLS' && asked.hasResourcePolicy
    if (statement?.effect === 'Deny' || (isAlone && statement === undefined)) {
      const named =
        statement && `statement ${statement.sid ?? statement.index} of ${statement.policy} denies it`
      const reason = named ?? 'no statement of the resource policy allows it'
      return { ...common, decision: 'deny', reason, statement }
    }
    return { ...common, decision: 'depends', reason: 'no policy denies it: the authorizer decides' }
  }
  const statement = asked.deciding()
  return { ...common, decision: 'allow', reason: letIn(statement, defined), statement }
}

const FORBIDDEN = { status: 403, type: 'FORBIDDEN', message: 'Forbidden' }

function requestOf(
  { method, url, headers: given, token, from }: Question,
  target: string,
  stage: DeployedRestStage,
  defined: Method | undefined,
  region: string,
  caller: NamedCaller | undefined,
  nowMs: number,
): ServerRequest {
  const headers = new Headers(['Host', url.host, ...given])
  const name = tokenHeader(stage, defined)
  if (token !== undefined && name !== undefined) headers.set(name, token)
  const body = new Uint8Array(0)
  if (caller !== undefined && defined?.authorizationType === 'AWS_IAM') {
    const keys = { accessKeyId: caller.caller.accessKeyId, secretAccessKey: caller.secret }
    sign({ method, target, headers, body }, keys, { region, service: 'execute-api' }, nowMs)
  }
  const peer = { address: from, secure: url.protocol === 'https:', serverName: url.hostname }
  return new ServerRequest('1.1', method, target, headers, url.host, emptyBody, peer)
}

const HEADER_SOURCE = /(?:^|,)\s*method\.request\.header\.([^\s,]+)/

/** Where the method's authorizer reads a token; undefined: it has none, or reads none. */
function tokenHeader({ snapshot }: DeployedRestStage, method: Method | undefined): string | undefined {
  const authorizer = snapshot.authorizers.find(({ id }) => id === method?.authorizerId)
  return authorizer && HEADER_SOURCE.exec(authorizer.identitySource ?? '')?.[1]
}

/** Who decides, where that is an authorizer of which nothing was said: a function is not run without need. */
function unaskedAuthorizer(
  { snapshot }: DeployedRestStage,
  method: Method | undefined,
  { token, headers }: Question,
): string | undefined {
  if (token !== undefined || headers.length > 0) return undefined
  const authorizer = snapshot.authorizers.find(({ id }) => id === method?.authorizerId)
  if (authorizer === undefined) return undefined
  if (method?.authorizationType === 'CUSTOM') {
    const arn = /\/functions\/(.+)\/invocations$/.exec(authorizer.authorizerUri ?? '')?.[1]
    return `the function ${arn ?? authorizer.authorizerUri} to let it in: --token or --header asks it`
  }
  if (method?.authorizationType !== 'COGNITO_USER_POOLS') return undefined
  return `a token of ${(authorizer.providerARNs ?? []).join(' or ')}: --token looks at one`
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
  { stage: { canarySettings } }: DeployedRestStage,
  method: Method | undefined,
  caller: NamedCaller | undefined,
): string[] {
  const notes: string[] = []
  if (caller !== undefined && method !== undefined && method.authorizationType !== 'AWS_IAM') {
    notes.push(`the method's authorization is ${method.authorizationType}: who signs makes no difference`)
  }
  if (caller?.isStranger === true) notes.push('its own policies are not known here, and taken to allow it')
  if (canarySettings !== undefined) notes.push('the deployment of the canary was not looked at')
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

function answerOf({ status, responseType, clientMessage }: GatewayError): Verdict['answer'] {
  return { status, type: responseType, message: clientMessage }
}

function letIn(statement: DecidingStatement | undefined, method: Method | undefined): string {
  if (statement !== undefined) {
    return `statement ${statement.sid ?? statement.index} of ${statement.policy} allows it`
  }
  if (method?.authorizationType === 'NONE') return 'the method is open, and there is no resource policy'
  return 'the authorizer let it in'
}
