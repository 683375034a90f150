import {
  checkHeld,
  checkMessage,
  holderMessageBytesMax,
  type ConnectionRegistry,
  type HeldConnection,
} from '#base/connection-registry.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { utf8Bytes, utf8Text } from '#base/utf8.ts'
import { LinkFrames, linkSocketEvents, type LinkFrame, type LinkFramesOwner } from './link-frames.ts'

/** The methods of the port; a frame's kind is the place here. What `list` and `sweep` answer may be much. */
const methods = [
  'register',
  'find',
  'touch',
  'remove',
  'list',
  'beat',
  'holders',
  'leave',
  'sweep',
  'send',
  'listen',
] as const
type Method = (typeof methods)[number]

/** Kinds of frames from the supervisor. */
const ANSWER = 0
const FAILURE = 1
const MESSAGE = 2

/** What a list of all connections of a worker may take. */
const ANSWER_BYTES_MAX = 1024 * 1024 * 1024
const ASKED_BYTES_MAX: number = 2 * holderMessageBytesMax
const HOLDER_LENGTH_BYTES = 2
const NO_BYTES = new Uint8Array(0)

/** A worker's way to the registry of its machine, which the supervisor keeps. */
export class LinkedConnectionRegistry implements ConnectionRegistry, LinkFramesOwner {
  readonly #path: string
  #frames: Promise<LinkFrames> | undefined
  #lastNumber = 0
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #listeners = new Map<number, (message: Uint8Array) => void>()

  /** @param path of the socket at which `connectionsOverLink` answers; it is opened when something is asked first */
  constructor(path: string) {
    this.#path = path
  }

  async register(connection: HeldConnection): Promise<void> {
    checkHeld(connection)
    await this.#ask('register', connection)
  }

  async find(id: string): Promise<HeldConnection | undefined> {
    return ((await this.#ask('find', id)) ?? undefined) as HeldConnection | undefined
  }

  async touch(id: string, activeMs: number): Promise<boolean> {
    return (await this.#ask('touch', id, activeMs)) as boolean
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#ask('remove', id)) as boolean
  }

  async list(holder: string): Promise<readonly HeldConnection[]> {
    return (await this.#ask('list', holder)) as HeldConnection[]
  }

  async beat(holder: string, livesMs: number): Promise<boolean> {
    return (await this.#ask('beat', holder, livesMs)) as boolean
  }

  async holders(): Promise<readonly string[]> {
    return (await this.#ask('holders')) as string[]
  }

  async leave(holder: string): Promise<void> {
    await this.#ask('leave', holder)
  }

  async sweep(connectionsMax: number): Promise<readonly HeldConnection[]> {
    return (await this.#ask('sweep', connectionsMax)) as HeldConnection[]
  }

  async send(holder: string, message: Uint8Array): Promise<boolean> {
    checkMessage(message)
    const name = Buffer.from(holder)
    const length = Buffer.allocUnsafe(HOLDER_LENGTH_BYTES)
    length.writeUInt16LE(name.length, 0)
    return (await this.#send('send', ++this.#lastNumber, length, name, message)) as boolean
  }

  async listen(holder: string, listener: (message: Uint8Array) => void): Promise<() => void> {
    const number = ++this.#lastNumber
    this.#listeners.set(number, listener)
    await this.#send('listen', number, utf8Bytes(JSON.stringify([holder])))
    return () => {
      this.#listeners.delete(number)
      // The same number again ends it.
      this.#send('listen', number, NO_BYTES).catch(() => {})
    }
  }

  /** To be called once nothing is asked any more. */
  async stop(): Promise<void> {
    const frames = await this.#frames?.catch(() => undefined)
    frames?.end()
  }

  #ask(method: Method, ...values: readonly unknown[]): Promise<unknown> {
    return this.#send(method, ++this.#lastNumber, utf8Bytes(JSON.stringify(values)))
  }

  async #send(method: Method, number: number, ...content: readonly Uint8Array[]): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>()
    this.#asked.set(number, asked)
    const frames = this.#frames ?? (this.#frames = this.#connect())
    try {
      const open = await frames
      open.send(methods.indexOf(method), number, ...content)
    } catch (error) {
      this.#asked.delete(number)
      throw new StateUnavailable('the supervisor is not reached', { cause: error })
    }
    return asked.promise
  }

  async #connect(): Promise<LinkFrames> {
    const frames = new LinkFrames(this, ANSWER_BYTES_MAX)
    try {
      frames.opened(await Bun.connect({ unix: this.#path, data: frames, socket: linkSocketEvents }))
      return frames
    } catch (error) {
      this.#frames = undefined
      throw error
    }
  }

  // Of the link

  received({ kind, number, content }: LinkFrame): void {
    if (kind === MESSAGE) {
      this.#listeners.get(number)?.(content)
      return
    }
    const asked = this.#asked.get(number)
    this.#asked.delete(number)
    if (kind === FAILURE) asked?.reject(new Error(utf8Text(content)))
    else asked?.resolve(JSON.parse(utf8Text(content)))
  }

  closed(): void {
    this.#frames = undefined
    const gone = new StateUnavailable('the supervisor is gone')
    for (const { reject } of this.#asked.values()) reject(gone)
    this.#asked.clear()
  }
}

export interface ConnectionsLink {
  stop(): void
}

/** The supervisor's end. A worker that is gone holds nothing any more, which is known at once. */
export function connectionsOverLink(path: string, registry: ConnectionRegistry): ConnectionsLink {
  const listener = Bun.listen<LinkFrames>({
    unix: path,
    socket: {
      open(socket) {
        const worker = new LinkedWorker(registry)
        socket.data = worker.frames
        worker.frames.opened(socket)
      },
      ...linkSocketEvents,
    },
  })
  return { stop: () => listener.stop(true) }
}

/** One worker, as the supervisor sees it. */
class LinkedWorker implements LinkFramesOwner {
  readonly frames: LinkFrames = new LinkFrames(this, ASKED_BYTES_MAX)
  readonly #registry: ConnectionRegistry
  /** By the number of the frame that asked: whom it listens for, and how to end that. */
  readonly #listening = new Map<number, { holder: string; end: () => void }>()

  constructor(registry: ConnectionRegistry) {
    this.#registry = registry
  }

  received({ kind, number, content }: LinkFrame): void {
    this.#answer(methods[kind], number, content).then(
      (answer) => this.frames.send(ANSWER, number, utf8Bytes(JSON.stringify(answer ?? null))),
      (error: Error) => this.frames.send(FAILURE, number, utf8Bytes(error.message)),
    )
  }

  closed(): void {
    for (const { holder, end } of this.#listening.values()) {
      end()
      void this.#registry.leave(holder)
    }
    this.#listening.clear()
  }

  async #answer(method: Method | undefined, number: number, content: Buffer): Promise<unknown> {
    if (method === undefined) throw new Error('a registry has no such method')
    if (method === 'send') {
      const start = HOLDER_LENGTH_BYTES + content.readUInt16LE(0)
      const holder = content.toString('utf8', HOLDER_LENGTH_BYTES, start)
      return this.#registry.send(holder, content.subarray(start))
    }
    if (method === 'listen') return this.#listen(number, content)
    const call = this.#registry[method] as (...values: unknown[]) => Promise<unknown>
    return call.apply(this.#registry, JSON.parse(utf8Text(content)) as unknown[])
  }

  async #listen(number: number, content: Buffer): Promise<void> {
    const before = this.#listening.get(number)
    if (before !== undefined) {
      this.#listening.delete(number)
      before.end()
      return
    }
    const [holder] = JSON.parse(utf8Text(content)) as [string]
    const end = await this.#registry.listen(holder, (message) => this.frames.send(MESSAGE, number, message))
    this.#listening.set(number, { holder, end })
  }
}
