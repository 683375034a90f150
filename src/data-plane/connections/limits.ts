import { holderMessageBytesMax } from '#base/connection-registry.ts'

/** How a process holds its connections, and reaches those of others. */
export interface ConnectionLimits {
  /** Between two signs of life; as often it is looked for connections of processes that are gone. */
  readonly beatMs: number
  /** Without a sign of life for so long, a process counts as gone. */
  readonly livesMs: number
  /** How long another process may take to answer. */
  readonly answerTimeoutMs: number
  /** Held by this process at once: a handshake past it is refused. */
  readonly connectionsMax: number
  /** Of one message to another process; what is larger goes in several. */
  readonly messageBytesMax: number
  /** Of what others have sent in part. */
  readonly partialBytesMax: number
  /** Connections of other processes whose place is remembered. */
  readonly placesMax: number
}

export const defaultConnectionLimits: ConnectionLimits = {
  beatMs: 1500,
  livesMs: 5000,
  answerTimeoutMs: 5000,
  connectionsMax: Infinity,
  messageBytesMax: holderMessageBytesMax,
  partialBytesMax: 128 * 1024 * 1024,
  placesMax: 100_000,
}

/** Connections of a process that is gone which are taken over at a time. */
export const sweptMax = 500
