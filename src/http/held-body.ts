import type { Body, BodySink } from './message.ts'

/** A body that is delivered to its reader only once it may be. */
export class HeldBody implements Body {
  readonly #body: Body
  #sink: BodySink | undefined

  constructor(body: Body) {
    this.#body = body
  }

  get length(): number | undefined {
    return this.#body.length
  }

  /** True while its reader waits. */
  get waits(): boolean {
    return this.#sink !== undefined
  }

  /** Nothing is held of an empty body. */
  start(sink: BodySink): void {
    this.#sink = sink
    if (this.length === 0) this.proceed()
  }

  /** Delivers it, if that has not begun. */
  proceed(): void {
    const sink = this.#sink
    this.#sink = undefined
    if (sink !== undefined) this.#body.start(sink)
  }

  pause(): void {
    this.#body.pause()
  }

  resume(): void {
    this.#body.resume()
  }

  cancel(): void {
    this.#sink = undefined
    this.#body.cancel()
  }

  bytes(bytesMax: number): Uint8Array | Promise<Uint8Array> {
    return this.#body.bytes(bytesMax)
  }
}
