import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// kill -9 while deployments are made: what was acknowledged is there afterwards, and every stage serves one
// deployment whole.

const ROUNDS = 8
const SEED = 20_261_121
const PATHS = 12
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

/** Every path's mock answers the version: a half-deployed stage would answer two. */
function document(version: number): Uint8Array {
  const operation = {
    responses: { 200: { description: 'ok' } },
    'x-amazon-apigateway-integration': {
      type: 'mock',
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
      responses: {
        default: {
          statusCode: '200',
          responseTemplates: { 'application/json': JSON.stringify({ version }) },
        },
      },
    },
  }
  const paths = Object.fromEntries(Array.from({ length: PATHS }, (_, i) => [`/p${i}`, { get: operation }]))
  return Buffer.from(JSON.stringify({ openapi: '3.0.1', info: { title: 'kill', version: '1' }, paths }))
}

function callerOf({ url }: GatewayProcess): AwsCaller {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return createAwsCaller({ endpoint: url, credentials, region: 'us-east-1' })
}

interface Acknowledged {
  version: number
  deployments: string[]
}

/** Deploys one version after another until the gateway dies. */
async function deployUntilKilled(caller: AwsCaller, apiId: string, known: Acknowledged): Promise<number> {
  let attempted = known.version
  try {
    for (;;) {
      attempted++
      await caller.call('apigateway', 'PUT', `/restapis/${apiId}?mode=overwrite`, document(attempted))
      const deployment = (await caller.call('apigateway', 'POST', `/restapis/${apiId}/deployments`, {
        stageName: 'dev',
      })) as { id: string }
      known.version = attempted
      known.deployments.push(deployment.id)
    }
  } catch (error) {
    expect((error as Error).name).toBe('NoAnswer')
    return attempted
  }
}

/** The numbers of a linear congruential generator, from 0 to 1: the same moments in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

test('kill -9 loses nothing acknowledged and halves no stage', async () => {
  const random = numbers(SEED)
  let apiId: string | undefined
  const known: Acknowledged = { version: 0, deployments: [] }
  let killedWhileDeploying = 0
  for (let round = 0; round < ROUNDS; round++) {
    const gateway = await startGatewayProcess({ arguments: ['--data-dir', dataDir] })
    const caller = callerOf(gateway)
    apiId ??= ((await caller.call('apigateway', 'POST', '/restapis', { name: 'kill' })) as { id: string }).id

    if (known.version > 0) {
      const answers = await Promise.all(
        Array.from({ length: PATHS }, async (_, i) => {
          const response = await fetch(`${gateway.url}/_aws/execute-api/${apiId}/dev/p${i}`)
          return ((await response.json()) as { version: number }).version
        }),
      )
      const [served = 0] = answers
      expect(answers).toEqual(answers.map(() => served))
      // The last attempt may have been committed without being acknowledged; nothing older may serve.
      expect(served).toBeGreaterThanOrEqual(known.version)
      known.version = served
      const { item } = (await caller.call(
        'apigateway',
        'GET',
        `/restapis/${apiId}/deployments?limit=500`,
      )) as { item: { id: string }[] }
      const ids = new Set(item.map(({ id }) => id))
      expect(known.deployments.filter((id) => !ids.has(id))).toEqual([])
      const stage = (await caller.call('apigateway', 'GET', `/restapis/${apiId}/stages/dev`)) as {
        deploymentId: string
      }
      expect(ids.has(stage.deploymentId)).toBeTrue()
    }

    const deploying = deployUntilKilled(caller, apiId, known)
    const kill = setTimeout(() => gateway.child.kill('SIGKILL'), 20 + random.next().value * 150)
    const attempted = await deploying
    clearTimeout(kill)
    if (attempted > known.version) killedWhileDeploying++
    expect(await gateway.child.exited).toBe(137)
  }
  expect(known.deployments.length).toBeGreaterThan(ROUNDS)
  expect(killedWhileDeploying).toBeGreaterThan(0)
}, 60_000)
