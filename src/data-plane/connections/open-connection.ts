import type { ConnectionFacts } from '#data-plane/websocket/connection-facts.ts'

/** What a message came to: `full`, where the client reads too slowly for one more to wait. */
export type PushOutcome = 'sent' | 'full' | 'gone'

/** A WebSocket that this process holds, as those who push to it see it. */
export interface OpenConnection {
  readonly facts: ConnectionFacts
  /** Epoch milliseconds. */
  readonly lastActiveAtMs: number
  /** A string goes as text. */
  push(data: string | Uint8Array): PushOutcome
  /** Begins to close; nothing when it is closing already. */
  disconnect(code: number, reason: string): void
}

/** Those of this process, by id. */
export interface OpenConnections extends Iterable<OpenConnection> {
  get(connectionId: string): OpenConnection | undefined
}

/** What is told of a connection. Times are epoch milliseconds. */
export interface ShownConnection {
  readonly id: string
  readonly connectedAtMs: number
  readonly lastActiveAtMs: number
  readonly sourceIp: string
  /** Undefined when the client told none. */
  readonly userAgent: string | undefined
}

export function shownOf({ facts, lastActiveAtMs }: OpenConnection): ShownConnection {
  const { connectionId: id, connectedAtMs, sourceIp, userAgent } = facts
  return { id, connectedAtMs, lastActiveAtMs, sourceIp, userAgent }
}

/** Whether it is of a stage. @param stage `{apiId}/{stage}` */
export function isOf(stage: string, { facts }: OpenConnection): boolean {
  const { apiId } = facts
  return (
    stage.length === apiId.length + 1 + facts.stage.length &&
    stage.startsWith(apiId) &&
    stage.endsWith(`/${facts.stage}`)
  )
}
