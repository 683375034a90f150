/** Where a log's bytes go. */
export interface LogOutput {
  /**
   * Appends bytes, whole lines. Called again only once it has settled.
   * @throws LogWriteError when they cannot be, or not all of them
   */
  append(bytes: Uint8Array): Promise<void>
  /** The same at once, for the end of the process; as much as can be. */
  appendNow(bytes: Uint8Array): void
  /** Gives back what it holds; it may be used again. */
  release(): Promise<void>
}

/** Not everything was written. */
export class LogWriteError extends Error {
  /** How many bytes were. */
  readonly written: number

  constructor(written: number, cause: unknown) {
    super((cause as Error).message, { cause })
    this.name = 'LogWriteError'
    this.written = written
  }
}
