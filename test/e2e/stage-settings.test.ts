import { afterAll, beforeAll, expect, test } from 'bun:test'
import { endGateways } from '../support/gateway-process.ts'
import { startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

let gateway: WorkerGateway

beforeAll(async () => {
  gateway = await startWorkerGateway(2)
})

afterAll(endGateways)

const mock = (body: string): object => ({
  type: 'mock',
  requestTemplates: { 'application/json': '{"statusCode": 200}' },
  responses: { default: { statusCode: '200', responseTemplates: { 'application/json': body } } },
})

/** A method, path and body of the control plane. */
const call = (method: string, path: string, body?: object): Promise<unknown> =>
  gateway.caller.call('apigateway', method, path, body)

/** Over connections of their own, which the workers share out among them. */
const answers = async (url: string, count = 12): Promise<readonly string[]> => {
  const bodies = Array.from({ length: count }, async () => {
    const answer = await fetch(url, { headers: { connection: 'close' } })
    return answer.text()
  })
  return [...new Set(await Promise.all(bodies))].sort()
}

test('a gateway response that was put serves from the next deployment on', async () => {
  const apiId = await gateway.deploy(mock('here'))
  await call('PUT', `/restapis/${apiId}/gatewayresponses/MISSING_AUTHENTICATION_TOKEN`, {
    statusCode: '404',
    responseTemplates: { 'application/json': 'no $context.path' },
  })
  const missing = `${gateway.urlOf(apiId)}none`
  expect((await fetch(missing)).status).toBe(403)
  await call('POST', `/restapis/${apiId}/deployments`, { stageName: 'dev' })
  expect((await fetch(missing)).status).toBe(404)
  expect(await answers(missing)).toEqual(['no /dev/none'])
})

test('a canary serves in every worker as soon as it is acknowledged, and no more once it is removed', async () => {
  const apiId = await gateway.deploy(mock('$stageVariables.v'))
  const stage = `/restapis/${apiId}/stages/dev`
  const patch = (...patchOperations: object[]): Promise<unknown> => call('PATCH', stage, { patchOperations })
  await patch({ op: 'replace', path: '/variables/v', value: 'base' })
  expect(await answers(gateway.urlOf(apiId))).toEqual(['base'])
  await call('POST', `/restapis/${apiId}/deployments`, {
    stageName: 'dev',
    canarySettings: { percentTraffic: 100, stageVariableOverrides: { v: 'canary' } },
  })
  expect(await answers(gateway.urlOf(apiId))).toEqual(['canary'])
  await patch({ op: 'remove', path: '/canarySettings' })
  expect(await answers(gateway.urlOf(apiId))).toEqual(['base'])
})
