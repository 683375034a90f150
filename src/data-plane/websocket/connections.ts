import type { HttpReply } from '#http/message.ts'
import { fail, execute } from '#data-plane/execute.ts'
import { Exchange, type Services } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { ApiPlan, RoutePlan } from '#data-plane/plan.ts'
import type { PlanTable } from '#data-plane/plan-table.ts'
import { WholeBody } from '#http/body.ts'
import { utf8Bytes } from '#base/utf8.ts'
import { newExtendedRequestId } from '#data-plane/trace-ids.ts'
import { Connection } from './connection.ts'
import { addressOf, type ConnectionFacts } from './connection-facts.ts'
import { shownEnd } from './shown-end.ts'
import { EventRequest } from './event-request.ts'
import { countEnd, noTotals, type WebSocketTotals } from './websocket-counts.ts'
import { WebSocketEvent, type ConnectionEnd } from './websocket-event.ts'
import type { WebSocketApiLimits } from './websocket-limits.ts'

/** Told of the connections that this process holds. Must not throw. */
export interface ConnectionWatcher {
  /**
   * A handshake was let in, and its answer waits: who is told of the connection by then can be sent to as soon as it is open.
   * A rejection refuses the client.
   */
  opening?(facts: ConnectionFacts): void | Promise<void>
  /**
   * It is gone, before its `$disconnect` is delivered; or its client left before it was open.
   * @returns false when somebody else has delivered it
   */
  closed?(facts: ConnectionFacts): boolean | Promise<boolean>
  /** Whether no further client can be let in. */
  readonly isFull?: boolean
}

/** The WebSocket connections that this process holds, and what their events come to. */
export class Connections {
  /** Of this process, since its start. */
  readonly counts: WebSocketTotals = noTotals()
  readonly #planTable: PlanTable
  readonly #watcher: ConnectionWatcher
  readonly #open = new Map<string, Connection>()
  /** Gone, but their ends are not told yet. */
  readonly #ending = new Set<Connection>()
  #settled: (() => void)[] = []
  /** By id, of those that are gone: whether their `$disconnect` is ours to deliver, where that is asked. */
  readonly #undecided = new Map<string, boolean | Promise<boolean>>()

  constructor(planTable: PlanTable, watcher: ConnectionWatcher = {}) {
    this.#planTable = planTable
    this.#watcher = watcher
  }

  /** Undefined where this process holds none of that id that is open. */
  get(connectionId: string): Connection | undefined {
    return this.#open.get(connectionId)
  }

  get size(): number {
    return this.#open.size
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values()
  }

  /** Resolves once no `$disconnect` is under way: at once where none is. */
  settled(): Promise<void> {
    if (this.#ending.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#settled.push(resolve))
  }

  // The life of a connection

  get isFull(): boolean {
    return this.#watcher.isFull ?? false
  }

  opening(facts: ConnectionFacts): void | Promise<void> {
    return this.#watcher.opening?.(facts)
  }

  /** A connection that is about to open. @param plan of its handshake */
  connecting(
    facts: ConnectionFacts,
    services: Services,
    limits: WebSocketApiLimits,
    plan: ApiPlan,
  ): Connection {
    const connection = new Connection(this, facts, services, limits)
    if (this.#planTable.get(plan.apiId, plan.stage) === undefined) connection.leave(plan)
    return connection
  }

  opened(connection: Connection): void {
    const { facts } = connection
    this.#open.set(facts.connectionId, connection)
    // The stage ended while `$connect` was asked: whoever ended its connections did not find this one.
    if (this.#planTable.find(addressOf(facts)) === undefined) connection.goAway()
  }

  /** It is gone; its `$disconnect` follows. */
  closed(connection: Connection): void {
    const { facts } = connection
    this.#open.delete(facts.connectionId)
    const isOurs = this.#watcher.closed?.(facts)
    if (isOurs !== undefined && isOurs !== true) this.#undecided.set(facts.connectionId, isOurs)
    this.#ending.add(connection)
  }

  /** Of a connection that is closed. Never rejects. */
  async ended(connection: Connection, end: ConnectionEnd, services: Services): Promise<void> {
    const { facts } = connection
    const isOurs = this.#undecided.get(facts.connectionId)
    this.#undecided.delete(facts.connectionId)
    if (isOurs === undefined || (await isOurs)) {
      await this.disconnected(facts, end, services, connection.lastPlan)
    }
    this.#ending.delete(connection)
    if (this.#ending.size > 0) return
    const settled = this.#settled
    this.#settled = []
    for (const resolve of settled) resolve()
  }

  /** A stage is served no more: its clients are told so, and what served it is told of their ends. */
  leave(plan: ApiPlan): void {
    const { apiId, stage } = plan
    for (const connection of [...this.#open.values(), ...this.#ending]) {
      const { facts } = connection
      if (facts.apiId === apiId && facts.stage === stage) connection.leave(plan)
    }
  }

  // Events

  /** What a message comes to; undefined where its stage is served no more. Never rejects. */
  message(
    facts: ConnectionFacts,
    services: Services,
    data: string | Buffer,
  ): MessageReply | Promise<MessageReply> | undefined {
    const bytes = typeof data === 'string' ? utf8Bytes(data) : data
    const event = new WebSocketEvent('MESSAGE', facts, { messageId: newExtendedRequestId(), data })
    const exchange = this.#exchange(facts, services, event, { bytes })
    const plan = exchange?.plan.webSocket
    if (exchange === undefined || plan === undefined) return undefined
    this.counts.messages++
    const reply = this.#run(exchange, plan.routeOf(exchange))
    if (reply instanceof Promise) return reply.then((answer) => this.#answered(exchange, answer))
    return this.#answered(exchange, reply)
  }

  /**
   * Delivers a `$disconnect`, once for each call. Never rejects.
   * @param facts of a connection that this process held, or another one that is gone
   * @param lastPlan of a stage that is served no more
   */
  async disconnected(
    facts: ConnectionFacts,
    end: ConnectionEnd,
    services: Services,
    lastPlan?: ApiPlan,
  ): Promise<void> {
    const event = new WebSocketEvent('DISCONNECT', facts, { end: shownEnd(end) })
    const exchange = this.#exchange(facts, services, event, { lastPlan })
    const route = exchange?.plan.webSocket?.disconnect
    if (exchange === undefined || route === undefined) return
    const { onSent } = this.#answered(exchange, await this.#run(exchange, route))
    onSent?.(0, true)
  }

  /** Undefined where nothing is served for it any more. */
  #exchange(
    facts: ConnectionFacts,
    services: Services,
    event: WebSocketEvent,
    { bytes, lastPlan }: { readonly bytes?: Uint8Array; readonly lastPlan?: ApiPlan | undefined },
  ): Exchange | undefined {
    const address = addressOf(facts)
    const plan = lastPlan ?? this.#planTable.find(address)
    if (plan === undefined) return undefined
    const body = bytes === undefined ? undefined : new WholeBody(bytes)
    const exchange = new Exchange(new EventRequest(facts, body, event.isBinary), address, plan, services)
    exchange.event = event
    exchange.body = bytes
    exchange.identity = facts.identity
    const { grant } = facts
    if (grant !== undefined) {
      exchange.authorizer = grant
      exchange.authorizerCall = { ...GRANTED, integrationLatencyMs: grant.integrationLatencyMs }
    }
    return exchange
  }

  #run(exchange: Exchange, route: RoutePlan | undefined): HttpReply | Promise<HttpReply> {
    if (route === undefined) {
      return fail(exchange, new GatewayError('ACCESS_DENIED', { reason: 'no route is for the message' }))
    }
    exchange.route = route
    return execute(exchange, route.steps)
  }

  #answered(exchange: Exchange, { status, body, onSent }: HttpReply): MessageReply {
    countEnd(this.counts, exchange, status)
    // The last step of a message gives a body that is here whole.
    const bytes = body instanceof WholeBody ? body.bytes(Infinity) : NOTHING
    const { answersBinary = false, answersEmpty = false } = exchange.event ?? {}
    const isAnswer = bytes.length > 0 || answersEmpty
    return { body: isAnswer ? bytes : undefined, isBinary: answersBinary, onSent }
  }
}

/** What goes back to the client. */
export interface MessageReply extends Pick<HttpReply, 'onSent'> {
  /** Undefined: nothing. */
  readonly body: Uint8Array | undefined
  readonly isBinary: boolean
}

const NOTHING = new Uint8Array(0)

/** The authorizer was asked at the handshake. */
const GRANTED = {
  latencyMs: 0,
  status: 200,
  integrationStatus: undefined,
  requestId: undefined,
  error: undefined,
} as const
