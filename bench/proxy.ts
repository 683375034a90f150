import { deploy, proxyApi } from './support/apis.ts'
import { startGateway } from './support/gateway.ts'
import { load, loadToolFound } from './support/load.ts'
import { nginxPath, startBackend, startProxy } from './support/nginx.ts'
import { median, spread } from './support/stats.ts'

const ROUNDS = 5
const SECONDS = 5
const CONNECTIONS = 32

/** HTTP_PROXY GET of a small JSON beside nginx as a bare proxy: CPU per request, interleaved rounds. */
export async function run(): Promise<string[]> {
  if (!loadToolFound() || nginxPath() === null) return ['HTTP_PROXY: needs wrk and nginx; not found']
  const backend = await startBackend()
  const nginx = await startProxy(backend.port)
  const gateway = await startGateway()
  try {
    const id = await deploy(gateway.apigateway, proxyApi(backend.port))
    const targets = [
      { name: 'nginx', pid: nginx.pid, url: `http://127.0.0.1:${nginx.port}/hello`, headers: [] as string[] },
      {
        name: 'gatehouse',
        pid: gateway.pid,
        url: `http://127.0.0.1:${gateway.port}/b/hello`,
        headers: [`Host: ${id}.execute-api.us-east-1.localhost`],
      },
    ]
    const cpu = new Map<string, number[]>(targets.map(({ name }) => [name, []]))
    const rate = new Map<string, number[]>(targets.map(({ name }) => [name, []]))
    let failures = 0
    for (const { url, pid, headers } of targets) {
      await load(url, pid, { connections: CONNECTIONS, seconds: 2, headers }) // warm-up
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, url, pid, headers } of targets) {
        const result = await load(url, pid, { connections: CONNECTIONS, seconds: SECONDS, headers })
        cpu.get(name)?.push(result.cpuUsPerRequest)
        rate.get(name)?.push(result.requestsPerSecond)
        failures += result.failures
      }
    }
    const ours = cpu.get('gatehouse') as number[]
    const peer = cpu.get('nginx') as number[]
    return [
      `HTTP_PROXY GET, nginx:     ${spread(peer, 1, 'µs CPU/request')}, ${median(rate.get('nginx') as number[]).toFixed(0)} requests/s`,
      `HTTP_PROXY GET, gatehouse: ${spread(ours, 1, 'µs CPU/request')}, ${median(rate.get('gatehouse') as number[]).toFixed(0)} requests/s`,
      `HTTP_PROXY GET, ratio of medians: ${(median(ours) / median(peer)).toFixed(2)} × nginx; failed requests: ${failures}`,
    ]
  } finally {
    await gateway.stop()
    await nginx.stop()
    await backend.stop()
  }
}
