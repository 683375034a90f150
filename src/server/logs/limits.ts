/** How logs are written. */
export interface LogLimits {
  /** How long a line may wait for others, milliseconds. */
  readonly flushMs: number
  /** So many characters are written at once, without waiting. */
  readonly flushLengthMin: number
  /** Characters that wait for one slow file; lines beyond them are dropped, and counted. */
  readonly waitingLengthMax: number
  /** Before a write that failed is tried again, milliseconds. */
  readonly retryMs: number
  /** How long the last lines may take when the gateway ends, milliseconds. */
  readonly closeTimeoutMs: number
  /** A file to which nothing was written for so long is closed, milliseconds. */
  readonly idleMs: number
  /** Between two warnings of dropped lines, milliseconds. */
  readonly warningMs: number
}

export const defaultLogLimits: LogLimits = {
  flushMs: 100,
  flushLengthMin: 64 * 1024,
  waitingLengthMax: 8 * 1024 * 1024,
  retryMs: 1000,
  closeTimeoutMs: 2000,
  idleMs: 10_000,
  warningMs: 60_000,
}
