import { collectBytes } from '#http/collect-bytes.ts'
import { HttpError } from '#http/errors.ts'
import type { Body, BodySink } from '#http/message.ts'

export interface Pace {
  /** performance.now() when it has to be over; Infinity: never. */
  readonly untilMs: number
  /** The longest silence of the source while nobody holds it up. */
  readonly idleMs: number
  /** So many bytes go as fast as they come, the others `bytesPerSecondMax`. */
  readonly unpacedBytes: number
  readonly bytesPerSecondMax: number
}

const TIMER_MS_MAX = 0x7fffffff
/** How far ahead of its pace a body may be before its source is held up. */
const AHEAD_MS = 50

/** A streamed answer in its bounds of time and of speed. Trailers end here: API Gateway passes none on. */
export class PacedBody implements Body {
  readonly #source: Body
  readonly #pace: Pace
  #sink: BodySink | undefined
  #bytes = 0
  /** When the pace began, and the bytes past the unpaced ones that count since. */
  #pacedSinceMs: number | undefined
  #touchedMs = 0
  #readerPaused = false
  #paceTimer: Timer | undefined
  #timer: Timer | undefined
  #over = false

  constructor(source: Body, pace: Pace) {
    this.#source = source
    this.#pace = pace
  }

  get length(): number | undefined {
    return this.#source.length
  }

  start(sink: BodySink): void {
    this.#sink = sink
    this.#touchedMs = performance.now()
    this.#watch()
    this.#source.start({
      data: (chunk) => {
        if (this.#over) return
        this.#touchedMs = performance.now()
        this.#bytes += chunk.length
        sink.data(chunk)
        this.#keepPace()
      },
      end: () => {
        if (this.#end()) sink.end()
      },
      fail: (error) => {
        if (this.#end()) sink.fail(error)
      },
    })
  }

  pause(): void {
    this.#readerPaused = true
    this.#source.pause()
  }

  resume(): void {
    this.#readerPaused = false
    this.#touchedMs = performance.now()
    if (this.#paceTimer === undefined) this.#source.resume()
  }

  cancel(): void {
    this.#end()
    this.#source.cancel()
  }

  bytes(bytesMax: number): Promise<Uint8Array> {
    return collectBytes(this, bytesMax)
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    clearTimeout(this.#timer)
    clearTimeout(this.#paceTimer)
    return true
  }

  #keepPace(): void {
    const { unpacedBytes, bytesPerSecondMax } = this.#pace
    const bytes = this.#bytes - unpacedBytes
    if (bytes <= 0 || bytesPerSecondMax === Infinity || this.#over) return
    const nowMs = performance.now()
    this.#pacedSinceMs ??= nowMs
    const aheadMs = (bytes / bytesPerSecondMax) * 1000 - (nowMs - this.#pacedSinceMs)
    if (aheadMs < AHEAD_MS || this.#paceTimer !== undefined) return
    this.#source.pause()
    this.#paceTimer = setTimeout(() => {
      this.#paceTimer = undefined
      this.#touchedMs = performance.now()
      if (!this.#readerPaused) this.#source.resume()
    }, aheadMs)
  }

  #watch(): void {
    const { untilMs, idleMs } = this.#pace
    const nowMs = performance.now()
    const held = this.#readerPaused || this.#paceTimer !== undefined
    const idleLeftMs = held ? idleMs : idleMs - (nowMs - this.#touchedMs)
    const leftMs = Math.min(untilMs - nowMs, idleLeftMs)
    if (leftMs > 0) {
      if (leftMs !== Infinity) this.#timer = setTimeout(() => this.#watch(), Math.min(leftMs, TIMER_MS_MAX))
      return
    }
    if (!this.#end()) return
    this.#source.cancel()
    const what = idleLeftMs <= 0 ? `silent for ${idleMs} ms` : 'not over in time'
    this.#sink?.fail(new HttpError('idle-timeout', `the streamed answer was ${what}`))
  }
}
