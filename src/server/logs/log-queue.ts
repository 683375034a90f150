import type { LogSink } from '#data-plane/logs/log-sink.ts'
import type { LogLimits } from './limits.ts'
import { LogWriteError, type LogOutput } from './log-output.ts'

export interface LogQueueOptions {
  readonly output: LogOutput
  readonly limits: LogLimits
  /** Told how many lines will never be written, and why. */
  readonly dropped: (lines: number, reason: string) => void
  /** Told when nothing was written for a while and nothing waits. */
  readonly idle?: () => void
}

/**
 * Lines on their way to one output: gathered, written in batches, one batch at a time. While the output is slow or
 * fails they wait, up to a bound; past that, new ones are dropped.
 */
export class LogQueue implements LogSink {
  readonly #options: LogQueueOptions
  #waiting: string[] = []
  #waitingLength = 0
  #flushTimer: Timer | undefined
  #idleTimer: Timer | undefined
  #writing: Promise<void> | undefined
  /** Bytes of a batch that are not written yet. */
  #batch: Uint8Array | undefined
  #failure = 'the log is too slow'
  #closing = false
  /** Ends the pause after a failure. */
  #hurry: (() => void) | undefined

  constructor(options: LogQueueOptions) {
    this.#options = options
  }

  write(lines: string): void {
    const { waitingLengthMax } = this.#options.limits
    // One that is larger than everything is let in when nothing waits.
    if (this.#waitingLength > 0 && this.#waitingLength + lines.length > waitingLengthMax) {
      this.#options.dropped(countLines(lines), this.#failure)
      return
    }
    this.#waiting.push(lines)
    this.#waitingLength += lines.length
    if (this.#writing === undefined) this.#startSoon()
  }

  /** Resolves when all lines given so far are written, or dropped. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined || this.#waiting.length > 0) {
      this.#start()
      await this.#writing
    }
  }

  /** Writes what is left within the time limit, and gives the output back. */
  async close(): Promise<void> {
    this.#closing = true
    this.#hurry?.()
    const { closeTimeoutMs } = this.#options.limits
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, closeTimeoutMs)
    await Promise.race([this.flush(), late.promise])
    clearTimeout(timer)
    clearTimeout(this.#flushTimer)
    clearTimeout(this.#idleTimer)
    if (this.#waiting.length > 0 || this.#batch !== undefined) this.#dropAll()
    await this.#options.output.release()
  }

  /** The process ends: what nobody is writing yet is written now. */
  closeNow(): void {
    const left = this.#take()
    if (left === undefined) return
    try {
      this.#options.output.appendNow(left)
    } catch (error) {
      this.#options.dropped(countFeeds(left), (error as Error).message)
    }
  }

  /** At once when there is enough. */
  #startSoon(): void {
    const { flushMs, flushLengthMin } = this.#options.limits
    if (this.#waitingLength >= flushLengthMin) this.#start()
    else this.#flushTimer ??= setTimeout(() => this.#start(), flushMs).unref()
  }

  #start(): void {
    clearTimeout(this.#flushTimer)
    clearTimeout(this.#idleTimer)
    this.#flushTimer = undefined
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
      // What came while nothing was left to write.
      if (this.#waiting.length > 0) this.#startSoon()
    })
  }

  async #writeAll(): Promise<void> {
    for (this.#batch = this.#take(); this.#batch !== undefined; this.#batch = this.#take()) {
      while (this.#batch !== undefined) {
        try {
          await this.#options.output.append(this.#batch)
          break
        } catch (error) {
          await this.#failed(error)
        }
      }
    }
    this.#idleTimer = setTimeout(() => this.#rest(), this.#options.limits.idleMs).unref()
  }

  #take(): Uint8Array | undefined {
    if (this.#waiting.length === 0) return undefined
    const bytes = Buffer.from(this.#waiting.join(''), 'utf8')
    this.#waiting = []
    this.#waitingLength = 0
    return bytes
  }

  async #failed(error: unknown): Promise<void> {
    this.#failure = (error as Error).message
    if (error instanceof LogWriteError) this.#batch = this.#batch?.subarray(error.written)
    if (this.#closing) {
      this.#dropAll()
      return
    }
    const pause = Promise.withResolvers<void>()
    this.#hurry = pause.resolve
    const timer = setTimeout(pause.resolve, this.#options.limits.retryMs).unref()
    await pause.promise
    clearTimeout(timer)
    this.#hurry = undefined
  }

  #dropAll(): void {
    const lines = countFeeds(this.#batch ?? NOTHING) + countLines(this.#waiting.join(''))
    this.#batch = undefined
    this.#waiting = []
    this.#waitingLength = 0
    if (lines > 0) this.#options.dropped(lines, this.#failure)
  }

  #rest(): void {
    if (this.#writing !== undefined || this.#waiting.length > 0) return
    this.#options.idle?.()
    void this.#options.output.release()
  }
}

const NOTHING = new Uint8Array(0)
const LINE_FEED = 0x0a

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

function countFeeds(bytes: Uint8Array): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines++
  return lines
}
