import { APIGatewayClient } from '@aws-sdk/client-api-gateway'
import { join } from 'node:path'
import { deploy } from './support/apis.ts'
import { accepting, cpuSeconds, freePort, proportionalMib, residentMib } from './support/process.ts'
import { median, spread } from './support/stats.ts'

const MAIN = join(import.meta.dir, '..', 'src', 'cli', 'main.ts')
const CORES = 2
const ON_CORES = ['taskset', '-c', `0-${CORES - 1}`]
const ROUNDS = 5
const SECONDS = 4
const CONNECTIONS = 32
/** The load generator needs a core's time, too: work enough for a request makes it light beside the gateway. */
const TEMPLATE =
  '#set($n = 0)#foreach($i in [1..100])#foreach($j in [1..100])#set($n = $n + $j)#end#end{"n": $n}'

interface Target {
  readonly workers: number
  readonly pid: number
  readonly url: string
  readonly host: string
  stop(): Promise<void>
}

interface Round {
  readonly requestsPerSecond: number
  readonly gatewayUs: number
  readonly generatorUs: number
}

/** One process and two workers on two cores: throughput and CPU of a mapped answer, interleaved rounds; memory. */
export async function run(): Promise<string[]> {
  if (Bun.which('wrk') === null || Bun.which('taskset') === null)
    return ['workers: needs wrk and taskset; not found']
  const targets = [await start(1), await start(2)]
  try {
    const memory = targets.map(memoryLine)
    const rounds = targets.map((): Round[] => [])
    for (const target of targets) await load(target, 2) // warm-up
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, target] of targets.entries()) rounds[i]?.push(await load(target, SECONDS))
    }
    const of = (i: number, member: keyof Round): number[] => (rounds[i] ?? []).map((round) => round[member])
    const [one, two] = [median(of(0, 'requestsPerSecond')), median(of(1, 'requestsPerSecond'))]
    const [gatewayUs, generatorUs] = [median(of(1, 'gatewayUs')), median(of(1, 'generatorUs'))]
    // One process has a core to itself; two share the cores with the generator.
    const best = (CORES * gatewayUs) / (gatewayUs + generatorUs)
    return [
      ...memory,
      ...targets.map(
        ({ workers }, i) =>
          `mapped answer, ${workers} serving: ${spread(of(i, 'requestsPerSecond'), 0, 'requests/s')}, ` +
          spread(of(i, 'gatewayUs'), 1, 'µs CPU/request'),
      ),
      `mapped answer, two workers: ${(two / one).toFixed(2)} × one process; the generator's ` +
        `${generatorUs.toFixed(1)} µs/request on the same ${CORES} cores leave ${best.toFixed(2)} × at best`,
    ]
  } finally {
    for (const target of targets) await target.stop()
  }
}

/** A gateway on the first two cores, with an API whose answers take some mapping. */
async function start(workers: number): Promise<Target> {
  const port = await freePort()
  const words = ['--port', String(port), '--data-dir', ':memory:', '--workers', String(workers)]
  const child = Bun.spawn([...ON_CORES, process.execPath, MAIN, 'start', '--log-level', 'error', ...words], {
    stdout: 'ignore',
    stderr: 'inherit',
  })
  await accepting(port, 10_000)
  const client = new APIGatewayClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  })
  const id = await deploy(client, mappedApi())
  client.destroy()
  return {
    workers,
    pid: child.pid,
    url: `http://127.0.0.1:${port}/b/`,
    host: `${id}.execute-api.us-east-1.localhost`,
    async stop() {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}

function mappedApi(): Uint8Array {
  const integration = {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    responses: { default: { statusCode: '200', responseTemplates: { 'application/json': TEMPLATE } } },
  }
  const get = {
    responses: { 200: { description: 'ok' } },
    'x-amazon-apigateway-integration': integration,
  }
  return Buffer.from(
    JSON.stringify({
      openapi: '3.0.1',
      info: { title: 'mapped', version: '1' },
      paths: { '/': { get } },
    }),
  )
}

async function load({ url, host, pid }: Target, seconds: number): Promise<Round> {
  const before = cpuSeconds(pid)
  const child = Bun.spawn(
    [...ON_CORES, 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-H', `Host: ${host}`, url],
    { stdout: 'pipe', stderr: 'inherit' },
  )
  const output = await new Response(child.stdout).text()
  await child.exited
  const gatewaySeconds = cpuSeconds(pid) - before
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`requests failed:\n${output}`)
  const generatorUs = Number(child.resourceUsage()?.cpuTime.total)
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]),
    gatewayUs: (gatewaySeconds / requests) * 1e6,
    generatorUs: generatorUs / requests,
  }
}

function memoryLine({ workers, pid }: Target): string {
  const [resident, all] = [residentMib(pid), proportionalMib(pid)].map((mib) => mib.toFixed(0))
  return `idle memory, ${workers} serving: ${resident} MiB resident in the first process; in all, what is shared counted once, ${all} MiB`
}
