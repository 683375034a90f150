import { awsLimits, noLimits, type DataPlaneLimits } from '#data-plane/limits.ts'
import { awsWebSocketLimits, noWebSocketLimits } from '#data-plane/websocket/websocket-limits.ts'
import { defaultHttpLimits, type HttpLimits } from '#http/limits.ts'
import {
  integrationTimeoutMs,
  liftedIntegrationTimeoutMs,
  liftedRoutedTimeoutMs,
  routedTimeoutMs,
  type IntegrationTimeouts,
  type RoutedTimeouts,
} from '#model/quotas.ts'

/** A bound of what goes through: `--limit NAME=VALUE`. */
export interface TrafficLimitRow {
  readonly unit: 'bytes' | 'ms' | 'lines'
  readonly aws: number
  /** Infinity where it can be lifted altogether. */
  readonly none: number
  readonly what: string
}

export type TrafficLimitName =
  | 'requestBytes'
  | 'responseBytes'
  | 'heldBytes'
  | 'integrationMs'
  | 'httpApiIntegrationMs'
  | 'httpApiAuthorizerMs'
  | 'streamMs'
  | 'streamIdleMs'
  | 'edgeStreamIdleMs'
  | 'streamUnpacedBytes'
  | 'streamBytesPerSecond'
  | 'webSocketUrlBytes'
  | 'webSocketMessageBytes'
  | 'webSocketFrameBytes'
  | 'webSocketBinaryBytes'
  | 'webSocketUnsentBytes'
  | 'webSocketQueuedBytes'
  | 'webSocketIdleMs'
  | 'webSocketLifetimeMs'
  | 'webSocketPingMs'
  | 'headerBytes'
  | 'requestLineBytes'
  | 'headerLines'
  | 'waitMs'

const MIB = 1024 * 1024
/** A head is held whole, and scanned again and again while it grows. */
const HEAD_BYTES_MAX = MIB

/** Every bound of what goes through: AWS's, and what is left of it with `--limits none`. */
export const trafficLimitTable: Readonly<Record<TrafficLimitName, TrafficLimitRow>> = {
  requestBytes: {
    unit: 'bytes',
    aws: awsLimits.requestBodyBytesMax,
    none: Infinity,
    what: 'body of a request: 413 past it',
  },
  responseBytes: {
    unit: 'bytes',
    aws: awsLimits.responseBodyBytesMax,
    none: Infinity,
    what: 'body of an answer that is not streamed: 500 past it, or cut off',
  },
  heldBytes: {
    unit: 'bytes',
    aws: awsLimits.heldBodyBytesMax,
    none: noLimits.heldBodyBytesMax,
    what: 'the same where a step needs the body whole (mappings, models, functions): it is in memory',
  },
  integrationMs: {
    unit: 'ms',
    aws: awsLimits.integrationTimeoutMsMax,
    none: Infinity,
    what: 'longest that an integration may ask for and take',
  },
  httpApiIntegrationMs: {
    unit: 'ms',
    aws: awsLimits.httpApiTimeoutMsMax,
    none: Infinity,
    what: 'the same of HTTP APIs',
  },
  httpApiAuthorizerMs: {
    unit: 'ms',
    aws: awsLimits.httpApiAuthorizerTimeoutMsMax,
    none: Infinity,
    what: 'longest that the function of an authorizer of HTTP APIs may take',
  },
  streamMs: {
    unit: 'ms',
    aws: awsLimits.streamMsMax,
    none: Infinity,
    what: 'the same where answers are streamed',
  },
  streamIdleMs: {
    unit: 'ms',
    aws: awsLimits.streamIdleMs,
    none: Infinity,
    what: 'longest silence within a streamed answer',
  },
  edgeStreamIdleMs: {
    unit: 'ms',
    aws: awsLimits.edgeStreamIdleMs,
    none: Infinity,
    what: 'the same of edge-optimized APIs',
  },
  streamUnpacedBytes: {
    unit: 'bytes',
    aws: awsLimits.streamUnpacedBytes,
    none: Infinity,
    what: 'beginning of a streamed answer that goes as fast as it comes',
  },
  streamBytesPerSecond: {
    unit: 'bytes',
    aws: awsLimits.streamBytesPerSecondMax,
    none: Infinity,
    what: 'what of it goes in a second past that',
  },
  webSocketUrlBytes: {
    unit: 'bytes',
    aws: awsWebSocketLimits.urlBytesMax,
    none: noWebSocketLimits.urlBytesMax,
    what: 'URL that a client of a WebSocket API comes with: 414 past it',
  },
  webSocketMessageBytes: {
    unit: 'bytes',
    aws: awsWebSocketLimits.messageBytesMax,
    none: noWebSocketLimits.messageBytesMax,
    what: 'message of a WebSocket client: close 1009 past it',
  },
  webSocketFrameBytes: {
    unit: 'bytes',
    aws: awsWebSocketLimits.frameBytesMax,
    none: noWebSocketLimits.frameBytesMax,
    what: 'one frame of it: close 1009 past it',
  },
  webSocketBinaryBytes: {
    unit: 'bytes',
    aws: awsWebSocketLimits.binaryBytesMax,
    none: noWebSocketLimits.binaryBytesMax,
    what: 'binary message of a client: close 1009 past it, 1003 where it is 0',
  },
  webSocketUnsentBytes: {
    unit: 'bytes',
    aws: awsWebSocketLimits.unsentBytesMax,
    none: noWebSocketLimits.unsentBytesMax,
    what: 'what waits for a client that reads slowly: 429 for pushes past it, close 1008 for answers',
  },
  webSocketQueuedBytes: {
    unit: 'bytes',
    aws: awsWebSocketLimits.queuedBytesMax,
    none: noWebSocketLimits.queuedBytesMax,
    what: 'messages of a client that wait for those before them: it is not read past it',
  },
  webSocketIdleMs: {
    unit: 'ms',
    aws: awsWebSocketLimits.idleTimeoutMs,
    none: noWebSocketLimits.idleTimeoutMs,
    what: 'without a message either way: close 1001 past it',
  },
  webSocketLifetimeMs: {
    unit: 'ms',
    aws: awsWebSocketLimits.lifetimeMs,
    none: noWebSocketLimits.lifetimeMs,
    what: 'since the handshake: close 1001 past it',
  },
  webSocketPingMs: {
    unit: 'ms',
    aws: awsWebSocketLimits.pingIntervalMs,
    none: noWebSocketLimits.pingIntervalMs,
    what: 'silence after which a client is pinged, and cut when it stays silent as long again',
  },
  headerBytes: {
    unit: 'bytes',
    aws: defaultHttpLimits.headerBytesMax,
    none: HEAD_BYTES_MAX,
    what: 'all header lines of a request: 431 past it',
  },
  requestLineBytes: {
    unit: 'bytes',
    aws: defaultHttpLimits.requestLineBytesMax,
    none: HEAD_BYTES_MAX,
    what: 'method and target of a request: 414 past it',
  },
  headerLines: {
    unit: 'lines',
    aws: defaultHttpLimits.headerCountMax,
    none: 10_000,
    what: 'header lines of a request: 431 past it',
  },
  waitMs: {
    unit: 'ms',
    aws: 200,
    none: Infinity,
    what: 'how long requests wait for a process that has more to do than it can: 503 past it',
  },
}

/** Which limits hold, as configured. */
export interface TrafficLimitSettings {
  readonly limits: 'aws' | 'none'
  readonly limit: Partial<Record<TrafficLimitName, number>>
  /** In place of `requestBytes` and `responseBytes`. */
  readonly payloadLimit: number | undefined
  /** In place of `integrationMs` and `httpApiIntegrationMs`. */
  readonly integrationTimeout: number | undefined
}

export interface TrafficLimits {
  readonly dataPlane: DataPlaneLimits
  readonly http: Pick<HttpLimits, 'headerBytesMax' | 'requestLineBytesMax' | 'headerCountMax'>
  /** How long requests may wait for a process. */
  readonly waitMsMax: number
  /** What the control plane lets integrations ask for. */
  readonly integrationTimeouts: IntegrationTimeouts
  /** The same of HTTP and WebSocket APIs. */
  readonly routedTimeouts: RoutedTimeouts
}

export function trafficLimits(settings: TrafficLimitSettings): TrafficLimits {
  const { limits, limit, payloadLimit, integrationTimeout } = settings
  const of = (name: TrafficLimitName, shorthand?: number): number =>
    limit[name] ?? shorthand ?? trafficLimitTable[name][limits]
  const requestBodyBytesMax = of('requestBytes', payloadLimit)
  const responseBodyBytesMax = of('responseBytes', payloadLimit)
  const integrationTimeoutMsMax = of('integrationMs', integrationTimeout)
  const streamMsMax = of('streamMs')
  // Whoever raises the payload limit means bodies that are held, too, as long as there is a bound.
  const payloadBytesMax = Math.max(requestBodyBytesMax, responseBodyBytesMax)
  const heldDefault = payloadBytesMax === Infinity ? noLimits.heldBodyBytesMax : payloadBytesMax
  const lifted = Math.max(integrationTimeoutMsMax, streamMsMax) > integrationTimeoutMs.STREAM.max
  return {
    dataPlane: {
      requestBodyBytesMax,
      responseBodyBytesMax,
      heldBodyBytesMax: limit.heldBytes ?? heldDefault,
      integrationTimeoutMsMax,
      integrationTimeoutMsDefault:
        integrationTimeoutMsMax === Infinity ? Infinity : awsLimits.integrationTimeoutMsDefault,
      httpApiTimeoutMsMax: of('httpApiIntegrationMs', integrationTimeout),
      httpApiAuthorizerTimeoutMsMax: of('httpApiAuthorizerMs'),
      streamMsMax,
      streamIdleMs: of('streamIdleMs'),
      edgeStreamIdleMs: of('edgeStreamIdleMs'),
      streamUnpacedBytes: of('streamUnpacedBytes'),
      streamBytesPerSecondMax: of('streamBytesPerSecond'),
      webSocket: {
        ...awsWebSocketLimits,
        urlBytesMax: of('webSocketUrlBytes'),
        messageBytesMax: of('webSocketMessageBytes'),
        frameBytesMax: of('webSocketFrameBytes'),
        binaryBytesMax: of('webSocketBinaryBytes'),
        unsentBytesMax: of('webSocketUnsentBytes'),
        queuedBytesMax: of('webSocketQueuedBytes'),
        idleTimeoutMs: of('webSocketIdleMs'),
        lifetimeMs: of('webSocketLifetimeMs'),
        pingIntervalMs: of('webSocketPingMs'),
      },
    },
    http: {
      headerBytesMax: of('headerBytes'),
      requestLineBytesMax: of('requestLineBytes'),
      headerCountMax: of('headerLines'),
    },
    waitMsMax: of('waitMs'),
    integrationTimeouts: lifted ? liftedIntegrationTimeoutMs : integrationTimeoutMs,
    routedTimeouts: lifted ? liftedRoutedTimeoutMs : routedTimeoutMs,
  }
}
