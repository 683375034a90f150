import type { Exchange } from '#data-plane/exchange.ts'
import type { ConnectionFacts } from './connection-facts.ts'
import { MessageScope } from './message-scope.ts'

export type EventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT'

/** What happened to a WebSocket connection: each event is an exchange of its own. */
export class WebSocketEvent {
  readonly type: EventType
  readonly connection: ConnectionFacts
  /** `$context.messageId`, of messages. */
  readonly messageId: string | undefined
  /** A message as it came; undefined where nothing did. */
  readonly data: string | Buffer | undefined
  /** Of a disconnect. */
  readonly end: ConnectionEnd | undefined
  /** Whether the answer of a message goes out as a binary frame. */
  answersBinary = false
  /** Whether an answer without a byte is one: a frame, if an empty one. */
  answersEmpty = false
  #scope: MessageScope | undefined

  constructor(type: EventType, connection: ConnectionFacts, of: EventParts = {}) {
    this.type = type
    this.connection = connection
    this.messageId = of.messageId
    this.data = of.data
    this.end = of.end
  }

  get isBinary(): boolean {
    return this.data !== undefined && typeof this.data !== 'string'
  }

  /** What expressions read of it. @param exchange its own */
  scope(exchange: Exchange): MessageScope {
    return (this.#scope ??= new MessageScope(exchange))
  }
}

export interface EventParts {
  readonly messageId?: string
  readonly data?: string | Buffer
  readonly end?: ConnectionEnd
}

/** How a connection ended. */
export interface ConnectionEnd {
  /** Of RFC 6455 §7.4; of whoever closed first. */
  readonly code: number
  readonly reason: string
}

/** The event of an exchange of a WebSocket API. */
export function eventOf({ event }: Exchange): WebSocketEvent {
  if (event === undefined) throw new Error('an exchange of a WebSocket API has no event')
  return event
}
