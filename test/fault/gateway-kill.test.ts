import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAwsCaller, NoAnswer, type AwsCaller } from '#aws/client.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { randomNumbers } from '../support/random-numbers.ts'

// Writers deploy one version after the other, each to an API of its own, until the gateway is killed at some moment.
// The next one must serve, of every API, a whole version: the last that was acknowledged, or a later one that was
// on its way.

const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'))
afterAll(async () => {
  await endGateways()
  rmSync(dataDir, { recursive: true })
})

const ROUNDS = 10
const WRITERS = 3
const RESOURCES = 12
const SEED = 4566

interface Writer {
  readonly apiId: string
  /** The last version that a deployment was begun of. */
  begun: number
  /** The last version whose deployment was acknowledged. */
  acknowledged: number
  /** The ids of all that were acknowledged. */
  readonly deployments: string[]
}

const start = (): Promise<GatewayProcess> => startGatewayProcess({ arguments: ['--data-dir', dataDir] })

const callerOf = ({ url }: GatewayProcess): AwsCaller =>
  createAwsCaller({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })

/** Every resource answers with the version. */
function document(version: number): Uint8Array {
  const operation = {
    responses: { 200: { description: 'ok' } },
    'x-amazon-apigateway-integration': {
      type: 'mock',
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
      responses: {
        default: { statusCode: '200', responseTemplates: { 'application/json': String(version) } },
      },
    },
  }
  const paths = Object.fromEntries(
    Array.from({ length: RESOURCES }, (_, i) => [`/r${i}`, { get: operation }]),
  )
  return Buffer.from(JSON.stringify({ openapi: '3.0.1', info: { title: 'killed', version: '1' }, paths }))
}

async function createApi(caller: AwsCaller): Promise<Writer> {
  const { id } = (await caller.call('apigateway', 'POST', '/restapis', { name: 'killed' })) as { id: string }
  return { apiId: id, begun: 0, acknowledged: 0, deployments: [] }
}

/** Deploys versions until a call fails, which it does when the gateway is gone. */
async function write(caller: AwsCaller, writer: Writer): Promise<void> {
  const path = `/restapis/${writer.apiId}`
  for (;;) {
    const version = writer.begun + 1
    try {
      await caller.call('apigateway', 'PUT', `${path}?mode=overwrite`, document(version))
      writer.begun = version
      const deployment = await caller.call('apigateway', 'POST', `${path}/deployments`, { stageName: 'dev' })
      writer.acknowledged = version
      writer.deployments.push((deployment as { id: string }).id)
    } catch (error) {
      expect(error).toBeInstanceOf(NoAnswer)
      return
    }
  }
}

/** The ids of all deployments; that of the stage is among them. */
async function deploymentIds(caller: AwsCaller, { apiId }: Writer): Promise<ReadonlySet<string>> {
  const ask = (target: string): Promise<unknown> =>
    caller.call('apigateway', 'GET', `/restapis/${apiId}${target}`)
  const { item } = (await ask('/deployments?limit=500')) as { item: { id: string }[] }
  const ids = new Set(item.map(({ id }) => id))
  expect(ids).toContain(((await ask('/stages/dev')) as { deploymentId: string }).deploymentId)
  return ids
}

/** What each resource of an API answers. */
async function served(gateway: GatewayProcess, { apiId }: Writer): Promise<string[]> {
  const answers = Array.from({ length: RESOURCES }, async (_, i) => {
    const response = await fetch(`${gateway.url}/_aws/execute-api/${apiId}/dev/r${i}`)
    return response.text()
  })
  return [...new Set(await Promise.all(answers))]
}

test(`a gateway that is killed ${ROUNDS} times serves every acknowledged deployment, each one whole`, async () => {
  const random = randomNumbers(SEED)
  let gateway = await start()
  const creator = callerOf(gateway)
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => createApi(creator)))
  for (let round = 0; round < ROUNDS; round++) {
    const caller = callerOf(gateway)
    const before = writers.map(({ acknowledged }) => acknowledged)
    const writing = writers.map((writer) => write(caller, writer))
    // Not before something was acknowledged in this round, then at any moment.
    while (writers.every(({ acknowledged }, i) => acknowledged === before[i])) await Bun.sleep(1)
    await Bun.sleep(random() * 60)
    gateway.child.kill('SIGKILL')
    await gateway.child.exited
    await Promise.all(writing)

    gateway = await start()
    for (const writer of writers) {
      if (writer.begun === 0) continue
      const answers = await served(gateway, writer)
      expect(answers).toHaveLength(1)
      const version = Number(answers[0])
      // Not one of its deployments need have come through.
      if (writer.acknowledged === 0 && Number.isNaN(version)) continue
      expect(version).toBeGreaterThanOrEqual(writer.acknowledged)
      expect(version).toBeLessThanOrEqual(writer.begun)
      const known = await deploymentIds(callerOf(gateway), writer)
      expect(writer.deployments.filter((id) => !known.has(id))).toEqual([])
      // What had come through is what counts from here on.
      writer.acknowledged = version
    }
  }
  expect(await gateway.stop()).toBe(0)
  for (const { acknowledged } of writers) expect(acknowledged).toBeGreaterThan(ROUNDS)
}, 60_000)
