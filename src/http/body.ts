import { utf8Bytes } from '#base/utf8.ts'
import { BodyTooLarge } from '#http/errors.ts'
import type { Body, BodySink } from '#http/message.ts'

const NOTHING = new Uint8Array(0)

/** A body that is here whole: what `source` holds from `from` to `to`. */
export class WholeBody implements Body {
  readonly source: Uint8Array
  readonly from: number
  readonly to: number

  constructor(source: Uint8Array, from: number = 0, to: number = source.length) {
    this.source = source
    this.from = from
    this.to = to
  }

  get length(): number {
    return this.to - this.from
  }

  start(sink: BodySink): void {
    if (this.length > 0) sink.data(this.#view)
    sink.end()
  }

  pause(): void {}
  resume(): void {}
  cancel(): void {}

  bytes(bytesMax: number): Uint8Array {
    if (this.length > bytesMax) throw new BodyTooLarge(bytesMax)
    return this.#view
  }

  get #view(): Uint8Array {
    const { source, from, to } = this
    return to - from === source.length ? source : source.subarray(from, to)
  }
}

export const emptyBody: Body = new WholeBody(NOTHING)

/** What an answer to HEAD has for a body: no bytes, but perhaps the length that GET would give. */
export class AbsentBody extends WholeBody {
  /** The Content-Length that was told; undefined when there was none. */
  readonly toldLength: number | undefined

  constructor(toldLength: number | undefined) {
    super(NOTHING)
    this.toldLength = toldLength
  }
}

/** The body of a string, as UTF-8. */
export function textBody(text: string): Body {
  return text === '' ? emptyBody : new WholeBody(utf8Bytes(text))
}
