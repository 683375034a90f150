import type { ClientTls } from '#http/client-tls.ts'
import { pickTarget, type Candidate } from './pick-target.ts'
import { CheckedHealth, SeenHealth, type EjectionRules, type HealthThresholds } from './target-health.ts'

/** Backends that answer for one name, as configured. */
export interface TargetGroupDefinition {
  /** What leads to it: id, name or ARN. */
  readonly name: string
  readonly targets: readonly TargetDefinition[]
  /** How targets are spoken to; undefined: as the integration's uri says. */
  readonly protocol?: 'http' | 'https' | undefined
  /** In place of what the gateway's own settings and the uri say; keep the object. */
  readonly tls?: ClientTls | undefined
  readonly connectTimeoutMs: number
  readonly health?: HealthCheck | undefined
  /** Undefined: requests that fail leave no target out. */
  readonly passive?: PassiveCheck | undefined
}

export interface TargetDefinition {
  /** `10.0.0.1:8080`, `[::1]:8080`; without a port that of the integration's uri. */
  readonly address: string
  /** 0: takes no new requests. */
  readonly weight: number
  /** What Cloud Map knows of an instance: requests may ask for some of it. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

/** A request that is sent now and then. */
export interface HealthCheck extends HealthThresholds {
  /** Undefined: that a connection can be made is enough. */
  readonly path?: string | undefined
  /** Host of the request; undefined: the target's address. */
  readonly host?: string | undefined
  /** Of the checks, where it is not the targets'. */
  readonly port?: number | undefined
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Which answers pass. */
  readonly statuses: StatusRanges
}

export interface PassiveCheck extends EjectionRules {
  /** Answers that count as failures. */
  readonly statuses: StatusRanges
}

/** Both ends included. */
export type StatusRanges = readonly (readonly [from: number, to: number])[]

export function matchesStatus(ranges: StatusRanges, status: number): boolean {
  return ranges.some(([from, to]) => status >= from && status <= to)
}

/** A backend of a group. */
export class Target implements Candidate {
  readonly address: string
  weight: number
  attributes: Readonly<Record<string, string>>
  inFlight = 0
  readonly checked: CheckedHealth = new CheckedHealth()
  readonly seen: SeenHealth = new SeenHealth()

  constructor({ address, weight, attributes = {} }: TargetDefinition) {
    this.address = address
    this.weight = weight
    this.attributes = attributes
  }

  has(wanted: Readonly<Record<string, string>>): boolean {
    return Object.entries(wanted).every(([name, value]) => this.attributes[name] === value)
  }

  usable(nowMs: number): boolean {
    return this.checked.healthy && !this.seen.ejected(nowMs)
  }
}

/** Told of what becomes of targets. */
export interface TargetObserver {
  ejected(group: string, address: string, forMs: number): void
}

/** The backends of a name, and what is known of them. */
export class TargetGroup {
  #definition: TargetGroupDefinition
  #targets: readonly Target[]
  readonly #observer: TargetObserver | undefined

  constructor(definition: TargetGroupDefinition, observer?: TargetObserver) {
    this.#definition = definition
    this.#targets = definition.targets.map((target) => new Target(target))
    this.#observer = observer
  }

  get definition(): TargetGroupDefinition {
    return this.#definition
  }

  get targets(): readonly Target[] {
    return this.#targets
  }

  /** Another configuration: what is known of targets that stay is kept. */
  replace(definition: TargetGroupDefinition): void {
    const known = new Map(this.#targets.map((target) => [target.address, target]))
    this.#targets = definition.targets.map((wanted) => {
      const target = known.get(wanted.address)
      if (target === undefined) return new Target(wanted)
      target.weight = wanted.weight
      target.attributes = wanted.attributes ?? {}
      if (definition.health === undefined) target.checked.forget()
      if (definition.passive === undefined) target.seen.forget()
      return target
    })
    this.#definition = definition
  }

  /**
   * Takes a target for a request. When none is healthy all are tried: a check that is wrong must not end a service
   * that works.
   * @param tried what may not be taken
   * @param met what is taken only where no other is usable
   * @returns undefined when there is none left
   */
  take(
    tried: ReadonlySet<Target>,
    nowMs: number,
    random: () => number,
    met: ReadonlySet<unknown> = NONE,
  ): TargetUse | undefined {
    const left = tried.size === 0 ? this.#targets : this.#targets.filter((target) => !tried.has(target))
    const usable = left.filter((target) => target.usable(nowMs))
    const unmet = met.size === 0 ? usable : usable.filter((target) => !met.has(target))
    const target = pickTarget(unmet, random) ?? pickTarget(usable, random) ?? pickTarget(left, random)
    if (target === undefined) return undefined
    target.inFlight++
    return new TargetUse(this, target, this.#observer)
  }
}

const NONE: ReadonlySet<unknown> = new Set()

/** A target while a request is with it. */
export class TargetUse {
  readonly target: Target
  readonly #group: TargetGroup
  readonly #observer: TargetObserver | undefined
  #over = false

  constructor(group: TargetGroup, target: Target, observer: TargetObserver | undefined) {
    this.#group = group
    this.target = target
    this.#observer = observer
  }

  answered(status: number, nowMs: number): void {
    const { passive } = this.#group.definition
    if (passive === undefined) return
    if (matchesStatus(passive.statuses, status)) this.failed(nowMs)
    else this.target.seen.succeeded()
  }

  failed(nowMs: number): void {
    const { name, passive } = this.#group.definition
    const forMs = passive && this.target.seen.failed(nowMs, passive)
    if (forMs !== undefined) this.#observer?.ejected(name, this.target.address, forMs)
  }

  /** The exchange is over; may be called again. */
  end(): void {
    if (this.#over) return
    this.#over = true
    this.target.inFlight--
  }
}
