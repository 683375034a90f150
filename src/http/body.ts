import { BodyTooLarge } from '#http/errors.ts'
import type { Body, BodySink } from '#http/message.ts'

const NOTHING = new Uint8Array(0)

/** A body that is here whole. */
export class WholeBody implements Body {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get length(): number {
    return this.#bytes.length
  }

  start(sink: BodySink): void {
    if (this.#bytes.length > 0) sink.data(this.#bytes)
    sink.end()
  }

  pause(): void {}
  resume(): void {}
  cancel(): void {}

  bytes(bytesMax: number): Uint8Array {
    if (this.#bytes.length > bytesMax) throw new BodyTooLarge(bytesMax)
    return this.#bytes
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
  return text === '' ? emptyBody : new WholeBody(Buffer.from(text, 'utf8'))
}
