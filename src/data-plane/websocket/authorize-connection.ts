import { brokenAuthorizer } from '#data-plane/authorizers/broken-authorizer.ts'
import { iamAuthorization } from '#data-plane/authorizers/iam.ts'
import { lambdaAuthorization } from '#data-plane/authorizers/lambda.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { requireApiKey } from '#data-plane/steps/api-key.ts'
import type { Step } from '#data-plane/plan.ts'
import { ExpressionError } from '#languages/expressions/error.ts'
import { compileIdentitySources } from '#languages/selection/identity-source.ts'
import type { CompiledWebSocketRoute } from './route-definition.ts'
import { MessageScope } from './message-scope.ts'
import { newFacts } from './connection-facts.ts'
import { WebSocketEvent } from './websocket-event.ts'

/** The same for WebSocket APIs as `steps/authorize.ts` for REST APIs. Clients are asked who they are at `$connect` alone. */
const authorizations: Readonly<Record<string, (route: CompiledWebSocketRoute) => Step | undefined>> = {
  NONE: () => undefined,
  AWS_IAM: ({ method }) => iamAuthorization(method),
  CUSTOM: requestAuthorization,
}

export function authorizeConnection(route: CompiledWebSocketRoute): Step | undefined {
  if (route.eventType !== 'CONNECT') return undefined
  const { authorizationType } = route.route
  const compile = Object.hasOwn(authorizations, authorizationType)
    ? authorizations[authorizationType]
    : undefined
  if (compile !== undefined) return compile(route)
  return brokenAuthorizer(
    route,
    `there is no authorization type ${authorizationType}: every client is refused`,
  )
}

/** Keys are asked for where clients are: developer guide, "Usage plans and API keys for WebSocket APIs". */
export function requireConnectionKey({ eventType, method }: CompiledWebSocketRoute): Step | undefined {
  return eventType === 'CONNECT' ? requireApiKey(method) : undefined
}

/**
 * A function decides, once a connection: nothing of it is kept. Without one of its identity sources nobody asks it. Developer
 * guide, "Control access to a WebSocket API with AWS Lambda REQUEST authorizers".
 */
function requestAuthorization(route: CompiledWebSocketRoute): Step {
  const { snapshot, method } = route
  const authorizer = snapshot.authorizers.find(
    ({ authorizerId }) => authorizerId === route.route.authorizerId,
  )
  const authorization = lambdaAuthorization(method)
  const ask: Step = (exchange) => {
    // Where it is asked who may connect, nobody does.
    exchange.event ??= new WebSocketEvent('CONNECT', newFacts(exchange))
    return authorization(exchange)
  }
  const sources = authorizer?.identitySource ?? []
  if (sources.length === 0) return ask
  try {
    const identity = compileIdentitySources(sources, 'WEBSOCKET')
    return (exchange) => {
      if (identity(new MessageScope(exchange)) === undefined) throw new GatewayError('UNAUTHORIZED')
      return ask(exchange)
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return brokenAuthorizer(route, error.message, 'identitySource')
  }
}
