/** Bounds of one WebSocket, each with what passing it does. */
export interface WebSocketLimits {
  /** Payload of one frame from the client: close 1009 past it. */
  readonly frameBytesMax: number
  /** Payload of one message from the client, over all its frames: close 1009 past it. */
  readonly messageBytesMax: number
  /** Bytes waiting for a slow reader: close 1008 past it. One message of any size is always taken. */
  readonly unsentBytesMax: number
  /** Without a message in either direction or a ping from the client: close 1001 past it. */
  readonly idleTimeoutMs: number
  /** Since the handshake: close 1001 past it. */
  readonly lifetimeMs: number
  /** Silence after which the client is pinged; cut when it stays silent as long again. Infinity: never pinged. */
  readonly pingIntervalMs: number
  /** How long a client may take none of what waits for it: cut past it. */
  readonly writeTimeoutMs: number
  /** How long a client may take to answer a close, and to close its side after that: cut past it. */
  readonly closeTimeoutMs: number
}

export const defaultWebSocketLimits: WebSocketLimits = {
  // Amazon API Gateway developer guide, "Quotas for configuring and running a WebSocket API".
  frameBytesMax: 32 * 1024,
  messageBytesMax: 128 * 1024,
  unsentBytesMax: 512 * 1024,
  idleTimeoutMs: 10 * 60_000,
  lifetimeMs: 2 * 3_600_000,
  pingIntervalMs: Infinity,
  writeTimeoutMs: 60_000,
  closeTimeoutMs: 5000,
}
