import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { checkHeld, type ConnectionRegistry, type HeldConnection } from '#base/connection-registry.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { utf8Bytes, utf8Text } from '#base/utf8.ts'
import { HolderLinks, holderSocket } from './holder-links.ts'
import { LinkFrames, linkSocketEvents, type LinkFrame, type LinkFramesOwner } from './link-frames.ts'

/**
 * Methods of the port, and `attend`: a holder lives no longer than the link. A frame's kind is the place here. What `list`
 * and `sweep` answer may be much.
 */
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
  'attend',
] as const
type Method = (typeof methods)[number]

/** Kinds of frames from the supervisor. */
const ANSWER = 0
const FAILURE = 1

/** What a list of all connections of a worker may take. */
const ANSWER_BYTES_MAX = 1024 * 1024 * 1024
/** Facts are the longest that is told, and may be escaped. */
const ASKED_BYTES_MAX: number = 1024 * 1024

/**
 * A worker's way to the registry of its machine, which the supervisor keeps. Messages go straight from worker to worker:
 * the supervisor has nothing to do with them.
 */
export class LinkedConnectionRegistry implements ConnectionRegistry, LinkFramesOwner {
  readonly #path: string
  #frames: Promise<LinkFrames> | undefined
  #lastNumber = 0
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #holders: HolderLinks
  #gone: (holder: string) => void = () => {}

  /**
   * @param path of the socket at which `connectionsOverLink` answers; it is opened when something is asked first. Beside it
   * workers listen.
   */
  constructor(path: string) {
    this.#path = path
    this.#holders = new HolderLinks(dirname(path), (holder) => this.#gone(holder))
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

  send(holder: string, message: Uint8Array): boolean | Promise<boolean> {
    return this.#holders.send(holder, message)
  }

  async listen(holder: string, listener: (message: Uint8Array) => void): Promise<() => void> {
    const end = this.#holders.listen(holder, listener)
    try {
      await this.#ask('attend', holder)
    } catch (error) {
      end()
      throw error
    }
    return end
  }

  whenGone(told: (holder: string) => void): void {
    this.#gone = told
  }

  /** To be called once nothing is asked any more. */
  async stop(): Promise<void> {
    this.#holders.stop()
    const frames = await this.#frames?.catch(() => undefined)
    frames?.end()
  }

  async #ask(method: Method, ...values: readonly unknown[]): Promise<unknown> {
    const number = ++this.#lastNumber
    const asked = Promise.withResolvers<unknown>()
    this.#asked.set(number, asked)
    const frames = this.#frames ?? (this.#frames = this.#connect())
    try {
      const open = await frames
      open.send(methods.indexOf(method), number, utf8Bytes(JSON.stringify(values)))
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
  const folder = dirname(path)
  const listener = Bun.listen<LinkFrames>({
    unix: path,
    socket: {
      open(socket) {
        const worker = new LinkedWorker(registry, folder)
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
  readonly #folder: string
  /** Who is gone when it is. */
  readonly #holders = new Set<string>()

  constructor(registry: ConnectionRegistry, folder: string) {
    this.#registry = registry
    this.#folder = folder
  }

  received({ kind, number, content }: LinkFrame): void {
    this.#answer(methods[kind], JSON.parse(utf8Text(content)) as unknown[]).then(
      (answer) => this.frames.send(ANSWER, number, utf8Bytes(JSON.stringify(answer ?? null))),
      (error: Error) => this.frames.send(FAILURE, number, utf8Bytes(error.message)),
    )
  }

  closed(): void {
    for (const holder of this.#holders) {
      void this.#registry.leave(holder)
      // One that was killed has left it.
      rmSync(holderSocket(this.#folder, holder), { force: true })
    }
  }

  async #answer(method: Method | undefined, values: unknown[]): Promise<unknown> {
    if (method === undefined) throw new Error('a registry has no such method')
    if (method === 'attend') return void this.#holders.add(String(values[0]))
    const call = this.#registry[method] as (...values: unknown[]) => Promise<unknown>
    return call.apply(this.#registry, values)
  }
}
