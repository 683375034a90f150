/** One open WebSocket, as the layer above sees it. */
export interface WebSocketConnection {
  /**
   * Sends a message: a string as text, bytes as binary.
   * @returns whether it was taken: false when the connection is closing, or does so because its client reads too
   *   slowly (WebSocketLimits.unsentBytesMax)
   */
  send(data: string | Uint8Array): boolean
  /** Whether a message of so many bytes may wait for the client; `send` closes an open connection where it may not. */
  hasRoom(bytes: number): boolean
  /** Sends an empty ping. */
  ping(): void
  /**
   * Starts the closing handshake: no message is sent or delivered any more. Nothing when it is closing already.
   * @param code 1000 when undefined
   * @param reason at most 123 bytes of UTF-8
   * @throws RangeError when `code` may not be sent or `reason` is too long
   */
  close(code?: number, reason?: string): void
  /** Drops the connection at once: the client learns no code. */
  terminate(): void
  /** Delivers nothing until `resume`, and stops reading: pings are not answered, and a client that leaves is not seen. */
  pause(): void
  resume(): void
  /** Bytes that wait for the client to read. */
  readonly unsentBytes: number
  readonly connectedAtMs: number
  /** When the last message went either way, or the client pinged. */
  readonly lastActiveAtMs: number
}

/** What becomes of a WebSocket. One handler may serve many connections. */
export interface WebSocketHandler {
  /** The handshake is answered; called once, before anything else. */
  open?(connection: WebSocketConnection): void
  message(connection: WebSocketConnection, data: string | Buffer): void
  /** The server stops: to be closed with 1001 once what is under way is done. Without it that is done at once. */
  drain?(connection: WebSocketConnection): void
  /**
   * Called once, after everything else.
   * @param code of whoever closed first; 1005 when the client gave none, 1006 when the connection was lost
   * @param clean whether both sides sent a close
   */
  close(connection: WebSocketConnection, code: number, reason: string, clean: boolean): void
}
