import type { Exchange, Services } from './exchange.ts'
import { compileLambdaAuthorizer, type AuthorizerDefinition } from './authorizers/lambda-authorizer.ts'
import type { PolicyAnswer } from './authorizers/lambda-authorizer-answer.ts'
import { compileUserPoolAuthorizer } from './authorizers/user-pool-authorizer.ts'
import { contextText } from './context-variables.ts'
import { ExecutionLog } from './execution-log.ts'
import { GatewayError } from './gateway-error.ts'
import type { ApiPlan } from './plan.ts'
import { DefinitionError } from './route-definition.ts'
import { LogText, TestAddress, TestExchange, testRequest, type TestInvocation } from './test-exchange.ts'
import { restApiKind } from './rest-api-kind.ts'

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
  /** Of a Lambda authorizer; undefined when it did not decide. */
  readonly answer: PolicyAnswer | undefined
  /** Of a token that is accepted. */
  readonly claims: Readonly<Record<string, string>> | undefined
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
  defined: AuthorizerDefinition,
  invocation: AuthorizerTestInvocation,
  services: Services,
): Promise<AuthorizerTestResult> {
  // Without a prototype: names come from expressions.
  const stageVariables = Object.assign(Object.create(null) as Record<string, string>, defined.stageVariables)
  const definition = { ...defined, stageVariables }
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

  let given: Pick<AuthorizerTestResult, 'answer' | 'claims'> = { answer: undefined, claims: undefined }
  let clientStatus = 0
  try {
    given = await (authorizer.type === 'COGNITO_USER_POOLS' ? askUserPool : askFunction)({
      definition,
      exchange,
      log,
      context,
      methodArn,
    })
  } catch (error) {
    const failure = error instanceof DefinitionError ? misconfigured(error) : error
    if (!(failure instanceof GatewayError)) throw error
    clientStatus = failure.status
    log.notAuthorized(failure, exchange.requestId)
  }
  const latencyMs = services.clock.now() - exchange.startedAtMs
  return { clientStatus, log: lines.of(exchange.requestId), latencyMs, ...given }
}

interface Question {
  readonly definition: AuthorizerDefinition
  readonly exchange: Exchange
  readonly log: ExecutionLog
  readonly context: Readonly<Record<string, string>>
  readonly methodArn: string
}

type Given = Pick<AuthorizerTestResult, 'answer' | 'claims'>

async function askFunction({ definition, exchange, log, context, methodArn }: Question): Promise<Given> {
  const lambda = compileLambdaAuthorizer(definition)
  const values = lambda.identity.read(exchange, (name) =>
    Object.hasOwn(context, name) ? context[name] : contextText(exchange, name),
  )
  log.identified(definition.authorizer.type === 'TOKEN' ? undefined : lambda.identity.sources, values)
  const answer = await lambda.ask(exchange, values, methodArn)
  log.authorized(answer.principalId)
  return { answer, claims: undefined }
}

/** No method is asked for: whatever scopes a token has will do. */
async function askUserPool({ definition, exchange, log }: Question): Promise<Given> {
  const { issuers, clock } = exchange.services
  const pools = compileUserPoolAuthorizer(definition.authorizer)
  const values = pools.identity.read(exchange)
  log.identified(undefined, values)
  const { claims } = await pools.verify(values[0] ?? '', issuers, clock.now())
  log.tokenAccepted()
  return { answer: undefined, claims }
}

function misconfigured(cause: DefinitionError): GatewayError {
  return new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', { reason: cause.message, cause })
}

/** Serves nothing: what an event shows of an API and its stage. */
function planOf({ account, region, apiId, stageVariables }: AuthorizerDefinition): ApiPlan {
  return {
    kind: restApiKind,
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
