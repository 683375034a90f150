import { rename, rm, stat } from 'node:fs/promises'
import type { Log } from '#base/log.ts'
import { systemClock, type Clock } from '#base/clock.ts'
import { listLogs, type LogFileName } from './list-logs.ts'
import { rotatedPath } from './log-path.ts'

export interface LogRotationOptions {
  readonly folder: string
  /** A log of so many bytes is moved away. */
  readonly fileBytesMax: number
  /** A log that was begun so long ago is, milliseconds. */
  readonly fileAgeMs: number
  /** How many that were moved away are kept of each log. */
  readonly filesMax: number
  readonly checkMs?: number
  readonly log: Log
  readonly clock?: Clock
}

const CHECK_MS = 1000

/**
 * Keeps log files from growing without end: moves each away that has become too large or too old, and deletes the oldest
 * of those. One process does this, whoever writes: a writer finds by itself that its file has another name now, and what
 * it wrote until then is in that one, whole.
 */
export class LogRotation {
  readonly #options: LogRotationOptions
  readonly #clock: Clock
  readonly #timer: Timer
  /** When files were first seen that do not know when they were made, by inode. */
  #firstSeenMs = new Map<number, number>()
  #sweeping: Promise<void> | undefined

  constructor(options: LogRotationOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#timer = setInterval(() => void this.sweep(), options.checkMs ?? CHECK_MS)
    this.#timer.unref()
  }

  /** Looks at every log now. Never throws. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep()
      .catch((error: unknown) => this.#options.log.warn('log files cannot be rotated', { error }))
      .finally(() => (this.#sweeping = undefined))
    return this.#sweeping
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sweeping
  }

  async #sweep(): Promise<void> {
    const files = await listLogs(this.#options.folder)
    const seenMs = new Map<number, number>()
    for (const { path, rotated } of files) {
      if (rotated === undefined) await this.#rotate(path, seenMs)
    }
    this.#firstSeenMs = seenMs
    await this.#deleteOldest(files)
  }

  async #rotate(path: string, seenMs: Map<number, number>): Promise<void> {
    const { fileBytesMax, fileAgeMs } = this.#options
    const { size, birthtimeMs, ino } = await stat(path)
    const nowMs = this.#clock.now()
    const begunMs = this.#firstSeenMs.get(ino) ?? (birthtimeMs > 0 ? birthtimeMs : nowMs)
    seenMs.set(ino, begunMs)
    if (size === 0 || (size < fileBytesMax && nowMs - begunMs < fileAgeMs)) return
    await moveAway(path, nowMs)
    seenMs.delete(ino)
  }

  /** Those that were moved just now are not among `files`: they are looked at the next time. */
  async #deleteOldest(files: readonly LogFileName[]): Promise<void> {
    const { filesMax } = this.#options
    const byLog = Map.groupBy(
      files.filter(({ rotated }) => rotated !== undefined),
      ({ log }) => log,
    )
    for (const rotated of byLog.values()) {
      for (const { path } of rotated.slice(0, Math.max(0, rotated.length - filesMax))) {
        await rm(path, { force: true })
      }
    }
  }
}

/** Under a name that nothing has: a rename alone would take the place of what has it. */
async function moveAway(path: string, nowMs: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const target = rotatedPath(path, nowMs, tries)
    try {
      await stat(target)
    } catch {
      await rename(path, target)
      return
    }
  }
}
