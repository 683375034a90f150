import type { BackendAnswer } from '../../rest/support/backend.ts'
import type { FunctionBehaviour } from '../../rest/support/functions.ts'
import type { WebSocketApiLimits } from '#data-plane/websocket/websocket-limits.ts'
import type { WebSocketApiDefinition } from './definition.ts'

/** One behaviour of WebSocket APIs: given an API, its functions and its backend, what a client does and sees. */
export interface WebSocketCase {
  readonly name: string
  /** Where it is documented or seen. */
  readonly source?: string
  /** `http://backend.test` in it is the case's backend, `http://nobody.test` a port where nobody listens. */
  readonly api: WebSocketApiDefinition
  readonly functions?: Readonly<Record<string, FunctionBehaviour>>
  readonly backend?: BackendAnswer
  readonly limits?: Partial<WebSocketApiLimits>
  /** The handshake: fields of it, and what follows the stage. */
  readonly connect?: {
    readonly target?: string
    readonly host?: string
    readonly fields?: Readonly<Record<string, string | undefined>>
  }
  /** The answer to the handshake, where it is not 101. */
  readonly refused?: { readonly status: number; readonly body?: string }
  /** Some header lines of the answer to the handshake; null: absent. */
  readonly header?: Readonly<Record<string, string | null>>
  /** What follows, in order. */
  readonly talk?: readonly Turn[]
  /** Payloads of the invocations: members to look at, ids by their kind (`<connection>`, `<id>`). */
  readonly invoked?: readonly unknown[]
  /** Members that no payload has, by path. */
  readonly absent?: readonly string[]
  /** What the backend got. */
  readonly received?: readonly {
    readonly method?: string
    readonly target?: string
    readonly body?: string
    /** Some headers alone; null: absent. */
    readonly header?: Readonly<Record<string, string | null>>
  }[]
}

/** What a client sends, or sees next: frames as text, `text hello`, `binary 00ff`, `close 1000 bye`. */
export type Turn = { readonly send: string } | { readonly sees: string } | { readonly finish: 'FIN' | 'RST' }
