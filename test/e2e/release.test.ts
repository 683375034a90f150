import { afterEach, expect, test } from 'bun:test'
import { endGateways } from '../support/gateway-process.ts'
import { mock, startWorkerGateway } from '../support/worker-gateway.ts'

afterEach(endGateways)

/** Clients that ask one after the other, on connections that they keep. */
const CLIENTS = 8

test('canaries, promotions and switches of a stage under load drop no request and mix none', async () => {
  const gateway = await startWorkerGateway(2)
  const version = (name: string): object => mock(`${name} $context.deploymentId $stageVariables.v`)
  const apiId = await gateway.deploy(version('blue'))
  const call = (method: string, path: string, body?: object): Promise<unknown> =>
    gateway.caller.call('apigateway', method, `/restapis/${apiId}${path}`, body)
  const patch = (...patchOperations: object[]): Promise<unknown> =>
    call('PATCH', '/stages/dev', { patchOperations })
  const stage = (await call('GET', '/stages/dev')) as { deploymentId: string }
  const blue = `blue ${stage.deploymentId} `

  const seen = new Map<string, number>()
  const failed: string[] = []
  let over = false
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!over) {
      const answer = await fetch(gateway.urlOf(apiId))
      const text = await answer.text()
      if (answer.status !== 200) failed.push(`${answer.status} ${text}`)
      seen.set(text, (seen.get(text) ?? 0) + 1)
    }
  })
  /** What forty requests are answered. */
  const answers = async (): Promise<string[]> => {
    const texts = Array.from({ length: 40 }, async () => (await fetch(gateway.urlOf(apiId))).text())
    return [...new Set(await Promise.all(texts))].sort()
  }

  // A canary of the next version, with a variable of its own, beside the stage's version.
  await call('PUT', '?mode=overwrite', {
    openapi: '3.0.1',
    info: { title: 'release', version: '2' },
    paths: {
      '/': {
        get: {
          responses: { 200: { description: 'ok' } },
          'x-amazon-apigateway-integration': version('green'),
        },
      },
    },
  })
  const next = (await call('POST', '/deployments', {
    stageName: 'dev',
    canarySettings: { percentTraffic: 50, stageVariableOverrides: { v: 'canary' } },
  })) as { id: string }
  const canary = `green ${next.id} canary`
  expect(await answers()).toEqual([blue, canary])

  // Promotion (developer guide, "Promote a canary release"): the stage takes the canary's deployment and variables.
  await patch(
    { op: 'replace', path: '/canarySettings/percentTraffic', value: '0' },
    { op: 'copy', from: '/canarySettings/stageVariableOverrides', path: '/variables' },
    { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
  )
  expect(await answers()).toEqual([canary])
  await patch({ op: 'remove', path: '/canarySettings' })
  expect(await answers()).toEqual([canary])

  // Blue and green: the stage goes back and forth between deployments.
  const blueNow = `blue ${stage.deploymentId} canary`
  for (let round = 0; round < 5; round++) {
    await patch({ op: 'replace', path: '/deploymentId', value: stage.deploymentId })
    expect(await answers()).toEqual([blueNow])
    await patch({ op: 'replace', path: '/deploymentId', value: next.id })
    expect(await answers()).toEqual([canary])
  }
  over = true
  await Promise.all(clients)
  expect(failed).toEqual([])
  // Nothing of one version beside something of another.
  expect([...seen.keys()].sort()).toEqual([blue, blueNow, canary].sort())
  expect(await gateway.stop()).toBe(0)
}, 60_000)
