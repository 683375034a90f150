import { CreateDeploymentCommand } from '@aws-sdk/client-api-gateway'
import { deploy, mockApi, replace } from './support/apis.ts'
import { startGateway } from './support/gateway.ts'
import { load, loadToolFound } from './support/load.ts'
import { spread } from './support/stats.ts'

const RESOURCES = 300
const ROUNDS = 20
const LOAD_SECONDS = 10

/** From sending CreateDeployment to the new answer being served; and deploying under load. */
export async function run(): Promise<string[]> {
  const gateway = await startGateway()
  try {
    const id = await deploy(gateway.apigateway, mockApi('deploy', RESOURCES, 'v0'))
    const url = `${gateway.url}/_aws/execute-api/${id}/b/r${RESOURCES - 1}`
    const times: number[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      await replace(gateway.apigateway, id, mockApi('deploy', RESOURCES, `v${round}`))
      const begun = performance.now()
      await gateway.apigateway.send(new CreateDeploymentCommand({ restApiId: id, stageName: 'b' }))
      while (!(await (await fetch(url)).text()).includes(`"v${round}"`)) await Bun.sleep(0)
      times.push(performance.now() - begun)
    }
    const lines = [`create-deployment to served, ${RESOURCES} resources: ${spread(times, 1, 'ms')}`]
    if (!loadToolFound()) return [...lines, 'deploying under load: needs wrk; not found']

    const loading = load(url, gateway.pid, { connections: 16, seconds: LOAD_SECONDS })
    let finished = false
    void loading.finally(() => (finished = true))
    let deployments = 0
    while (!finished) {
      await gateway.apigateway.send(new CreateDeploymentCommand({ restApiId: id, stageName: 'b' }))
      deployments++
    }
    const { requests, failures } = await loading
    return [
      ...lines,
      `deploying under load: ${deployments} deployments, ${requests} requests, ${failures} failed`,
    ]
  } finally {
    await gateway.stop()
  }
}
