import type { Log } from '#base/log.ts'

/** One line of a function's log, or one of Lambda's own about it. */
export interface FunctionLogEvent {
  /** Unqualified. */
  readonly functionArn: string
  readonly logGroup: string
  readonly logStream: string
  /** Epoch milliseconds. */
  readonly timeMs: number
  /** Without its end of line. */
  readonly message: string
  /** `platform`: START, END, REPORT and the like. */
  readonly source: 'function' | 'platform'
}

/** Where the logs of functions go. Must not throw and must not grow without bound. */
export interface FunctionLogSink {
  write(event: FunctionLogEvent): void
}

const LOG_BYTES_MAX = 1_048_576
const FUNCTIONS_MAX = 500
/** What an event costs beside its text, roughly. */
const EVENT_BYTES = 128
const SHOWN_PER_SECOND_MAX = 100

/** Keeps the latest megabyte of each function's log in memory, and shows lines in the gateway's own log. */
export class RecentFunctionLogs implements FunctionLogSink {
  readonly #log: Log
  readonly #rings = new Map<string, Ring>()

  constructor(log: Log) {
    this.#log = log
  }

  write(event: FunctionLogEvent): void {
    let ring = this.#rings.get(event.functionArn)
    if (ring === undefined) ring = this.#newRing(event.functionArn)
    ring.push(event)
    if (event.source === 'platform') return
    const hidden = ring.show(event.timeMs)
    if (hidden < 0) return
    const name = event.functionArn.slice(event.functionArn.lastIndexOf(':') + 1)
    if (hidden > 0) this.#log.info('function output left out', { function: name, lines: hidden })
    this.#log.info('function output', { function: name, line: event.message })
  }

  /** What is kept of a function's log, oldest first. */
  read(functionArn: string): readonly FunctionLogEvent[] {
    return this.#rings.get(functionArn)?.events() ?? []
  }

  #newRing(functionArn: string): Ring {
    if (this.#rings.size >= FUNCTIONS_MAX) {
      // Functions come and go, and nobody says that a log is not wanted any more.
      const [oldest] = this.#rings.keys()
      this.#rings.delete(oldest as string)
    }
    const ring = new Ring()
    this.#rings.set(functionArn, ring)
    return ring
  }
}

class Ring {
  #events: FunctionLogEvent[] = []
  #first = 0
  #bytes = 0
  #second = 0
  #shown = 0
  #hidden = 0

  push(event: FunctionLogEvent): void {
    this.#events.push(event)
    this.#bytes += event.message.length + EVENT_BYTES
    while (this.#bytes > LOG_BYTES_MAX && this.#first < this.#events.length - 1) {
      this.#bytes -= (this.#events[this.#first] as FunctionLogEvent).message.length + EVENT_BYTES
      this.#first++
    }
    // Moving the rest to the front now and then keeps dropping cheap.
    if (this.#first > 1024 && this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first)
      this.#first = 0
    }
  }

  events(): readonly FunctionLogEvent[] {
    return this.#events.slice(this.#first)
  }

  /** Whether a line is shown: the number of lines left out before it, or -1 when it is left out itself. */
  show(timeMs: number): number {
    const second = Math.floor(timeMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#shown = 0
    }
    if (++this.#shown > SHOWN_PER_SECOND_MAX) {
      this.#hidden++
      return -1
    }
    const hidden = this.#hidden
    this.#hidden = 0
    return hidden
  }
}
