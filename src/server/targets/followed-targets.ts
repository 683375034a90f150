import type { Log } from '#base/log.ts'
import { TargetGroup, type TargetGroupDefinition } from '#data-plane/targets/target-group.ts'
import type { Targets } from '#data-plane/targets/targets.ts'
import type { HttpClient } from '#http/client.ts'
import { stateOf } from '../file-state.ts'
import { HealthChecks } from './health-checks.ts'
import { readTargets, type TargetsError } from './read-targets.ts'

interface Followed {
  readonly group: TargetGroup
  readonly checks: HealthChecks
}

export interface FollowedTargetsOptions {
  readonly file: string
  /** Sends health checks. */
  readonly client: HttpClient
  readonly log: Log
  /** Between two looks at the file. */
  readonly lookMs?: number | undefined
}

const LOOK_MS = 1000

/**
 * The targets of the file of `--targets`, read again when it changes; one that cannot be used is logged, and the old
 * targets stay. Each process follows the file, and sends health checks of its own.
 */
export class FollowedTargets implements Targets {
  readonly #options: FollowedTargetsOptions
  readonly #groups = new Map<string, Followed>()
  readonly #look: Timer
  #seen: string

  /** @throws TargetsError when the file cannot be used at the start */
  constructor(options: FollowedTargetsOptions) {
    this.#options = options
    this.#seen = stateOf(options.file)
    this.#use(readTargets(options.file))
    this.#look = setInterval(() => this.look(), options.lookMs ?? LOOK_MS)
    this.#look.unref()
  }

  find(names: readonly string[]): TargetGroup | undefined {
    for (const name of names) {
      const followed = this.#groups.get(name)
      if (followed !== undefined) return followed.group
    }
    return undefined
  }

  /** Looks whether the file has changed. */
  look(): void {
    const { file, log } = this.#options
    const state = stateOf(file)
    if (state === this.#seen) return
    this.#seen = state
    try {
      this.#use(readTargets(file))
      log.info('targets read again', { file, groups: this.#groups.size })
    } catch (error) {
      log.warn('targets not used; the old ones are kept', { file, reason: (error as TargetsError).message })
    }
  }

  stop(): void {
    clearInterval(this.#look)
    for (const { checks } of this.#groups.values()) checks.stop()
  }

  #use(definitions: readonly TargetGroupDefinition[]): void {
    const wanted = new Map(definitions.map((definition) => [definition.name, definition]))
    for (const [name, { checks }] of this.#groups) {
      if (wanted.has(name)) continue
      checks.stop()
      this.#groups.delete(name)
    }
    const { client, log } = this.#options
    for (const [name, definition] of wanted) {
      let followed = this.#groups.get(name)
      if (followed === undefined) {
        const group = new TargetGroup(definition, {
          ejected: (of, target, forMs) =>
            log.warn('target is left out after failed requests', { group: of, target, forMs }),
        })
        followed = { group, checks: new HealthChecks(group, client, log) }
        this.#groups.set(name, followed)
      } else followed.group.replace(definition)
      followed.checks.follow()
    }
  }
}

/** What a file says when it is asked, without any knowledge of the targets' health: for tests of methods. */
export function targetsAtPresent(file: string): Targets {
  return {
    find(names) {
      const definitions = new Map(readTargets(file).map((definition) => [definition.name, definition]))
      const name = names.find((each) => definitions.has(each))
      const definition = name === undefined ? undefined : definitions.get(name)
      return definition && new TargetGroup(definition)
    },
  }
}
