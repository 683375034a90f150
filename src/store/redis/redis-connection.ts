import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { StateUnavailable } from '#base/state-unavailable.ts'
import type { RedisLimits } from './limits.ts'
import type { RedisAddress } from './redis-address.ts'
import { PushMessage, ReplyError, RespReader, RespWriter, type Argument, type Reply } from './resp.ts'

/** Whoever has a connection. */
export interface ConnectionOwner {
  pushed(parts: readonly Reply[]): void
  /** It is of no use any more: what waited for answers has failed with this. Called once. */
  closed(error: StateUnavailable): void
}

interface Waiting {
  readonly sinceMs: number
  readonly resolve: (reply: Exclude<Reply, ReplyError>) => void
  readonly reject: (error: Error) => void
}

/** Settled already when the connection ends. */
const nothing = (): void => {}

/**
 * A connection to Redis. Commands of one turn of the event loop are sent in one write; answers come in their order. One
 * that is not answered in time ends the connection, so that nothing piles up behind it.
 */
export class RedisConnection {
  readonly #owner: ConnectionOwner
  readonly #limits: RedisLimits
  readonly #reader = new RespReader()
  readonly #writer = new RespWriter()
  #socket: Bun.Socket<unknown> | undefined
  #opening: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  #waiting: Waiting[] = []
  /** Of `#waiting`, the oldest: those before it are answered. */
  #first = 0
  #isFlushPlanned = false
  #unsent: Buffer = Buffer.alloc(0)
  #timer: Timer | undefined
  #isClosed = false

  constructor(owner: ConnectionOwner, limits: RedisLimits) {
    this.#owner = owner
    this.#limits = limits
  }

  /** Connects and says who we are. @throws StateUnavailable */
  async open(address: RedisAddress, scripts: readonly string[]): Promise<void> {
    const timer = setTimeout(
      () => this.close(`no connection within ${this.#limits.connectTimeoutMs} ms`),
      this.#limits.connectTimeoutMs,
    )
    try {
      this.#connect(address)
      await this.#opening.promise
      const { user, password, database } = address
      const who = password === undefined ? [] : ['AUTH', user, password]
      await this.call(['HELLO', '3', ...who])
      if (database !== 0) await this.call(['SELECT', database])
      await Promise.all(scripts.map((script) => this.call(['SCRIPT', 'LOAD', script])))
    } catch (error) {
      const reason =
        error instanceof StateUnavailable ? error : new StateUnavailable((error as Error).message)
      this.close(reason.message)
      throw reason
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * @throws StateUnavailable when there is no answer in time, or when the server refuses: then the message begins with
   * the word that it gives for it
   */
  call(command: readonly Argument[]): Promise<Exclude<Reply, ReplyError>> {
    const { commandsMax, stateTimeoutMs } = this.#limits
    if (this.#isClosed) return Promise.reject(new StateUnavailable('the connection is closed'))
    if (this.#waiting.length - this.#first >= commandsMax) {
      return Promise.reject(new StateUnavailable(`${commandsMax} commands wait for answers already`))
    }
    this.tell(command)
    this.#timer ??= setTimeout(() => this.#look(), stateTimeoutMs)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sinceMs: performance.now(), resolve, reject })
    })
  }

  /** Sends a command that has no answer. */
  tell(command: readonly Argument[]): void {
    this.#writer.add(command)
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    setImmediate(() => this.flush())
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    if (!this.#isFlushPlanned) return
    this.#isFlushPlanned = false
    if (this.#isClosed) return
    const bytes = this.#writer.take()
    this.#unsent = this.#unsent.length === 0 ? bytes : Buffer.concat([this.#unsent, bytes])
    if (this.#unsent.length > this.#limits.unsentBytesMax) {
      this.close(`more than ${this.#limits.unsentBytesMax} bytes wait to be sent`)
    } else this.#write()
  }

  #write(): void {
    if (this.#unsent.length === 0) return
    const written = this.#socket?.write(this.#unsent) ?? 0
    if (written < 0) this.close('the connection was closed')
    else this.#unsent = this.#unsent.subarray(written)
  }

  close(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    const error = new StateUnavailable(reason)
    this.#opening.promise.catch(nothing)
    this.#opening.reject(error)
    this.#socket?.terminate()
    for (const { reject } of this.#waiting.splice(0).slice(this.#first)) reject(error)
    this.#first = 0
    this.#owner.closed(error)
  }

  #connect({ hostname, port, socketPath, tls, ca }: RedisAddress): void {
    const socket: Bun.SocketHandler = {
      open: (opened) => {
        this.#socket = opened
        if (this.#isClosed) opened.terminate()
        else if (!tls) this.#opening.resolve()
      },
      handshake: (_socket, success, error) => {
        if (success && error === null) this.#opening.resolve()
        else this.close(`its certificate is not trusted: ${error?.message ?? 'the handshake failed'}`)
      },
      data: (_socket, chunk) => this.#came(chunk),
      drain: () => this.#write(),
      close: () => this.close('the connection was closed'),
      end: () => this.close('the server closed the connection'),
      error: (_socket, error) => this.close(error.message),
      connectError: (_socket, error) => this.close(`cannot connect: ${error.message}`),
    }
    const secure = tls && {
      rejectUnauthorized: true,
      serverName: isIP(hostname) === 0 ? hostname : '',
      ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
    }
    const connecting =
      socketPath === undefined
        ? Bun.connect({ hostname, port, socket, ...(secure !== false && { tls: secure }) })
        : Bun.connect({ unix: socketPath, socket })
    connecting.catch((error: Error) => this.close(`cannot connect: ${error.message}`))
  }

  #came(chunk: Uint8Array): void {
    try {
      for (const reply of this.#reader.read(chunk)) {
        if (this.#isClosed) return
        if (reply instanceof PushMessage) this.#owner.pushed(reply.parts)
        else this.#answered(reply)
      }
    } catch (error) {
      this.close((error as Error).message)
    }
  }

  #answered(reply: Exclude<Reply, PushMessage>): void {
    const waiting = this.#waiting[this.#first]
    if (waiting === undefined) {
      this.close('an answer that nobody asked for')
      return
    }
    this.#first++
    if (this.#first === this.#waiting.length || this.#first > 4096) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
    if (reply instanceof ReplyError) waiting.reject(new StateUnavailable(reply.message))
    else waiting.resolve(reply)
  }

  /** Is the oldest command out of time? Where we were held up ourselves, its answer is read first. */
  #look(): void {
    this.#timer = undefined
    const { stateTimeoutMs } = this.#limits
    const oldest = this.#waiting[this.#first]
    if (oldest === undefined || this.#isClosed) return
    const leftMs = oldest.sinceMs + stateTimeoutMs - performance.now()
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), Math.ceil(leftMs))
      return
    }
    setTimeout(() => {
      if (this.#waiting[this.#first] === oldest) this.close(`no answer within ${stateTimeoutMs} ms`)
      else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#look(), stateTimeoutMs)
    }, 0)
  }
}
