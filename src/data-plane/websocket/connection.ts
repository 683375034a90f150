import { utf8Text } from '#base/utf8.ts'
import type { PushOutcome } from '#data-plane/connections/open-connection.ts'
import type { Services } from '#data-plane/exchange.ts'
import type { ApiPlan } from '#data-plane/plan.ts'
import { closeCodes } from '#http/websocket/close-codes.ts'
import type { WebSocketConnection, WebSocketHandler } from '#http/websocket/websocket-connection.ts'
import type { ConnectionFacts } from './connection-facts.ts'
import type { Connections, MessageReply } from './connections.ts'
import type { ConnectionEnd } from './websocket-event.ts'
import type { WebSocketApiLimits } from './websocket-limits.ts'

/**
 * One client of a WebSocket API. Its messages are answered one after the other, in the order in which they came: a client
 * that sends faster than its integrations answer is no longer read once so much waits as its limits say.
 */
export class Connection implements WebSocketHandler {
  readonly facts: ConnectionFacts
  readonly #connections: Connections
  readonly #services: Services
  readonly #limits: WebSocketApiLimits
  /** Undefined before it is open, and once it is gone. */
  #socket: WebSocketConnection | undefined
  /** Whether a message is with its integration. */
  #isBusy = false
  /** Undefined while nothing waits: most connections are idle. */
  #waiting: (string | Buffer)[] | undefined
  #waitingBytes = 0
  /** It closes once nothing waits for an answer. */
  #isDraining = false
  /** How it ended, until that is told. */
  #end: ConnectionEnd | undefined
  /** What served its stage last; undefined while something does. */
  #lastPlan: ApiPlan | undefined

  constructor(
    connections: Connections,
    facts: ConnectionFacts,
    services: Services,
    limits: WebSocketApiLimits,
  ) {
    this.#connections = connections
    this.facts = facts
    this.#services = services
    this.#limits = limits
  }

  // What others may do with it

  /** A text, or bytes as a binary message. @returns whether it was taken: false when the connection closes */
  send(data: string | Uint8Array): boolean {
    return this.#socket?.send(data) ?? false
  }

  /** The same for others than its own route: a client that reads too slowly is left as it is. */
  push(data: string | Uint8Array): PushOutcome {
    const socket = this.#socket
    if (socket === undefined) return 'gone'
    if (socket.unsentBytes > 0 && !socket.hasRoom(Buffer.byteLength(data))) return 'full'
    return socket.send(data) ? 'sent' : 'gone'
  }

  /** Starts the closing handshake. @param reason at most 123 bytes of UTF-8 */
  disconnect(code: number, reason: string): void {
    this.#socket?.close(code, reason)
  }

  /** Its stage is no more, or its process ends. */
  goAway(): void {
    this.disconnect(closeCodes.goingAway, 'Going away')
  }

  /** Its stage is served no more: it closes, and that plan tells of its end. */
  leave(lastPlan: ApiPlan): void {
    this.#lastPlan = lastPlan
    this.goAway()
  }

  get lastPlan(): ApiPlan | undefined {
    return this.#lastPlan
  }

  /** Drops the connection at once. */
  terminate(): void {
    this.#socket?.terminate()
  }

  /** Epoch milliseconds. */
  get lastActiveAtMs(): number {
    return this.#socket?.lastActiveAtMs ?? this.facts.connectedAtMs
  }

  // Of the engine

  open(socket: WebSocketConnection): void {
    this.#socket = socket
    this.#connections.opened(this)
  }

  message(socket: WebSocketConnection, data: string | Buffer): void {
    const { binaryBytesMax } = this.#limits
    if (typeof data !== 'string' && data.length > binaryBytesMax) {
      if (binaryBytesMax > 0) socket.close(closeCodes.tooLarge, `binary larger than ${binaryBytesMax} bytes`)
      else socket.close(closeCodes.unsupportedData, 'Binary data is not supported')
    } else if (this.#isBusy) this.#wait(socket, data)
    else this.#take(data)
  }

  drain(socket: WebSocketConnection): void {
    this.#isDraining = true
    if (this.#isBusy) socket.pause()
    else this.goAway()
  }

  close(_: WebSocketConnection | undefined, code: number, reason: string): void {
    this.#socket = undefined
    this.#end = { code, reason }
    this.#connections.closed(this)
    if (!this.#isBusy) this.#finish()
  }

  /** Its client left before the handshake was answered: what `$connect` began, `$disconnect` ends. */
  abandoned(): void {
    this.close(undefined, closeCodes.lost, '')
  }

  #wait(socket: WebSocketConnection, data: string | Buffer): void {
    const waiting = (this.#waiting ??= [])
    waiting.push(data)
    this.#waitingBytes += data.length
    const { queuedMessagesMax, queuedBytesMax } = this.#limits
    if (waiting.length >= queuedMessagesMax || this.#waitingBytes >= queuedBytesMax) socket.pause()
  }

  #take(data: string | Buffer): void {
    const reply = this.#connections.message(this.facts, this.#services, data)
    if (!(reply instanceof Promise)) {
      this.#answer(reply)
      return
    }
    this.#isBusy = true
    void reply.then((answer) => {
      this.#answer(answer)
      this.#isBusy = false
      this.#next()
    })
  }

  #next(): void {
    while (!this.#isBusy && this.#waiting !== undefined) {
      const data = this.#waiting.shift() as string | Buffer
      this.#waitingBytes -= data.length
      if (this.#waiting.length === 0) this.#waiting = undefined
      this.#take(data)
    }
    if (this.#isBusy) return
    if (this.#end !== undefined) this.#finish()
    else if (this.#isDraining) this.goAway()
    else this.#socket?.resume()
  }

  /** @param answer undefined: the stage is gone, and the connection with it */
  #answer(answer: MessageReply | undefined): void {
    if (answer === undefined) {
      this.goAway()
      return
    }
    const { body, isBinary, onSent } = answer
    const wasTaken = body === undefined || this.send(isBinary ? body : utf8Text(body))
    onSent?.(body?.length ?? 0, wasTaken)
  }

  #finish(): void {
    const end = this.#end
    if (end === undefined) return
    this.#end = undefined
    void this.#connections.ended(this, end, this.#services)
  }
}
