import type { ApiKind } from '#data-plane/api-kind.ts'
import { explainHttpRouting } from '#data-plane/explain/explain-routing.ts'
import { renderForbidden } from '#data-plane/render-error.ts'
import { newExtendedRequestId } from '#data-plane/trace-ids.ts'
import { authorizerEvent } from './authorizer-event.ts'
import { logOpening } from './log-opening.ts'
import { webSocketContextVariables } from './websocket-context-variables.ts'

export const webSocketApiKind: ApiKind = {
  protocol: 'WEBSOCKET',
  newRequestId: newExtendedRequestId,
  methodOf: ({ method }) => method,
  nothingThere: renderForbidden,
  unrouted: 'MISSING_AUTHENTICATION_TOKEN',
  contextVariables: webSocketContextVariables,
  explainRouting: explainHttpRouting,
  // Developer guide, "Control access to a WebSocket API with AWS Lambda REQUEST authorizers".
  placeOf: ({ route }) => route?.routeKey ?? '',
  authorizerEvent,
  logOpening,
}
