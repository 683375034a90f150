import type { Services } from './exchange.ts'
import { compileLambdaAuthorizer, type AuthorizerDefinition } from './authorizers/lambda-authorizer.ts'
import type { AuthorizerAnswer } from './authorizers/lambda-authorizer-answer.ts'
import { contextText } from './context-variables.ts'
import { ExecutionLog } from './execution-log.ts'
import { GatewayError } from './gateway-error.ts'
import type { ApiPlan } from './plan.ts'
import { DefinitionError } from './route-definition.ts'
import { LogText, TestAddress, TestExchange, testRequest, type TestInvocation } from './test-exchange.ts'

export interface AuthorizerTestInvocation extends TestInvocation {
  /** `$context` variables beside those that a request has. */
  readonly context: Readonly<Record<string, string>>
}

export interface AuthorizerTestResult {
  /** What the client would get; 0 when the authorizer decided, whatever it decided. */
  readonly clientStatus: number
  /** AWS's execution log, as one text. */
  readonly log: string
  readonly latencyMs: number
  /** Undefined when it did not decide. */
  readonly answer: AuthorizerAnswer | undefined
}

/** The stage that the event names; the method's ARN names another (recorded on AWS). */
const testStageName = 'test-invoke-stage'
const testArnStage = 'ESTestInvoke-stage'
const testResourceId = 'test-invoke-resource-id'

/**
 * Asks an authorizer about a request as if a client had sent it. Nothing is kept, and what the policy says of any method is
 * for the owner to read. API reference, TestInvokeAuthorizer; log lines recorded on AWS.
 */
export async function testAuthorizer(
  given: AuthorizerDefinition,
  invocation: AuthorizerTestInvocation,
  services: Services,
): Promise<AuthorizerTestResult> {
  // Without a prototype: names come from expressions.
  const stageVariables = Object.assign(Object.create(null) as Record<string, string>, given.stageVariables)
  const definition = { ...given, stageVariables }
  const lines = new LogText(services.clock)
  const log = new ExecutionLog((line) => lines.add(line))
  const plan = planOf(definition)
  const { method, target, context } = invocation
  const address = new TestAddress(plan, target)
  const exchange = new TestExchange(testRequest(invocation), address, plan, services)
  exchange.executionLog = log
  // No resource is matched: the path stands for one.
  exchange.route = {
    resourceId: testResourceId,
    resourcePath: address.path,
    httpMethod: method,
    operationName: undefined,
    pathParameterNames: [],
    steps: [],
    stepNames: [],
  }
  const { account, region, apiId, authorizer } = definition
  const methodArn = `arn:aws:execute-api:${region}:${account}:${apiId}/${testArnStage}/${method}${address.path}`
  log.authorizerStarted(authorizer.id, exchange.requestId)

  let answer: AuthorizerAnswer | undefined
  let clientStatus = 0
  try {
    const lambda = compileLambdaAuthorizer(definition)
    const values = lambda.identity.read(exchange, (name) =>
      Object.hasOwn(context, name) ? context[name] : contextText(exchange, name),
    )
    log.identified(authorizer.type === 'TOKEN' ? undefined : lambda.identity.sources, values)
    answer = await lambda.ask(exchange, values, methodArn)
    log.authorized(answer.principalId)
  } catch (error) {
    const failure = error instanceof DefinitionError ? misconfigured(error) : error
    if (!(failure instanceof GatewayError)) throw error
    clientStatus = failure.status
    log.notAuthorized(failure, exchange.requestId)
  }
  const latencyMs = services.clock.now() - exchange.startedAtMs
  return { clientStatus, log: lines.of(exchange.requestId), latencyMs, answer }
}

function misconfigured(cause: DefinitionError): GatewayError {
  return new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', { reason: cause.message, cause })
}

/** Serves nothing: what an event shows of an API and its stage. */
function planOf({ account, region, apiId, stageVariables }: AuthorizerDefinition): ApiPlan {
  return {
    account,
    region,
    apiId,
    deploymentId: '',
    stage: testStageName,
    stageVariables,
    endpointDisabled: false,
    match: () => undefined,
    resources: [],
    renderError: (_, error) => {
      throw error
    },
    observers: [],
  }
}
