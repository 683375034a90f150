import type { Log } from '#base/log.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { defaultRedisLimits, type RedisLimits } from './limits.ts'
import { shownAddress, type RedisAddress } from './redis-address.ts'
import { RedisConnection } from './redis-connection.ts'
import type { RedisScript } from './redis-script.ts'
import type { Argument, Reply, ReplyError } from './resp.ts'

export type Answer = Exclude<Reply, ReplyError>

export interface RedisClientOptions {
  readonly address: RedisAddress
  readonly scripts: readonly RedisScript[]
  readonly log: Log
  readonly limits?: Partial<RedisLimits> | undefined
}

/**
 * A Redis or Valkey that may go away. While it does not answer, every call fails at once, and it is tried again and
 * again, later and later. No command is sent twice: nobody knows whether the first was carried out.
 */
export class RedisClient {
  readonly limits: RedisLimits
  readonly #address: RedisAddress
  readonly #scripts: readonly RedisScript[]
  readonly #log: Log
  readonly #listeners = new Map<string, (message: Buffer) => void>()
  readonly #onUp: (() => void)[] = []
  #connection: RedisConnection | undefined
  #retry: Timer | undefined
  #pinger: Timer | undefined
  #failures = 0
  #calls = 0
  #isUp = false
  #isStopped = false
  #reason = 'not connected yet'

  constructor({ address, scripts, log, limits }: RedisClientOptions) {
    this.limits = { ...defaultRedisLimits, ...limits }
    this.#address = address
    this.#scripts = scripts
    this.#log = log
  }

  /** Whether it answers, as far as is known. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** Calls that were made, for figures. */
  get calls(): number {
    return this.#calls
  }

  /** Resolves when the first attempt to connect has ended, one way or the other. */
  async start(): Promise<void> {
    this.#pinger = setInterval(() => this.#ping(), this.limits.pingMs)
    await this.#connect()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#retry)
    clearInterval(this.#pinger)
    this.#connection?.close('stopped')
  }

  /** Called whenever it is there (again): it may have forgotten everything. */
  onUp(listener: () => void): void {
    this.#onUp.push(listener)
  }

  /** @throws StateUnavailable */
  call(command: readonly Argument[]): Promise<Answer> {
    if (!this.#isUp || this.#connection === undefined) {
      return Promise.reject(new StateUnavailable(this.#reason))
    }
    this.#calls++
    return this.#connection.call(command)
  }

  /** @throws StateUnavailable */
  run({ sha, text }: RedisScript, keys: readonly Argument[], values: readonly Argument[]): Promise<Answer> {
    const rest = [keys.length, ...keys, ...values]
    return this.call(['EVALSHA', sha, ...rest]).catch((error: StateUnavailable) => {
      // It was told to forget its scripts.
      if (error.message.startsWith('NOSCRIPT')) return this.call(['EVAL', text, ...rest])
      throw error
    })
  }

  /** Sends at once what was to be sent at the end of this turn. */
  flush(): void {
    this.#connection?.flush()
  }

  /** Takes the messages of a channel, also after it was away. @throws StateUnavailable */
  async subscribe(channel: string, listener: (message: Buffer) => void): Promise<void> {
    this.#listeners.set(channel, listener)
    await this.#subscribe([channel])
  }

  unsubscribe(channel: string): void {
    this.#listeners.delete(channel)
    // Answered by a push alone, as is SUBSCRIBE: a command behind it shows that it was carried out.
    this.#push(['UNSUBSCRIBE', channel]).catch(() => {})
  }

  async #connect(): Promise<void> {
    const connection = new RedisConnection(
      {
        pushed: (parts) => this.#pushed(parts),
        closed: (error) => this.#closed(connection, error),
      },
      this.limits,
    )
    this.#connection = connection
    try {
      await connection.open(
        this.#address,
        this.#scripts.map(({ text }) => text),
      )
    } catch {
      // `closed` was told.
      return
    }
    if (this.#isStopped) return
    if (this.#failures > 0)
      this.#log.info('state: Redis answers again', { redis: shownAddress(this.#address) })
    this.#failures = 0
    this.#isUp = true
    this.#subscribe([...this.#listeners.keys()]).catch(() => {})
    for (const listener of this.#onUp) listener()
  }

  #closed(connection: RedisConnection, { message }: StateUnavailable): void {
    if (connection !== this.#connection || this.#isStopped) return
    this.#isUp = false
    this.#reason = message
    if (this.#failures === 0) {
      this.#log.warn('state: Redis does not answer', { redis: shownAddress(this.#address), reason: message })
    }
    const { retryMs, retryMsMax } = this.limits
    const mostMs = Math.min(retryMs * 2 ** Math.min(this.#failures, 16), retryMsMax)
    this.#failures++
    this.#retry = setTimeout(() => void this.#connect(), mostMs * (0.5 + Math.random() / 2))
  }

  #pushed([kind, channel, message]: readonly Reply[]): void {
    if (!(kind instanceof Buffer && channel instanceof Buffer && message instanceof Buffer)) return
    if (kind.toString() === 'message') this.#listeners.get(channel.toString())?.(message)
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    if (channels.length > 0) await this.#push(['SUBSCRIBE', ...channels])
  }

  /** A command that has no answer of its own. */
  async #push(command: readonly Argument[]): Promise<void> {
    if (!this.#isUp || this.#connection === undefined) throw new StateUnavailable(this.#reason)
    this.#connection.tell(command)
    await this.call(['PING'])
  }

  #ping(): void {
    if (this.#isUp) this.call(['PING']).catch(() => {})
  }
}
