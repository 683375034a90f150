// A worker: a process that serves APIs on the port that all workers share. Its supervisor tells it what to serve,
// answers what is for no API, and runs functions. Started by `worker-process.ts`.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { alignSteady } from '#base/clock.ts'
import { createLog, logWith, silentLog, type Log } from '#base/log.ts'
import { createHttpClient, type HttpClient } from '#http/client.ts'
import type { AuthorizerAnswer } from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import type { VerifiedToken } from '#data-plane/tokens/verify-token.ts'
import type { CacheCounts } from '#data-plane/stage-cache/response-calls.ts'
import { noTotals, type WebSocketTotals } from '#data-plane/websocket/websocket-counts.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import { SharedTurns } from '#store/turns-shared.ts'
import { SharedCounters } from '#store/counters-shared.ts'
import { UsageTable } from '#store/usage-table.ts'
import { createFront, type Front } from '../front.ts'
import { createResponseCache } from '../response-cache.ts'
import { listen, type Listener } from '../listen.ts'
import { createState, type ServedState, type StateHealth } from '../state.ts'
import { surviveUncaught } from '../uncaught.ts'
import { openSharedAnswers } from './shared-answers.ts'
import { linkToUserPools } from './user-pools-link.ts'
import { linkToCallers } from './callers-link.ts'
import { LinkedConnectionRegistry } from './connections-link.ts'
import { linkToFunctions } from './functions-link.ts'
import { linkToOffice } from './office-link.ts'
import {
  callersSocket,
  connectionsSocket,
  countersFile,
  turnsFile,
  countersTries,
  functionsSocket,
  officeSocket,
  userPoolsSocket,
  usageFile,
  type Order,
  type Report,
  type WorkerSetup,
} from './orders.ts'

class Worker {
  readonly #setup: WorkerSetup
  readonly #log: Log
  readonly #link: HttpClient = createHttpClient()
  readonly #front: Front
  readonly #state: ServedState
  /** Of this machine; not asked where all nodes share one. */
  readonly #connections: LinkedConnectionRegistry
  #listener: Listener | undefined

  constructor(setup: WorkerSetup) {
    const { worker, processes, config, folder, anySignature } = setup
    this.#setup = setup
    this.#log = logWith(createLog(config.logLevel, config.logFormat), { worker })
    surviveUncaught(this.#log)
    const counters = new SharedCounters(join(folder, countersFile), fullWarning(this.#log))
    counters.tryAdding(countersTries)
    const originOf = (socket: string): string => `unix:${join(folder, socket)}`
    const own = {
      counters,
      turns: new SharedTurns(join(folder, turnsFile), worker, fullWarning(this.#log)),
      usageTable: new UsageTable(join(folder, usageFile)),
      ...(setup.sealingKey === undefined
        ? {
            authorizerAnswers: new MemoryAnswerCache<AuthorizerAnswer>(),
            responses: createResponseCache(config, processes),
          }
        : openSharedAnswers(folder, config, processes, Buffer.from(setup.sealingKey, 'base64'))),
    }
    this.#state = createState(own, config, setup, this.#log)
    this.#connections = new LinkedConnectionRegistry(join(folder, connectionsSocket))
    this.#front = createFront({
      config,
      anySignature,
      ports: {
        functions: linkToFunctions(this.#link, originOf(functionsSocket)),
        callers: linkToCallers(this.#link, originOf(callersSocket)),
        userPools: linkToUserPools(this.#link, originOf(userPoolsSocket)),
        ...this.#state.ports,
        verifiedTokens: new MemoryAnswerCache<VerifiedToken>(),
        connections: this.#state.ports.connections ?? this.#connections,
      },
      office: linkToOffice(this.#link, originOf(officeSocket), this.#log),
      log: this.#log,
      // All workers find the same.
      compilerLog: worker === 1 ? this.#log : silentLog,
    })
  }

  async obey(order: Exclude<Order, { kind: 'start' }>): Promise<void> {
    const { stages } = this.#front
    switch (order.kind) {
      case 'put':
        return stages.put(order.deployed)
      case 'remove':
        return stages.remove(order.apiId, order.stageName)
      case 'flush':
        return stages.flush(order.apiId, order.stageName, order.cache)
      case 'put-domain':
        return stages.putDomain(order.deployed)
      case 'remove-domain':
        return stages.removeDomain(order.id)
      case 'put-usage-plan':
        return stages.putUsagePlan(order.plan)
      case 'remove-usage-plan':
        return stages.removeUsagePlan(order.plan)
      case 'clear':
        return stages.clear()
      case 'forget-callers':
        return this.#front.forgetCallers()
      case 'explain':
        return this.#front.allowExplain(order.pass)
      case 'listen':
        await this.#state.ready
        await this.#front.start()
        this.#listener = listen(this.#setup.config, this.#front, this.#log, true)
        return undefined
      case 'retire':
        return this.#listener?.retire()
      case 'ping':
        return undefined
      case 'stop':
        return this.end()
    }
  }

  get lostLogLines(): number {
    return this.#front.lostLogLines()
  }

  get turnedAway(): number {
    return this.#front.turnedAway()
  }

  get webSocketTotals(): WebSocketTotals {
    return this.#front.webSocketTotals()
  }

  get cacheCounts(): CacheCounts {
    return this.#front.cacheCounts()
  }

  get stateHealth(): StateHealth | undefined {
    return this.#state.health()
  }

  /** Finishes what is under way, then ends the process. */
  async end(): Promise<never> {
    await this.#listener?.stop()
    await this.#endState()
    process.exit(0)
  }

  async #endState(): Promise<void> {
    await this.#front.stop()
    await this.#connections.stop()
    await this.#state.stop()
  }

  /** The supervisor is gone: nobody else tidies up. */
  async endOrphaned(): Promise<never> {
    this.#log.error('the supervisor is gone: ending')
    await this.#listener?.stop()
    await this.#endState()
    await rm(this.#setup.folder, { recursive: true, force: true })
    process.exit(1)
  }
}

const FULL_WARNING_MS = 60_000

/** Keys without a place in the shared counters are told of, but not each. */
function fullWarning(log: Log): () => void {
  let warnedMs = -Infinity
  return () => {
    const nowMs = performance.now()
    if (nowMs - warnedMs < FULL_WARNING_MS) return
    warnedMs = nowMs
    log.warn('too many rates and quotas at once: each worker keeps the newest of them for itself')
  }
}

let worker: Worker | undefined

async function obey(order: Order): Promise<void> {
  if (order.kind === 'start') {
    // Buckets and answers that all processes share go by one clock, also when the wall clock was set between their starts.
    alignSteady(order.setup.steadyAheadMs)
    worker = new Worker(order.setup)
  } else await worker?.obey(order)
}

function report(text: Pick<Report, 'number' | 'failure'>): void {
  // Without a supervisor there is nobody to tell, which `disconnect` says.
  if (!process.connected) return
  const {
    lostLogLines = 0,
    turnedAway = 0,
    webSocketTotals = noTotals(),
    cacheCounts = { hits: 0, misses: 0 },
  } = worker ?? {}
  const { stateHealth } = worker ?? {}
  process.send?.({
    ...text,
    lostLogLines,
    turnedAway,
    webSocketTotals,
    cacheCounts,
    stateHealth,
  } satisfies Report)
}

process.on('message', (order: Order) => {
  obey(order).then(
    () => report({ number: order.number }),
    (error: Error) => report({ number: order.number, failure: error.message }),
  )
})
process.on('disconnect', () => void (worker?.endOrphaned() ?? process.exit(1)))
// Told to by somebody else: another one takes its place.
process.on('SIGTERM', () => void (worker?.end() ?? process.exit(0)))
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
