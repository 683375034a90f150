import type { TokenRate } from '#base/counters.ts'
import {
  awsWebSocketLimits,
  noWebSocketLimits,
  type WebSocketApiLimits,
} from './websocket/websocket-limits.ts'

const MIB = 1024 * 1024

/** Bounds that a plan is compiled with. */
export interface DataPlaneLimits {
  /** Larger requests are answered 413. */
  readonly requestBodyBytesMax: number
  /** Larger answers of a backend are answered 500, or cut off where their length is not told. Streamed ones have no bound. */
  readonly responseBodyBytesMax: number
  /** The same for bodies that a step needs whole: they are held in memory. */
  readonly heldBodyBytesMax: number
  /** Integrations that ask for longer are cut to this. */
  readonly integrationTimeoutMsMax: number
  /** What `timeoutInMillis` means where it is 29,000, which is what it is when nothing was said. */
  readonly integrationTimeoutMsDefault: number
  /** The longest, and what the default means, of HTTP APIs' integrations. */
  readonly httpApiTimeoutMsMax: number
  /** The longest that the function of an HTTP API's authorizer may take. */
  readonly httpApiAuthorizerTimeoutMsMax: number
  /** The same two of integrations that stream their answers, which may take so long in all. */
  readonly streamMsMax: number
  /** The longest silence within a streamed answer. */
  readonly streamIdleMs: number
  /** The same for edge-optimized APIs. */
  readonly edgeStreamIdleMs: number
  /** What of a streamed answer goes out as fast as it comes; the rest has `streamBytesPerSecondMax`. */
  readonly streamUnpacedBytes: number
  readonly streamBytesPerSecondMax: number
  /** Of connections of WebSocket APIs. */
  readonly webSocket: WebSocketApiLimits
  /** Of handshakes with WebSocket APIs of an account in a region; undefined: none. */
  readonly connectRate?: TokenRate | undefined
  /** Of all requests of an account in a region; undefined: none. */
  readonly accountThrottle?: TokenRate | undefined
}

/**
 * What Amazon API Gateway allows. Developer guide, "Quotas for configuring and running a REST API" and "Stream the
 * integration response for your proxy integrations".
 */
export const awsLimits: DataPlaneLimits = {
  requestBodyBytesMax: 10 * MIB,
  responseBodyBytesMax: 10 * MIB,
  heldBodyBytesMax: 10 * MIB,
  integrationTimeoutMsMax: 29_000,
  integrationTimeoutMsDefault: 29_000,
  httpApiTimeoutMsMax: 30_000,
  httpApiAuthorizerTimeoutMsMax: 10_000,
  streamMsMax: 900_000,
  streamIdleMs: 300_000,
  edgeStreamIdleMs: 30_000,
  streamUnpacedBytes: 10 * MIB,
  streamBytesPerSecondMax: 2 * MIB,
  webSocket: awsWebSocketLimits,
}

/** No bounds but that of memory: what must be held whole. */
export const noLimits: DataPlaneLimits = {
  requestBodyBytesMax: Infinity,
  responseBodyBytesMax: Infinity,
  heldBodyBytesMax: 256 * MIB,
  integrationTimeoutMsMax: Infinity,
  integrationTimeoutMsDefault: Infinity,
  httpApiTimeoutMsMax: Infinity,
  httpApiAuthorizerTimeoutMsMax: Infinity,
  streamMsMax: Infinity,
  streamIdleMs: Infinity,
  edgeStreamIdleMs: Infinity,
  streamUnpacedBytes: Infinity,
  streamBytesPerSecondMax: Infinity,
  webSocket: noWebSocketLimits,
}
