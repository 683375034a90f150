import {
  factsCharactersMax,
  type ConnectionRegistry,
  type HeldConnection,
} from '#base/connection-registry.ts'
import type { Log } from '#base/log.ts'
import { newRequestId } from '#base/ids.ts'
import { writeFacts, type ConnectionFacts } from '#data-plane/websocket/connection-facts.ts'
import type { ConnectionWatcher } from '#data-plane/websocket/connections.ts'
import {
  encodeHolderMessage,
  HolderMessages,
  type Answers,
  type HolderMessage,
  type Question,
} from './holder-message.ts'
import { HeldHere } from './held-here.ts'
import { HolderSilent } from './holder-silent.ts'
import { defaultConnectionLimits, sweptMax, type ConnectionLimits } from './limits.ts'
import { shownOf, type OpenConnections, type PushOutcome, type ShownConnection } from './open-connection.ts'
import { OpenQuestions, UNANSWERED } from './open-questions.ts'

export interface ConnectionDirectoryOptions {
  /** Of all processes; undefined: there is no other. */
  readonly registry: ConnectionRegistry | undefined
  readonly log: Log
  readonly limits?: Partial<ConnectionLimits> | undefined
}

/** What becomes of a push to several. */
export interface Pushed {
  readonly sent: number
  /** Of those that were asked for. */
  readonly gone: readonly string[]
  /** Of those that were asked for: their clients read too slowly to be sent more. */
  readonly full: readonly string[]
}

/** The connections of this process, and what becomes of those of others. */
export interface HeldConnections {
  readonly here: OpenConnections
  /** Told of each connection of a process that is gone, by one process: its end is to be told of. */
  readonly orphaned: (connection: HeldConnection) => Promise<void>
}

const NO_BYTES = new Uint8Array(0)
/**
 * Before a question is asked, and again where its holder's line breaks. A process that is being killed may take calls for
 * a moment more, though it answers none.
 */
const PAUSES_MS: readonly number[] = [0, 10, 40, 160]
const NONE: OpenConnections = { get: () => undefined, [Symbol.iterator]: () => [].values() }

/**
 * WebSocket connections, wherever they are held: those of this process, and through the registry those of all others.
 * What is asked of a connection is asked of its holder; nothing is written to the registry while messages go through.
 */
export class ConnectionDirectory implements ConnectionWatcher {
  readonly #registry: ConnectionRegistry | undefined
  readonly #log: Log
  readonly #limits: ConnectionLimits
  /** This process, as the registry knows it. */
  readonly #holder: string = newRequestId()
  #here = new HeldHere(NONE)
  /** By id, of what the registry is to know; of those that may not be open yet, too. */
  readonly #registered = new Map<string, ConnectionFacts>()
  /** Ids of which the registry could not be told that they came, or went. */
  readonly #owed = new Set<string>()
  readonly #asked: OpenQuestions
  readonly #incoming: HolderMessages
  /** Connection → holder, of other processes, as last found. */
  readonly #places = new Map<string, string>()
  /** Connections, those among them whose handshake is not answered yet. */
  #held = 0
  /** Until when nobody can have taken this process for gone: by a clock that nobody sets. */
  #livesUntilMs = -Infinity
  #beats: Timer | undefined
  /** A sign of life under way. */
  #beating: Promise<void> | undefined
  #takingOver: Promise<void> | undefined
  #stopListening: (() => void) | undefined
  #orphaned: HeldConnections['orphaned'] = async () => {}
  #stopping = false

  constructor({ registry, log, limits }: ConnectionDirectoryOptions) {
    this.#registry = registry
    this.#log = log
    this.#limits = { ...defaultConnectionLimits, ...limits }
    this.#incoming = new HolderMessages(this.#limits.partialBytesMax)
    this.#asked = new OpenQuestions(this.#limits.answerTimeoutMs)
    registry?.whenGone?.((holder) => this.#asked.gone(holder))
  }

  /** Takes part among those that hold connections. */
  async start({ here, orphaned }: HeldConnections): Promise<void> {
    this.#here = new HeldHere(here)
    this.#orphaned = orphaned
    if (this.#registry === undefined) return
    const beat = async (): Promise<void> => {
      await (this.#beating ??= this.#beat().finally(() => (this.#beating = undefined)))
      // Whoever tells of ends may take long, and lives meanwhile.
      this.#takingOver ??= this.#takeOver().finally(() => (this.#takingOver = undefined))
    }
    this.#beats = setInterval(() => void beat(), this.#limits.beatMs)
    this.#beats.unref()
    await beat()
  }

  /** Resolves when others know that this process holds nothing any more. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#beats)
    await this.#beating
    await this.#takingOver
    this.#stopListening?.()
    await this.#registry?.leave(this.#holder).catch(() => {})
  }

  // What the process holds

  /** Whether this process holds as many connections as it may. */
  get isFull(): boolean {
    return this.#held >= this.#limits.connectionsMax
  }

  /**
   * A connection is let in. It is known to others before its handshake is answered: whoever hears of it may push to it.
   */
  opening(facts: ConnectionFacts): void | Promise<void> {
    this.#held++
    const registry = this.#registry
    if (registry === undefined) return undefined
    const { connectionId } = facts
    this.#registered.set(connectionId, facts)
    return registry.register(heldOf(facts, this.#holder)).catch((error: Error) => {
      this.#owed.add(connectionId)
      this.#log.debug('a connection is not known to other processes yet', { reason: error.message })
    })
  }

  /**
   * A connection that was let in is no more, or never came to be.
   * @returns whether its end is to be told of: false when another process took this one for gone, and has told it
   */
  closed({ connectionId }: ConnectionFacts): boolean | Promise<boolean> {
    this.#held--
    if (this.#registry === undefined) return true
    this.#registered.delete(connectionId)
    // Who was not told that it came cannot have told of its end, nor a registry that has forgotten it.
    const isOurs = this.#owed.has(connectionId) || performance.now() < this.#livesUntilMs
    return this.#registry.remove(connectionId).then(
      (isRemoved) => isRemoved || isOurs,
      () => {
        this.#owed.add(connectionId)
        // Better told twice than never.
        return true
      },
    )
  }

  /** Ends all connections that this process holds. */
  end(): void {
    this.#here.end()
  }

  // What is asked of connections. `stage` is `{apiId}/{stage}`; connections of others are not there.

  /**
   * Sends a message to one connection: a string as text.
   * @throws HolderSilent, StateUnavailable
   */
  push(stage: string, id: string, data: string | Uint8Array): PushOutcome | Promise<PushOutcome> {
    const here = this.#here.find(stage, id)
    if (here !== undefined) return here.push(data)
    if (this.#registry === undefined) return 'gone'
    const text = typeof data === 'string'
    const question: Question = { ask: 'push', stage, ids: [id], text }
    return this.#askHolderOf(id, question, text ? Buffer.from(data) : data).then(
      ({ sent = 0, full = [] } = { sent: 0 }) => (sent > 0 ? 'sent' : full.length > 0 ? 'full' : 'gone'),
    )
  }

  /** @returns undefined when it is gone @throws HolderSilent, StateUnavailable */
  async describe(stage: string, id: string): Promise<ShownConnection | undefined> {
    const here = this.#here.find(stage, id)
    if (here !== undefined) return shownOf(here)
    return (await this.#askHolderOf(id, { ask: 'describe', stage, id }))?.found
  }

  /** Closes a connection. @returns false when it is gone @throws HolderSilent, StateUnavailable */
  async close(stage: string, id: string): Promise<boolean> {
    if (this.#here.close(stage, id)) return true
    return (await this.#askHolderOf(id, { ask: 'close', stage, id }))?.found ?? false
  }

  /**
   * Sends a message to several connections.
   * @param ids undefined: all of the stage
   * @throws HolderSilent, StateUnavailable
   */
  async broadcast(
    stage: string,
    ids: readonly string[] | undefined,
    data: string | Uint8Array,
  ): Promise<Pushed> {
    const here = this.#here.push(stage, ids, data)
    const text = typeof data === 'string'
    const reached = new Set(here.reached)
    const full = new Set(here.full)
    const elsewhere = ids?.filter((id) => !reached.has(id) && !full.has(id))
    const payload = text ? Buffer.from(data) : data
    let { sent } = here
    if (elsewhere === undefined || elsewhere.length > 0) {
      for (const answer of await this.#askAll({ ask: 'push', stage, ids: elsewhere, text }, payload)) {
        sent += answer.sent
        for (const id of answer.reached ?? []) reached.add(id)
        for (const id of answer.full ?? []) full.add(id)
      }
    }
    const gone = ids === undefined ? [] : ids.filter((id) => !reached.has(id) && !full.has(id))
    return { sent, gone, full: [...full] }
  }

  /** The first `max` connections of a stage after an id, by id. @throws HolderSilent, StateUnavailable */
  async list(stage: string, after: string, max: number): Promise<readonly ShownConnection[]> {
    const here = this.#here.list(stage, after, max)
    const others = await this.#askAll({ ask: 'list', stage, after, max })
    if (others.length === 0) return here
    return [here, ...others.map(({ connections }) => connections)].flat().toSorted(byId).slice(0, max)
  }

  // Asking others

  /** Undefined when nobody holds it. */
  async #askHolderOf<Asked extends Question>(
    id: string,
    question: Asked,
    payload: Uint8Array = NO_BYTES,
  ): Promise<Answers[Asked['ask']] | undefined> {
    const registry = this.#registry
    if (registry === undefined) return undefined
    const known = this.#places.get(id)
    if (known !== undefined) {
      const answer = await this.#ask(known, question, payload)
      if (answer !== undefined && isThere(answer)) return answer
      this.#places.delete(id)
    }
    const holder = (await registry.find(id))?.holder
    if (holder === undefined || holder === known || holder === this.#holder) return undefined
    const answer = await this.#ask(holder, question, payload)
    if (answer !== undefined && isThere(answer)) this.#remember(id, holder)
    return answer
  }

  async #askAll<Asked extends Question>(
    question: Asked,
    payload: Uint8Array = NO_BYTES,
  ): Promise<Answers[Asked['ask']][]> {
    const holders = (await this.#registry?.holders()) ?? []
    const answers = await Promise.all(
      holders
        .filter((holder) => holder !== this.#holder)
        .map((holder) => this.#ask(holder, question, payload)),
    )
    return answers.filter((answer) => answer !== undefined)
  }

  /**
   * One that is gone before it answered is asked again: it is there if its line alone broke.
   * @returns undefined when there is no such process any more
   * @throws HolderSilent, StateUnavailable
   */
  async #ask<Asked extends Question>(
    holder: string,
    question: Asked,
    payload: Uint8Array,
  ): Promise<Answers[Asked['ask']] | undefined> {
    for (const pauseMs of PAUSES_MS) {
      if (pauseMs > 0) await Bun.sleep(pauseMs)
      const [number, answered] = this.#asked.ask(holder)
      const message = { isAnswer: false, number, sender: this.#holder, content: question, payload }
      try {
        const sent = this.#send(holder, message)
        if (sent !== true) {
          // Looked at below, whatever comes first.
          answered.catch(() => {})
          if (!(await sent)) {
            this.#asked.forget(number)
            return undefined
          }
        }
      } catch (error) {
        this.#asked.forget(number)
        throw error
      }
      const answer = await answered
      if (answer !== UNANSWERED) return answer as Answers[Asked['ask']]
    }
    throw new HolderSilent(holder, `${PAUSES_MS.length} times: its line broke`)
  }

  /** @returns false when nobody is there; at once where it goes out at once */
  #send(holder: string, message: HolderMessage): boolean | Promise<boolean> {
    const registry = this.#registry as ConnectionRegistry
    const parts = encodeHolderMessage(message, this.#limits.messageBytesMax)
    const [only] = parts
    if (parts.length === 1 && only !== undefined) return registry.send(holder, only)
    // In this order, without waiting for one after the other.
    const sent = Promise.all(parts.map(async (part) => registry.send(holder, part)))
    return sent.then((taken) => taken.every(Boolean))
  }

  #remember(id: string, holder: string): void {
    if (this.#places.size >= this.#limits.placesMax) this.#places.clear()
    this.#places.set(id, holder)
  }

  // Being asked

  readonly #received = (bytes: Uint8Array): void => {
    const message = this.#incoming.received(bytes, performance.now())
    if (message === undefined) return
    const { isAnswer, number, sender, content, payload } = message
    if (isAnswer) {
      this.#asked.answered(number, content)
      return
    }
    const answer = this.#here.answer(content as Question, payload)
    const reply = { isAnswer: true, number, sender: this.#holder, content: answer, payload: NO_BYTES }
    void this.#reply(sender, reply)
  }

  /** Never rejects. */
  async #reply(asker: string, reply: HolderMessage): Promise<void> {
    try {
      const sent = this.#send(asker, reply)
      if (sent !== true) await sent
    } catch (error) {
      this.#log.warn('a process is not answered', { holder: asker, reason: (error as Error).message })
    }
  }

  // Staying known

  async #beat(): Promise<void> {
    const registry = this.#registry as ConnectionRegistry
    this.#incoming.forget(performance.now() - this.#limits.answerTimeoutMs)
    try {
      this.#stopListening ??= await registry.listen(this.#holder, this.#received)
      const saidMs = performance.now()
      const known = await registry.beat(this.#holder, this.#limits.livesMs)
      if (!known) {
        for (const facts of this.#registered.values()) await registry.register(heldOf(facts, this.#holder))
      }
      this.#livesUntilMs = saidMs + this.#limits.livesMs
      for (const id of this.#owed) await this.#settle(registry, id)
    } catch (error) {
      this.#away(error)
    }
  }

  async #settle(registry: ConnectionRegistry, id: string): Promise<void> {
    const facts = this.#registered.get(id)
    if (facts === undefined) await registry.remove(id)
    else await registry.register(heldOf(facts, this.#holder))
    this.#owed.delete(id)
  }

  /** Tells of the ends of connections whose process is gone. Never rejects. */
  async #takeOver(): Promise<void> {
    const registry = this.#registry as ConnectionRegistry
    try {
      for (let came = sweptMax; came === sweptMax && !this.#stopping;) {
        const swept = await registry.sweep(sweptMax)
        came = swept.length
        if (came > 0)
          this.#log.info('connections of a process that is gone have ended', { connections: came })
        await Promise.all(swept.map((connection) => this.#orphaned(connection)))
      }
    } catch (error) {
      this.#away(error)
    }
  }

  #away(error: unknown): void {
    this.#log.debug('other processes cannot be told of connections', { reason: (error as Error).message })
  }
}

function byId(one: ShownConnection, other: ShownConnection): number {
  return one.id < other.id ? -1 : 1
}

function isThere(answer: Answers[Question['ask']]): boolean {
  if ('sent' in answer) return answer.sent > 0 || (answer.full ?? []).length > 0
  return !('found' in answer) || (answer.found !== undefined && answer.found !== false)
}

function heldOf(facts: ConnectionFacts, holder: string): HeldConnection {
  const { connectionId: id, apiId, stage, connectedAtMs } = facts
  const whole = writeFacts(facts)
  return {
    id,
    holder,
    stage: `${apiId}/${stage}`,
    connectedMs: connectedAtMs,
    activeMs: connectedAtMs,
    // What an authorizer said may be of any size: who ends the connection for this process does without.
    facts: whole.length <= factsCharactersMax ? whole : writeFacts({ ...facts, grant: undefined }),
  }
}
