import type { Log } from '#base/log.ts'
import { OrphanGuard } from '#base/orphan-guard.ts'
import { HelperProcess, type HelperServices } from './helper-process.ts'
import type { ProcessEntry } from './manifest.ts'

/** The helper processes of a project: those of its manifest, and for a while those that it had before. */
export class HelperProcesses {
  readonly #services: HelperServices
  readonly #replacedMs: number
  /** By all that their entries say: one that is told otherwise is another one. */
  readonly #running = new Map<string, HelperProcess>()
  /** Those that no new request is sent to, each with what will end it. */
  readonly #replaced = new Map<HelperProcess, Timer>()

  /** @param replacedMs how long a process lives on, for the requests under way, once it was replaced */
  constructor(log: Log, replacedMs: number) {
    this.#services = { log, guard: new OrphanGuard() }
    this.#replacedMs = replacedMs
  }

  /**
   * Starts those that do not run yet, and waits until they listen.
   * @returns stage variables that say where each listens: name → `localhost:port`
   * @throws ProjectError when one ends, or listens on nothing
   */
  async start(
    entries: readonly ProcessEntry[],
    aborted: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    const results = await Promise.allSettled(
      entries
        .filter((entry) => !this.#running.has(keyOf(entry)))
        .map(async (entry) => {
          this.#running.set(keyOf(entry), await HelperProcess.start(entry, this.#services, aborted))
        }),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return Object.fromEntries(
      entries.map((entry) => [entry.name, (this.#running.get(keyOf(entry)) as HelperProcess).address]),
    )
  }

  /** Those that are not among `entries` get no more requests: each ends when the ones under way are over. */
  replaceAllBut(entries: readonly ProcessEntry[]): void {
    const kept = new Set(entries.map(keyOf))
    for (const [key, helper] of this.#running) {
      if (kept.has(key)) continue
      this.#running.delete(key)
      helper.retire()
      this.#replaced.set(
        helper,
        setTimeout(() => void helper.end().then(() => this.#replaced.delete(helper)), this.#replacedMs),
      )
    }
  }

  /** Ends all of them, at once. */
  async stop(): Promise<void> {
    for (const timer of this.#replaced.values()) clearTimeout(timer)
    await Promise.all([...this.#running.values(), ...this.#replaced.keys()].map((helper) => helper.end()))
    this.#running.clear()
    this.#replaced.clear()
    await this.#services.guard.stop()
  }
}

function keyOf({ name, folder, command }: ProcessEntry): string {
  return JSON.stringify([name, folder, command])
}
