import * as sdk from '@aws-sdk/client-api-gateway'
import { afterAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PlainApi, Refusal } from '../support/control-plane/plain-api.ts'
import { RealApi, type ControlPlaneCall } from '../support/control-plane/real-api.ts'
import { runPlain, step, type Step } from '../support/control-plane/steps.ts'
import { endGateways, startGatewayProcess } from '../support/gateway-process.ts'
import { randomNumbers } from '../support/random-numbers.ts'

// Writers make any operations, each on APIs of its own, until the gateway is killed at some moment. The next one must
// have of every API what a model of plain objects has after all that was acknowledged, or after what was under way, too:
// nothing in between, nothing else.

const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'))
afterAll(async () => {
  await endGateways()
  rmSync(dataDir, { recursive: true })
})

/** One round is a gateway that is killed; `GATEHOUSE_KILL_ROUNDS=200` looks closer. */
const ROUNDS = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 6)
const SEED = Number(process.env['GATEHOUSE_KILL_SEED'] ?? 4566)
const WRITERS = 6
const STEPS_AN_API = 40
const STEPS_BEFORE_KILL_MAX = 250
const ROUND_TIMEOUT_MS = 10_000

/** The gateway went away before it answered. */
class Gone extends Error {}

/** An API, and what is known of it. */
interface Written {
  readonly real: RealApi
  /** What was acknowledged and done. */
  readonly done: Step[]
  /** What was under way when the gateway was killed. */
  pending: Step | 'delete' | undefined
}

interface State {
  readonly tree: readonly string[]
  readonly models: readonly string[]
  readonly deployments: number
  readonly stages: Readonly<Record<string, readonly string[]>>
}

let client: sdk.APIGatewayClient

/** Calls the gateway that runs now. @throws Refusal; Gone */
const call: ControlPlaneCall = async (operation, input) => {
  type Command = Parameters<sdk.APIGatewayClient['send']>[0]
  const commands = sdk as unknown as Readonly<Record<string, new (given: object) => Command>>
  const Made = commands[`${operation}Command`] as new (given: object) => Command
  try {
    return (await client.send(new Made(input))) as never
  } catch (error) {
    if (error instanceof sdk.APIGatewayServiceException) throw new Refusal(error.name, error.message)
    throw new Gone((error as Error).message)
  }
}

function connect(url: string): void {
  client = new sdk.APIGatewayClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
}

/** One round's writers and their steps, the same ones for a seed. */
class Round {
  readonly written = new Set<Written>()
  readonly deletedIds: string[] = []
  /** How many APIs were asked for without an answer. */
  creating = 0
  readonly #steps: Iterator<Step>
  readonly #acknowledgedMax: number
  readonly #enough = Promise.withResolvers<void>()
  #acknowledged = 0

  constructor(seed: number, acknowledgedMax: number) {
    this.#steps = fc.sample(step, { seed, numRuns: 2000 }).values()
    this.#acknowledgedMax = acknowledgedMax
  }

  /** Resolves when so much was acknowledged that the gateway may be killed. */
  get enough(): Promise<void> {
    return this.#enough.promise
  }

  /** Makes API after API, until the gateway is gone. */
  async write(): Promise<void> {
    try {
      for (let apis = 0; ;) {
        this.creating += 1
        const written: Written = { real: await RealApi.create(call), done: [], pending: undefined }
        this.creating -= 1
        this.written.add(written)
        apis += 1
        for (let i = 0; i < STEPS_AN_API; i++) await this.#take(written, this.#steps.next().value as Step)
        // Every other one is deleted.
        if (apis % 2 === 0) continue
        written.pending = 'delete'
        await call('DeleteRestApi', { restApiId: written.real.id })
        this.written.delete(written)
        this.deletedIds.push(written.real.id)
      }
    } catch (error) {
      if (!(error instanceof Gone)) throw error
    }
  }

  async #take(written: Written, taken: Step): Promise<void> {
    written.pending = taken
    const answered = await outcome(() => written.real.run(taken))
    const plain = replayed(written.done)
    expect({ taken, answered }).toEqual({ taken, answered: await outcome(() => runPlain(plain, taken)) })
    if (answered === 'done') written.done.push(taken)
    written.pending = undefined
    this.#acknowledged += 1
    if (this.#acknowledged >= this.#acknowledgedMax) this.#enough.resolve()
  }
}

async function outcome(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`
    throw error
  }
}

/** The model after the steps; a refused one changes nothing. */
function replayed(steps: readonly Step[]): PlainApi {
  const api = new PlainApi()
  for (const taken of steps) {
    try {
      runPlain(api, taken)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }
  return api
}

const plainState = (api: PlainApi): State => ({
  tree: api.tree(),
  models: api.models(),
  deployments: api.deployments(),
  stages: api.stages(),
})

const realState = async (api: RealApi): Promise<State> => ({
  tree: await api.tree(),
  models: await api.models(),
  deployments: await api.deployments(),
  stages: await api.stages(),
})

async function apiIds(): Promise<string[]> {
  const { items } = await call('GetRestApis', { limit: 500 })
  return (items ?? []).map(({ id }) => id as string)
}

/** Whether what was under way came through. @throws when there is neither what was, nor what should have been */
async function checkApi({ real, done, pending }: Written, ids: readonly string[]): Promise<boolean> {
  if (!ids.includes(real.id)) {
    expect(pending).toBe('delete')
    return true
  }
  const found = await realState(real)
  const before = plainState(replayed(done))
  if (pending === undefined || pending === 'delete') {
    expect(found).toEqual(before)
    return false
  }
  if (Bun.deepEquals(found, before)) return false
  expect({ pending, found }).toEqual({ pending, found: plainState(replayed([...done, pending])) })
  return true
}

test(
  `a gateway that is killed ${ROUNDS} times keeps all that was acknowledged, and nothing by halves`,
  async () => {
    const random = randomNumbers(SEED)
    let gateway = await startGatewayProcess({ arguments: ['--data-dir', dataDir] })
    connect(gateway.url)
    let [acknowledged, underWay, cameThrough] = [0, 0, 0]
    for (let round = 0; round < ROUNDS; round++) {
      const playing = new Round(SEED + round, Math.ceil(random() * STEPS_BEFORE_KILL_MAX))
      const writing = Promise.all(Array.from({ length: WRITERS }, () => playing.write()))
      // What a writer finds wrong is told at once.
      await Promise.race([playing.enough, writing])
      await Bun.sleep(random() * 4)
      gateway.child.kill('SIGKILL')
      await gateway.child.exited
      await writing
      client.destroy()

      gateway = await startGatewayProcess({ arguments: ['--data-dir', dataDir] })
      connect(gateway.url)
      const ids = await apiIds()
      expect(ids.filter((id) => playing.deletedIds.includes(id))).toEqual([])
      const known = new Set([...playing.written].map(({ real }) => real.id))
      expect(ids.filter((id) => !known.has(id)).length).toBeLessThanOrEqual(playing.creating)
      for (const written of playing.written) {
        acknowledged += written.done.length
        underWay += Number(written.pending !== undefined)
        cameThrough += Number(await checkApi(written, ids))
      }
      for (const id of ids) await call('DeleteRestApi', { restApiId: id })
    }
    client.destroy()
    expect(await gateway.stop()).toBe(0)
    // Otherwise nothing was put to the test.
    expect(acknowledged).toBeGreaterThan(ROUNDS)
    expect(underWay).toBeGreaterThan(0)
    console.info(`${acknowledged} steps were kept, ${cameThrough} of ${underWay} under way came through`)
  },
  ROUNDS * ROUND_TIMEOUT_MS,
)
