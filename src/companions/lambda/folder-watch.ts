import { watch, type FSWatcher } from 'node:fs'

/** Editors write a file in several steps: a change counts once nothing has happened for so long. */
const QUIET_MS = 30
/** Something that never stops writing must not keep invocations waiting. */
const SETTLING_MS_MAX = 1000
/** Written by running the code or by version control, and no code themselves. */
const IGNORED = /(^|[\\/])(__pycache__|\.git|\.pytest_cache)([\\/]|$)|\.pyc$|~$|\.sw[px]$/

/** Watches a folder with all below it, and tells once when changes have come to an end. */
export class FolderWatch {
  readonly #changed: () => void
  readonly #watcher: FSWatcher | undefined
  #timer: Timer | undefined
  #settling: Promise<void> | undefined
  #settled: (() => void) | undefined
  #sinceMs = 0

  constructor(folder: string, changed: () => void) {
    this.#changed = changed
    try {
      this.#watcher = watch(folder, { recursive: true, persistent: false }, (_event, name) => {
        if (name === null || !IGNORED.test(name)) this.#seen()
      })
      this.#watcher.on('error', () => {}) // the folder is gone: what uses it says so
    } catch {
      this.#watcher = undefined // the folder is not there: likewise
    }
  }

  /** Resolves when the changes under way are over; undefined when there are none. */
  settling(): Promise<void> | undefined {
    return this.#settling
  }

  close(): void {
    this.#watcher?.close()
    clearTimeout(this.#timer)
    this.#settled?.()
  }

  #seen(): void {
    const now = performance.now()
    if (this.#settling === undefined) {
      this.#sinceMs = now
      this.#settling = new Promise((resolve) => (this.#settled = resolve))
    }
    clearTimeout(this.#timer)
    const waitMs = Math.min(QUIET_MS, Math.max(0, this.#sinceMs + SETTLING_MS_MAX - now))
    this.#timer = setTimeout(() => this.#over(), waitMs)
  }

  #over(): void {
    const settled = this.#settled
    this.#settling = undefined
    this.#settled = undefined
    this.#changed()
    settled?.()
  }
}
