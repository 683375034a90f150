/** Ends an attempt that nobody wants any more; what is under it ends with it. */
export class Cancellation {
  readonly #listeners: (() => void)[] = []
  #cancelled = false

  constructor(parent?: Cancellation) {
    parent?.onCancel(() => this.cancel())
  }

  get cancelled(): boolean {
    return this.#cancelled
  }

  /** Calls `listener` on the end, or now where that has come. */
  onCancel(listener: () => void): void {
    if (this.#cancelled) listener()
    else this.#listeners.push(listener)
  }

  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    for (const listener of this.#listeners.splice(0)) listener()
  }
}

/** Nobody wants the answer any more. */
export class Cancelled extends Error {
  constructor() {
    super('nobody wants the answer any more')
    this.name = 'Cancelled'
  }
}
