import { defaultWebSocketLimits, type WebSocketLimits } from '#http/websocket/limits.ts'

/** Bounds of the connections of WebSocket APIs: those of the engine, and what waits here. */
export interface WebSocketApiLimits extends WebSocketLimits {
  /** Of a handshake's URL, scheme and host among it: 414 past it. */
  readonly urlBytesMax: number
  /** Messages of one client that wait for those before them; nothing more is read of it then. */
  readonly queuedMessagesMax: number
  /** The same in bytes. */
  readonly queuedBytesMax: number
  /** Payload of a binary message: close 1009 past it; 0: none is taken, close 1003. */
  readonly binaryBytesMax: number
}

/**
 * Developer guide, "Quotas for configuring and running a WebSocket API" and "Working with binary media types for
 * WebSocket APIs".
 */
export const awsWebSocketLimits: WebSocketApiLimits = {
  ...defaultWebSocketLimits,
  urlBytesMax: 4096,
  queuedMessagesMax: 32,
  queuedBytesMax: 256 * 1024,
  binaryBytesMax: 0,
}

const LIFTED_BYTES = 16 * 1024 * 1024

/** What is left of them where a gateway's owner lifts limits: messages are held whole. */
export const noWebSocketLimits: WebSocketApiLimits = {
  ...awsWebSocketLimits,
  urlBytesMax: Infinity,
  frameBytesMax: LIFTED_BYTES,
  messageBytesMax: LIFTED_BYTES,
  unsentBytesMax: 2 * LIFTED_BYTES,
  queuedBytesMax: LIFTED_BYTES,
  idleTimeoutMs: Infinity,
  lifetimeMs: Infinity,
  // Without an idle timeout it is what finds clients that are gone without a word.
  pingIntervalMs: 60_000,
  binaryBytesMax: LIFTED_BYTES,
}
