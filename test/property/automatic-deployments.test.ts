import { test } from 'bun:test'
import fc from 'fast-check'
import type { Call } from '#aws/call.ts'
import type { Kind } from '#base/kind.ts'
import { silentLog } from '#base/log.ts'
import { apiGatewayV2Handlers } from '#control-plane/apigatewayv2/service.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { account, now, region } from '../support/play-calls.ts'

// Whatever is done to an API and its stages: a stage that follows serves what the API is, or was when it last had routes;
// one that does not is moved by nobody; every deployment that a stage has is there with its snapshot.

type Step =
  | { readonly do: 'route'; readonly at: number }
  | { readonly do: 'unroute'; readonly at: number }
  | { readonly do: 'deploy'; readonly stage: string | undefined }
  | { readonly do: 'stage'; readonly stage: string; readonly follows: boolean }
  | { readonly do: 'unstage'; readonly stage: string }

const stageName = fc.constantFrom('$default', 'dev', 'prod')
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('route' as const), at: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('unroute' as const), at: fc.nat(5) }) },
    fc.record({ do: fc.constant('deploy' as const), stage: fc.option(stageName, { nil: undefined }) }),
    fc.record({ do: fc.constant('stage' as const), stage: stageName, follows: fc.boolean() }),
    fc.record({ do: fc.constant('unstage' as const), stage: stageName }),
  ),
  { minLength: 1, maxLength: 40 },
)

type Handler = (input: object, call: Call) => Promise<Readonly<Record<string, string>>>

/** One API and what may be done to it; refusals change nothing. */
class Played {
  readonly #handlers: Readonly<Record<string, Handler>>
  readonly #routes = new Map<number, string>()
  readonly #store: Store
  #apiId = ''
  #time = now

  constructor(store: Store) {
    const clock = { now: () => this.#time++ }
    this.#store = store
    this.#handlers = apiGatewayV2Handlers({ store, clock, log: silentLog }) as never
  }

  async begin(): Promise<void> {
    this.#apiId = (await this.#call('CreateApi', { Name: 'shop', ProtocolType: 'HTTP' })).ApiId ?? ''
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'route': {
        if (this.#routes.has(step.at)) return
        const { RouteId = '' } = await this.#call('CreateRoute', { RouteKey: `GET /${step.at}` })
        this.#routes.set(step.at, RouteId)
        return
      }
      case 'unroute': {
        const RouteId = this.#routes.get(step.at)
        if (RouteId === undefined) return
        await this.#call('DeleteRoute', { RouteId })
        this.#routes.delete(step.at)
        return
      }
      case 'deploy':
        return this.#try('CreateDeployment', { StageName: step.stage })
      case 'stage':
        await this.#try('CreateStage', { StageName: step.stage })
        return this.#try('UpdateStage', { StageName: step.stage, AutoDeploy: step.follows })
      case 'unstage':
        return this.#try('DeleteStage', { StageName: step.stage })
    }
  }

  async #call(operation: string, input: object): Promise<Readonly<Record<string, string>>> {
    const principal = { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account }
    const call = { service: 'apigateway', operation, account, region, requestId: 'request', principal }
    return (this.#handlers[operation] as Handler)({ ApiId: this.#apiId, ...input }, call)
  }

  async #try(operation: string, input: object): Promise<void> {
    await this.#call(operation, input).catch(() => undefined)
  }

  /** What its stages serve: deployment and routes, by name. */
  async served(): Promise<Map<string, string>> {
    const snapshots = new Map((await this.#all(records.apiSnapshot)).map((one) => [one.deploymentId, one]))
    const served = new Map<string, string>()
    for (const { stageName: name, deploymentId } of await this.#all(records.apiStage)) {
      if (deploymentId === undefined) continue
      const snapshot = snapshots.get(deploymentId)
      if (snapshot === undefined) throw new Error(`${name} has a deployment that is not there`)
      served.set(name, `${deploymentId} ${keysOf(snapshot.routes)}`)
    }
    return served
  }

  /** @param before what was served before the step */
  async check(step: Step, before: ReadonlyMap<string, string>): Promise<Map<string, string>> {
    const after = await this.served()
    const routes = keysOf(await this.#all(records.route))
    const stages = await this.#all(records.apiStage)
    for (const { stageName: name, autoDeploy } of stages) {
      const shown = after.get(name)
      if (autoDeploy && routes !== '' && !shown?.endsWith(` ${routes}`)) {
        throw new Error(`${name} follows ${routes} and serves ${shown}`)
      }
      const isMeant = step.do !== 'route' && step.do !== 'unroute' && step.stage === name
      if (!autoDeploy && !isMeant && shown !== before.get(name)) throw new Error(`${name} was moved`)
    }
    const deployments = await this.#all(records.apiDeployment)
    if ((await this.#all(records.apiSnapshot)).length !== deployments.length) {
      throw new Error('snapshots and deployments differ')
    }
    return after
  }

  async #all<T>(kind: Kind<T>): Promise<readonly T[]> {
    const found = await this.#store.list(kind, { account, region, parent: this.#apiId })
    return found.map(({ value }) => value)
  }
}

function keysOf(routes: readonly { readonly routeKey: string }[]): string {
  return routes
    .map(({ routeKey }) => routeKey)
    .toSorted()
    .join()
}

test(
  'stages that follow an API, and those that do not',
  () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const store = openSqliteStore({ path: ':memory:', log: silentLog })
        try {
          const played = new Played(store)
          await played.begin()
          let served = await played.served()
          for (const step of taken) {
            await played.take(step)
            served = await played.check(step, served)
          }
        } finally {
          await store.close()
        }
      }),
      { numRuns: 100 },
    ),
  60_000,
)
