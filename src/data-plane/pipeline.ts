import type { PhaseName } from './logs/phase.ts'
import type { Step } from './plan.ts'
import type { CompiledHttpRoute } from './http-route-definition.ts'
import type { RouteDefinition } from './route-definition.ts'
import { requireApiKey } from './steps/api-key.ts'
import { authorize } from './steps/authorize.ts'
import { authorizeRoute } from './steps/authorize-route.ts'
import { addCorsHeaders, answerPreflight } from './steps/cors.ts'
import { integrationRequest, integrationResponse, invokeIntegration } from './steps/integration.ts'
import { methodResponse } from './steps/method-response.ts'
import { routeResponse } from './steps/route-response.ts'
import { compressResponse } from './steps/compress-response.ts'
import { decodeRequestBody } from './steps/decode-body.ts'
import { limitPayload } from './steps/payload-limit.ts'
import { receiveBody, receiveRouteBody } from './steps/receive-body.ts'
import { resourcePolicy } from './steps/resource-policy.ts'
import { stageCache } from './steps/stage-cache.ts'
import { throttle } from './steps/throttle.ts'
import { throttleRoute } from './steps/throttle-route.ts'
import { validateRequest } from './steps/validate-request.ts'
import { endEvent } from './websocket/answer-message.ts'
import { authorizeConnection, requireConnectionKey } from './websocket/authorize-connection.ts'
import { limitConnectRate } from './websocket/connect-rate.ts'
import { readHandshake } from './websocket/handshake.ts'
import type { CompiledWebSocketRoute } from './websocket/route-definition.ts'
import { throttleEvent } from './websocket/throttle-event.ts'
import { validateEvent } from './websocket/validate-event.ts'

export interface PipelineRow {
  readonly step: string
  /**
   * Compiles the step for a method of a REST API; undefined when that method does not need it, or no method does.
   * @param around the steps of the rows that it stands around
   */
  readonly rest?: (route: RouteDefinition, around: readonly Step[]) => Step | undefined
  /** The same for a route of an HTTP API. */
  readonly http?: (route: CompiledHttpRoute) => Step | undefined
  /** The same for a route of a WebSocket API: of its handshakes, its messages or their ends. */
  readonly webSocket?: (route: CompiledWebSocketRoute) => Step | undefined
  /** What it may do or leave out; without the step, these are steps as any others. */
  readonly around?: readonly PipelineRow[]
  /** Whether it decides who may come in: an owner who tests a method passes it by. */
  readonly guards?: true
  /** Whether it says who may call, whatever that costs or counts. */
  readonly decides?: true
  /** What its time is called, where an access log asks for it. */
  readonly phase?: PhaseName
}

/**
 * What happens to a request, in AWS's order, a column for each kind of API: rows that serve several share their step.
 * Before the first row, `serve.ts` has found the stage and matched the method. The order is that of the developer guide's
 * authorization pages ("API Gateway resource policies", "How API Gateway resource policies affect authorization workflow")
 * and of the lines of AWS's execution log: authorizer, then usage plan, then the method request, then the endpoint.
 */
export const pipeline: readonly PipelineRow[] = [
  { step: 'payload limit', rest: limitPayload, http: limitPayload },
  { step: 'WebSocket handshake', webSocket: readHandshake },
  {
    step: 'begin execution log',
    rest: ({ methodLog }) => methodLog?.begin,
    webSocket: ({ methodLog }) => methodLog?.begin,
  },
  { step: 'connect rate', webSocket: limitConnectRate, guards: true },
  { step: 'resource policy', rest: resourcePolicy, guards: true, decides: true },
  {
    step: 'authorize',
    rest: authorize,
    http: authorizeRoute,
    webSocket: authorizeConnection,
    guards: true,
    decides: true,
    phase: 'authorizer',
  },
  { step: 'API key', rest: requireApiKey, webSocket: requireConnectionKey, guards: true },
  { step: 'throttle', rest: throttle, http: throttleRoute, webSocket: throttleEvent, guards: true },
  { step: 'CORS preflight', http: answerPreflight },
  { step: 'decode body', rest: decodeRequestBody },
  {
    step: 'trace request',
    rest: ({ methodLog }) => methodLog?.traceRequest,
    webSocket: ({ methodLog }) => methodLog?.traceRequest,
  },
  { step: 'receive body', rest: receiveBody, http: receiveRouteBody },
  { step: 'validate request', rest: validateRequest, webSocket: validateEvent },
  {
    step: 'stage cache',
    rest: stageCache,
    around: [
      {
        step: 'integration request',
        rest: integrationRequest,
        http: integrationRequest,
        webSocket: integrationRequest,
      },
      {
        step: 'invoke integration',
        rest: invokeIntegration,
        http: invokeIntegration,
        webSocket: invokeIntegration,
        phase: 'integration',
      },
      {
        step: 'integration response',
        rest: integrationResponse,
        http: integrationResponse,
        webSocket: integrationResponse,
      },
    ],
  },
  {
    step: 'trace response',
    rest: ({ methodLog }) => methodLog?.traceResponse,
    webSocket: ({ methodLog }) => methodLog?.traceResponse,
  },
  { step: 'compress response', rest: compressResponse },
  { step: 'CORS headers', http: addCorsHeaders },
  { step: 'method response', rest: methodResponse, http: routeResponse, webSocket: endEvent },
]
