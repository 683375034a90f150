import type { DomainPlan } from './domain-plan.ts'

/** Which custom domain name a host is. A change is atomic: a request under way keeps the plan that it began with. */
export class DomainTable {
  readonly #byId = new Map<string, DomainPlan>()
  readonly #byName = new Map<string, DomainPlan>()

  /**
   * The exact name before a wildcard, which stands for one label (developer guide, "Wildcard custom domain names").
   * @param host in lower case
   */
  find(host: string): DomainPlan | undefined {
    if (this.#byName.size === 0) return undefined
    return this.#byName.get(host) ?? this.#byName.get(`*${host.slice(host.indexOf('.'))}`)
  }

  put(plan: DomainPlan): void {
    const before = this.#byId.get(plan.id)
    this.#byId.set(plan.id, plan)
    if (before !== undefined && before.name !== plan.name) this.#choose(before.name)
    this.#choose(plan.name)
  }

  remove(id: string): void {
    const before = this.#byId.get(id)
    if (!this.#byId.delete(id) || before === undefined) return
    this.#choose(before.name)
  }

  clear(): void {
    this.#byId.clear()
    this.#byName.clear()
  }

  get size(): number {
    return this.#byId.size
  }

  /** A name that several have, be it in other regions or once private: the public one serves, then the first id. */
  #choose(name: string): void {
    const [first] = [...this.#byId.values()]
      .filter((plan) => plan.name === name)
      .toSorted((one, other) =>
        one.isPrivate === other.isPrivate ? (one.id < other.id ? -1 : 1) : one.isPrivate ? 1 : -1,
      )
    if (first === undefined) this.#byName.delete(name)
    else this.#byName.set(name, first)
  }
}
