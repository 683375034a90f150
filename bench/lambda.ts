import { CreateFunctionCommand } from '@aws-sdk/client-lambda'
import { zip } from '#base/zip.ts'
import { HELLO, installPeer, peerInstalled, startPeer } from './peers/serverless-offline.ts'
import { deploy, functionApi } from './support/apis.ts'
import { startGateway } from './support/gateway.ts'
import { load, loadToolFound } from './support/load.ts'
import { median, spread } from './support/stats.ts'

const ROUNDS = 5
const SECONDS = 5
const CONNECTIONS = 16

/** Warm Lambda proxy, a Node.js hello, beside serverless-offline: requests a second, interleaved rounds. */
export async function run(options: { installPeers: boolean }): Promise<string[]> {
  if (!loadToolFound()) return ['Lambda proxy: needs wrk; not found']
  if (options.installPeers && !peerInstalled()) await installPeer()
  const gateway = await startGateway()
  const peer = peerInstalled() ? await startPeer() : undefined
  try {
    const { FunctionArn } = await gateway.lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'hello',
        Runtime: 'nodejs20.x',
        Handler: 'index.hello',
        Role: 'arn:aws:iam::000000000000:role/bench',
        Code: { ZipFile: zip([{ name: 'index.js', bytes: Buffer.from(HELLO), mode: 0o644 }]) },
      }),
    )
    const id = await deploy(gateway.apigateway, functionApi(FunctionArn as string))
    const ours = { pid: gateway.pid, url: `${gateway.url}/_aws/execute-api/${id}/b/hello` }
    const rates: Record<'ours' | 'peer', number[]> = { ours: [], peer: [] }
    const cpu: Record<'ours' | 'peer', number[]> = { ours: [], peer: [] }
    let failures = 0
    for (let round = -1; round < ROUNDS; round++) {
      for (const [name, target] of [['ours', ours] as const, ['peer', peer] as const]) {
        if (target === undefined) continue
        const result = await load(target.url, target.pid, { connections: CONNECTIONS, seconds: SECONDS })
        if (round < 0) continue // warm-up
        rates[name].push(result.requestsPerSecond)
        cpu[name].push(result.cpuUsPerRequest)
        failures += result.failures
      }
    }
    const lines = [
      `Lambda proxy, gatehouse: ${spread(rates.ours, 0, 'requests/s')}, ${median(cpu.ours).toFixed(0)} µs CPU/request with the function; failed: ${failures}`,
    ]
    if (peer === undefined) {
      return [...lines, 'Lambda proxy, serverless-offline: not installed; `npm run bench -- --install-peers`']
    }
    return [
      ...lines,
      `Lambda proxy, serverless-offline: ${spread(rates.peer, 0, 'requests/s')}, ${median(cpu.peer).toFixed(0)} µs CPU/request`,
      `Lambda proxy, ratio of medians: ${(median(rates.ours) / median(rates.peer)).toFixed(1)} × serverless-offline`,
    ]
  } finally {
    await peer?.stop()
    await gateway.stop()
  }
}
