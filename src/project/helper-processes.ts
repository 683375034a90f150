import type { Log } from '#base/log.ts'
import { OrphanGuard } from '#base/orphan-guard.ts'
import { HelperProcess, type HelperServices } from './helper-process.ts'
import type { ProcessEntry } from './manifest.ts'

/** The helper processes of a project: those of its manifest, and for a while those that it had before. */
export class HelperProcesses {
  readonly #services: HelperServices
  /** By all that their entries say: one that is told otherwise is another one. */
  readonly #running = new Map<string, HelperProcess>()

  constructor(log: Log) {
    this.#services = { log, guard: new OrphanGuard() }
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

  /** Ends those that are not among `entries`. */
  async endAllBut(entries: readonly ProcessEntry[]): Promise<void> {
    const kept = new Set(entries.map(keyOf))
    const ending = [...this.#running].filter(([key]) => !kept.has(key))
    for (const [key] of ending) this.#running.delete(key)
    await Promise.all(ending.map(([, helper]) => helper.end()))
  }

  async stop(): Promise<void> {
    await this.endAllBut([])
    await this.#services.guard.stop()
  }
}

function keyOf({ name, folder, command }: ProcessEntry): string {
  return JSON.stringify([name, folder, command])
}
