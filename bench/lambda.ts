import { CreateFunctionCommand, type Runtime } from '@aws-sdk/client-lambda'
import { zip } from '#base/zip.ts'
import { HELLO, installPeer, peerInstalled, startPeer } from './peers/serverless-offline.ts'
import { deploy, functionApi } from './support/apis.ts'
import { startGateway, type RunningGateway } from './support/gateway.ts'
import { load, loadToolFound } from './support/load.ts'
import { median, spread } from './support/stats.ts'

const ROUNDS = 5
const SECONDS = 5
const CONNECTIONS = 16

const HELLO_PYTHON = `def hello(event, context): return {'statusCode': 200, 'body': '{"message":"hello"}'}\n`

interface Target {
  readonly name: string
  readonly pid: number
  readonly url: string
  readonly rates: number[]
  /** CPU of the whole target and of the gateway alone, µs a request. */
  readonly cpu: number[]
  readonly hostCpu: number[]
}

/** Warm Lambda proxy, a hello in Node.js and Python, beside serverless-offline: interleaved rounds. */
export async function run(options: { installPeers: boolean }): Promise<string[]> {
  if (!loadToolFound()) return ['Lambda proxy: needs wrk; not found']
  if (options.installPeers && !peerInstalled()) await installPeer()
  const gateway = await startGateway()
  const peer = peerInstalled() ? await startPeer() : undefined
  try {
    const node = target('Node.js', gateway.pid, await deployHello(gateway, 'nodejs20.x', 'index.js', HELLO))
    const targets = [node]
    if (Bun.which('python3') !== null) {
      const url = await deployHello(gateway, 'python3.12', 'index.py', HELLO_PYTHON)
      targets.push(target('Python', gateway.pid, url))
    }
    const offline = peer && target('serverless-offline', peer.pid, peer.url)
    if (offline !== undefined) targets.push(offline)
    let failures = 0
    for (let round = -1; round < ROUNDS; round++) {
      for (const each of targets) {
        const result = await load(each.url, each.pid, { connections: CONNECTIONS, seconds: SECONDS })
        if (round < 0) continue // warm-up
        each.rates.push(result.requestsPerSecond)
        each.cpu.push(result.cpuUsPerRequest)
        each.hostCpu.push(result.ownCpuUsPerRequest)
        failures += result.failures
      }
    }
    const ratio =
      offline === undefined
        ? 'Lambda proxy, serverless-offline: not installed; `npm run bench -- lambda --install-peers`'
        : `Lambda proxy, ratio of medians: ${(median(node.rates) / median(offline.rates)).toFixed(1)} × serverless-offline; ` +
          `of CPU: ${(median(offline.cpu) / median(node.cpu)).toFixed(1)} ×`
    return [...targets.map(line), ratio, `Lambda proxy, failed: ${failures}`]
  } finally {
    await peer?.stop()
    await gateway.stop()
  }
}

function target(name: string, pid: number, url: string): Target {
  return { name, pid, url, rates: [], cpu: [], hostCpu: [] }
}

/** Creates the function `hello` of a language and an API for it; gives its URL. */
async function deployHello(
  gateway: RunningGateway,
  runtime: Runtime,
  file: string,
  code: string,
): Promise<string> {
  const { FunctionArn } = await gateway.lambda.send(
    new CreateFunctionCommand({
      FunctionName: `hello-${file.replace('.', '-')}`,
      Runtime: runtime,
      Handler: 'index.hello',
      Role: 'arn:aws:iam::000000000000:role/bench',
      Code: { ZipFile: zip([{ name: file, bytes: Buffer.from(code), mode: 0o644 }]) },
    }),
  )
  const id = await deploy(gateway.apigateway, functionApi(FunctionArn as string))
  return `${gateway.url}/_aws/execute-api/${id}/b/hello`
}

function line({ name, rates, cpu, hostCpu }: Target): string {
  const [all, host] = [median(cpu), median(hostCpu)]
  return (
    `Lambda proxy, ${name}: ${spread(rates, 0, 'requests/s')}, ${all.toFixed(0)} µs CPU/request ` +
    `(${host.toFixed(0)} in the host, ${(all - host).toFixed(0)} in its other processes)`
  )
}
