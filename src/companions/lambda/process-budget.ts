/** Someone who may hold processes, and who can give up idle ones. */
export interface BudgetHolder {
  /** performance.now() since when its longest idle process is idle; undefined when it has none. */
  readonly idleSinceMs: number | undefined
  endOneIdle(): void
  roomMade(): void
}

/** How many processes there may be over all functions; idle ones make room for those that are needed. */
export class ProcessBudget {
  readonly #processesMax: number
  readonly #holders: ReadonlySet<BudgetHolder>
  readonly #denied = new Set<BudgetHolder>()
  #taken = 0
  /** Processes that were asked to make room and are not gone yet. */
  #leaving = 0

  constructor(processesMax: number, holders: ReadonlySet<BudgetHolder>) {
    this.#processesMax = processesMax
    this.#holders = holders
  }

  /** Whether `holder` may start a process; when not, it is told once there is room. */
  take(holder: BudgetHolder): boolean {
    if (this.#taken < this.#processesMax) {
      this.#taken++
      return true
    }
    this.#denied.add(holder)
    if (this.#leaving < this.#denied.size) {
      const idle = this.#longestIdle()
      if (idle !== undefined) {
        this.#leaving++
        idle.endOneIdle()
      }
    }
    return false
  }

  /** A process is gone. */
  give(): void {
    this.#taken--
    if (this.#leaving > 0) this.#leaving--
    for (const holder of this.#denied) {
      this.#denied.delete(holder)
      holder.roomMade()
      return
    }
  }

  #longestIdle(): BudgetHolder | undefined {
    let found: BudgetHolder | undefined
    for (const holder of this.#holders) {
      if (holder.idleSinceMs === undefined) continue
      if (found?.idleSinceMs === undefined || holder.idleSinceMs < found.idleSinceMs) found = holder
    }
    return found
  }
}
