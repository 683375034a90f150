import { Foreign } from '#languages/json/value.ts'
import type { Render, Run } from './render.ts'
import type { VtlValue } from './scope.ts'
import { textOf } from './text.ts'

/** One evaluation of a directive or reference. */
export interface TraceEvent {
  /** From 1. */
  readonly line: number
  readonly column: number
  /** The reference, or the template from the directive to the end of the line, cut short. */
  readonly source: string
  /** The references that it read itself, in order: as written, and their value's text, cut short. */
  readonly values: { readonly written: string; readonly value: string }[]
  /** What it added to the output; of a `#foreach` that fails, what it had added. */
  output: string
  /** What was evaluated inside it. */
  readonly children: TraceEvent[]
}

const EVENTS_MAX = 10_000
const VALUE_TEXT_MAX = 120
const SOURCE_TEXT_MAX = 60

/** Collects what one render evaluates. A template must be compiled with it. */
export class Trace {
  readonly events: TraceEvent[] = []
  /** Evaluations beyond the first 10,000, which are only counted. */
  dropped = 0
  #count = 0
  #open: TraceEvent | undefined

  /** `run`, told as an event. @param text the template from there */
  around(run: Run, text: string, at: () => { line: number; column: number }): Run {
    const source = cut(/^.*/.exec(text)?.[0] ?? '', SOURCE_TEXT_MAX)
    return (render) => {
      if (++this.#count > EVENTS_MAX) {
        this.dropped++
        run(render)
        return
      }
      this.#record({ ...at(), source, values: [], output: '', children: [] }, run, render)
    }
  }

  #record(event: TraceEvent, run: Run, render: Render): void {
    const outer = this.#open
    const start = render.out.length
    ;(outer?.children ?? this.events).push(event)
    this.#open = event
    try {
      run(render)
    } finally {
      event.output = render.out.slice(start)
      this.#open = outer
    }
  }

  /** Notes that the evaluation under way read a reference. */
  read(written: string, value: VtlValue): void {
    this.#open?.values.push({ written, value: shown(value) })
  }
}

function shown(value: VtlValue): string {
  if (value === null) return 'no value'
  if (typeof value === 'string') return cut(JSON.stringify(value.slice(0, VALUE_TEXT_MAX)), VALUE_TEXT_MAX)
  // The text of a block is its render.
  if (value instanceof Foreign && !('methods' in value)) return 'a block'
  try {
    return cut(textOf(value, 1 << 16), VALUE_TEXT_MAX)
  } catch {
    return 'a value too large to show'
  }
}

const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}…` : text)
