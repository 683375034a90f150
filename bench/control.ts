import {
  APIGatewayClient,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  GetRestApisCommand,
  ImportRestApiCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
} from '@aws-sdk/client-api-gateway'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../test/support/services/postgres-server.ts'
import { motoFound, startMoto } from './peers/moto.ts'
import { mockApi } from './support/apis.ts'
import { startGateway } from './support/gateway.ts'
import { cpuSeconds } from './support/process.ts'
import { median, spread } from './support/stats.ts'

const ROUNDS = 3
const RESOURCES = 300
const METHODS = ['GET', 'POST'] as const
/** Resources that one client creates at a time. */
const AT_ONCE = 16
const PATHS = 300
const APIS = 600
const PAGE = 100

interface Target {
  readonly name: string
  readonly pid: number
  readonly client: APIGatewayClient
}

/** Building, importing and listing APIs through the SDK, beside moto's server. Ours write to disk; what PostgreSQL itself takes of the CPU is not counted. */
export async function run(): Promise<string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const gateway = await startGateway({ dataDir })
  const keyFile = join(dataDir, 'bench.key')
  writeFileSync(keyFile, randomBytes(32).toString('base64'))
  const postgres = await startPostgres({ durable: true })
  const words = ['--store', postgres.url('bench'), '--secret-key-file', keyFile]
  const onPostgres = await startGateway({ words })
  const moto = motoFound() ? await startMoto() : undefined
  const targets: Target[] = [
    { name: 'gatehouse', pid: gateway.pid, client: gateway.apigateway },
    { name: 'gatehouse on PostgreSQL', pid: onPostgres.pid, client: onPostgres.apigateway },
  ]
  if (moto !== undefined) targets.push({ name: 'moto', pid: moto.pid, client: clientOf(moto.url) })
  try {
    const lines = await building(targets)
    for (const target of targets) lines.push(await importing(target), await listing(target))
    return moto === undefined ? [...lines, 'control plane, moto: not found'] : lines
  } finally {
    await moto?.stop()
    await gateway.stop()
    await onPostgres.stop()
    await postgres.stop()
    rmSync(dataDir, { recursive: true })
  }
}

function clientOf(endpoint: string): APIGatewayClient {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
  return new APIGatewayClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
}

/** 300 resources with two methods each, integrations and responses: one client, 16 calls at once. */
async function building(targets: readonly Target[]): Promise<string[]> {
  const rates = new Map(targets.map(({ name }) => [name, [] as number[]]))
  const cpu = new Map(targets.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, pid, client } of targets) {
      const cpuBefore = cpuSeconds(pid)
      const begun = performance.now()
      const operations = await build(client)
      const seconds = (performance.now() - begun) / 1000
      rates.get(name)?.push(operations / seconds)
      cpu.get(name)?.push(((cpuSeconds(pid) - cpuBefore) / operations) * 1e6)
    }
  }
  return targets.map(
    ({ name }) =>
      `control plane, building an API, ${name}: ${spread(rates.get(name) ?? [], 0, 'operations/s')}, ` +
      `${median(cpu.get(name) ?? []).toFixed(0)} µs CPU an operation`,
  )
}

/** @returns operations */
async function build(client: APIGatewayClient): Promise<number> {
  const { id: restApiId, rootResourceId } = await client.send(new CreateRestApiCommand({ name: 'built' }))
  const root = rootResourceId ?? (await rootOf(client, restApiId as string))
  let operations = 1
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < RESOURCES) {
      const pathPart = `r${next++}`
      const { id: resourceId } = await client.send(
        new CreateResourceCommand({ restApiId, parentId: root, pathPart }),
      )
      operations++
      for (const httpMethod of METHODS) {
        const done = await buildMethod(client, { restApiId, resourceId, httpMethod })
        operations += done
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return operations
}

async function rootOf(client: APIGatewayClient, restApiId: string): Promise<string | undefined> {
  return (await client.send(new GetResourcesCommand({ restApiId }))).items?.[0]?.id
}

async function buildMethod(
  client: APIGatewayClient,
  method: {
    readonly restApiId: string | undefined
    readonly resourceId: string | undefined
    readonly httpMethod: string
  },
): Promise<number> {
  const requestTemplates = { 'application/json': '{"statusCode": 200}' }
  const responseTemplates = { 'application/json': '{"message": "hello"}' }
  await client.send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }))
  await client.send(new PutIntegrationCommand({ ...method, type: 'MOCK', requestTemplates }))
  await client.send(new PutMethodResponseCommand({ ...method, statusCode: '200' }))
  await client.send(new PutIntegrationResponseCommand({ ...method, statusCode: '200', responseTemplates }))
  return 4
}

async function importing({ name, client }: Target): Promise<string> {
  const body = mockApi('imported', PATHS, 'v1')
  const figure = await spreadOf(async (times) => {
    for (let round = 0; round < 2 * ROUNDS; round++) {
      times.push(await timed(() => client.send(new ImportRestApiCommand({ body }))))
    }
  })
  return `control plane, importing ${PATHS} paths, ${name}: ${figure}`
}

/** A page of APIs, when there are 600. */
async function listing({ name, client }: Target): Promise<string> {
  for (let i = 0; i < APIS; i++)
    await client.send(
      new CreateRestApiCommand({ name: `a${i}`, endpointConfiguration: { types: ['REGIONAL'] } }),
    )
  const figure = await spreadOf(async (times) => {
    let position: string | undefined
    do {
      const begun = performance.now()
      const page = await client.send(new GetRestApisCommand({ limit: PAGE, position }))
      times.push(performance.now() - begun)
      position = page.position
    } while (position !== undefined)
  })
  return `control plane, a page of ${PAGE} of ${APIS} APIs, ${name}: ${figure}`
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** What was measured, or why a peer could not do it. */
async function spreadOf(measure: (times: number[]) => Promise<void>): Promise<string> {
  const times: number[] = []
  try {
    await measure(times)
    return spread(times, 1, 'ms')
  } catch (error) {
    return `failed: ${(error as Error).message}`
  }
}
