import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkMessage, holderMessageBytesMax } from '#base/connection-registry.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { LinkFrames, linkSocketEvents, type LinkFramesOwner } from './link-frames.ts'

/** What may wait for a process that takes nothing; who sends it more is told that it is not reached. */
const UNSENT_BYTES_MAX: number = 128 * holderMessageBytesMax

/** Of a frame: there is one kind. */
const MESSAGE = 0

/** Nobody listens there any more, or never did. */
const NOBODY = new Set<unknown>(['ENOENT', 'ECONNREFUSED'])

/** Where a holder takes messages. Its name may be of any length and kind; paths of sockets end at some 100 bytes. */
export function holderSocket(folder: string, holder: string): string {
  return join(folder, `holder-${Bun.hash(holder).toString(36)}.sock`)
}

/**
 * Straight lines between the processes of a machine that hold connections: each listens in a folder that no other user
 * can enter, and whoever has something for it calls once and stays. A line that ends says that its process did.
 */
export class HolderLinks {
  readonly #folder: string
  readonly #gone: (holder: string) => void
  readonly #lines = new Map<string, Line>()

  /** @param gone told of each holder whose line ended, once the line is forgotten */
  constructor(folder: string, gone: (holder: string) => void) {
    this.#folder = folder
    this.#gone = gone
  }

  /**
   * Messages for one holder arrive in order.
   * @returns false when nobody listens; at once where a line is open
   * @throws RangeError, StateUnavailable
   */
  send(holder: string, message: Uint8Array): boolean | Promise<boolean> {
    checkMessage(message)
    return (this.#lines.get(holder) ?? this.#call(holder)).send(message)
  }

  /** Takes the messages of a holder. @returns how to end that */
  listen(holder: string, listener: (message: Uint8Array) => void): () => void {
    const open = new Set<LinkFrames>()
    const path = holderSocket(this.#folder, holder)
    // Of an earlier try.
    rmSync(path, { force: true })
    const server = Bun.listen<LinkFrames>({
      unix: path,
      socket: {
        open(socket) {
          const frames: LinkFrames = new LinkFrames(
            { received: ({ content }) => listener(content), closed: () => void open.delete(frames) },
            holderMessageBytesMax,
          )
          socket.data = frames
          open.add(frames)
          frames.opened(socket)
        },
        ...linkSocketEvents,
      },
    })
    return () => {
      server.stop(false)
      for (const frames of open) frames.end()
    }
  }

  stop(): void {
    const lines = [...this.#lines.values()]
    this.#lines.clear()
    for (const line of lines) line.frames.end()
  }

  #call(holder: string): Line {
    const line = new Line(holderSocket(this.#folder, holder), () => {
      if (this.#lines.get(holder) !== line) return
      this.#lines.delete(holder)
      this.#gone(holder)
    })
    this.#lines.set(holder, line)
    return line
  }
}

/** A line to one holder. */
class Line implements LinkFramesOwner {
  readonly frames: LinkFrames = new LinkFrames(this, 0)
  /** Ended, or never had: called once. */
  readonly closed: () => void
  readonly #opening: Promise<boolean>
  /** Undefined once it is open. */
  #waiting: Uint8Array[] | undefined = []

  constructor(path: string, closed: () => void) {
    this.closed = closed
    this.#opening = this.#open(path)
    this.#opening.catch(() => {})
  }

  send(message: Uint8Array): boolean | Promise<boolean> {
    if (this.#waiting !== undefined) {
      this.#waiting.push(message)
      return this.#opening
    }
    if (this.frames.unsent > UNSENT_BYTES_MAX) {
      throw new StateUnavailable('a process of this machine takes no messages')
    }
    this.frames.send(MESSAGE, 0, message)
    return true
  }

  /** Nothing comes back over a line: answers have the other way's. */
  received(): void {}

  async #open(path: string): Promise<boolean> {
    try {
      this.frames.opened(await Bun.connect({ unix: path, data: this.frames, socket: linkSocketEvents }))
    } catch (error) {
      this.closed()
      if (NOBODY.has((error as { code?: unknown }).code)) return false
      throw new StateUnavailable('a process of this machine is not reached', { cause: error })
    }
    const waiting = this.#waiting as Uint8Array[]
    this.#waiting = undefined
    for (const message of waiting) this.frames.send(MESSAGE, 0, message)
    return true
  }
}
