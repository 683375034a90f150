import { connect } from 'node:net'
import type { Log } from '#base/log.ts'
import { emptyBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import {
  matchesStatus,
  type HealthCheck,
  type Target,
  type TargetGroup,
} from '#data-plane/targets/target-group.ts'

/** Asks the targets of a group how they are, each in its own time. */
export class HealthChecks {
  readonly #group: TargetGroup
  readonly #client: HttpClient
  readonly #log: Log
  readonly #timers = new Map<Target, Timer>()
  #stopped = false

  constructor(group: TargetGroup, client: HttpClient, log: Log) {
    this.#group = group
    this.#client = client
    this.#log = log
  }

  /** Begins with targets that are new, leaves those that are gone. To be called again after each change. */
  follow(): void {
    const { targets, definition } = this.#group
    const wanted = new Set(definition.health === undefined ? [] : targets)
    for (const [target, timer] of this.#timers) {
      if (wanted.has(target)) continue
      clearTimeout(timer)
      this.#timers.delete(target)
    }
    for (const target of wanted) if (!this.#timers.has(target)) this.#plan(target, 0)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #plan(target: Target, delayMs: number): void {
    const timer = setTimeout(() => void this.#check(target), delayMs)
    timer.unref()
    this.#timers.set(target, timer)
  }

  async #check(target: Target): Promise<void> {
    const { health, name } = this.#group.definition
    if (health === undefined) return
    let problem: string | undefined
    try {
      problem = await (health.path === undefined
        ? connectionProblem(addressOf(target, health), health.timeoutMs)
        : this.#answerProblem(target, health, health.path))
    } catch (error) {
      problem = (error as Error).message
    }
    if (this.#stopped || !this.#timers.has(target)) return
    if (target.checked.record(problem === undefined, health)) {
      const fields = { group: name, target: target.address }
      if (problem === undefined) this.#log.info('target is healthy', fields)
      else this.#log.warn('target is unhealthy', { ...fields, problem })
    }
    // Many processes and targets that are started together need not be asked together for ever.
    this.#plan(target, health.intervalMs * (0.9 + 0.2 * Math.random()))
  }

  async #answerProblem(target: Target, health: HealthCheck, path: string): Promise<string | undefined> {
    const { protocol = 'http', tls } = this.#group.definition
    const { body, status } = await this.#client.send({
      origin: `${protocol}://${addressOf(target, health)}`,
      method: 'GET',
      target: path,
      headers: new Headers([
        ...(health.host === undefined ? [] : ['Host', health.host]),
        'User-Agent',
        'Gatehouse-HealthCheck',
      ]),
      body: emptyBody,
      timeoutMs: health.timeoutMs,
      timeouts: { totalMs: health.timeoutMs },
      tls,
    })
    body.cancel()
    return matchesStatus(health.statuses, status) ? undefined : `status ${status}`
  }
}

function addressOf({ address }: Target, { port }: HealthCheck): string {
  return port === undefined ? address : `${address.replace(/(?<=^[^[\]]*|\]):\d+$/, '')}:${port}`
}

/** @returns what is wrong */
function connectionProblem(address: string, timeoutMs: number): Promise<string | undefined> {
  const [, hostname = address, port = '80'] = /^(.*?)(?::(\d+))?$/.exec(address) ?? []
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) })
    const end = (problem: string | undefined): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(problem)
    }
    const timer = setTimeout(() => end(`no connection within ${timeoutMs} ms`), timeoutMs)
    socket.once('connect', () => end(undefined))
    socket.once('error', (error) => end(error.message))
  })
}
