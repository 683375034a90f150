import { afterAll, beforeAll, expect, test } from 'bun:test'
import { compile } from '#compiler/compile.ts'
import type { CanarySettings } from '#model/rest-api.ts'
import { randomNumbers } from '../../support/random-numbers.ts'
import { define, mock, type ApiDefinition } from './support/definition.ts'
import { startHouse, type House } from './support/house.ts'

let house: House
let draw: () => number

beforeAll(async () => {
  house = await startHouse({ random: () => draw() })
})

afterAll(() => house.stop())

/** A stage whose deployment and canary show which of them answered, and with what. */
function deploy(apiId: string, canary: Partial<CanarySettings>): void {
  const answering = (name: string): ApiDefinition => ({
    paths: {
      '/x': {
        GET: { integration: mock(`${name} $context.isCanaryRequest $stageVariables.v $stageVariables.n`) },
      },
      ...(name === 'canary' ? { '/new': { GET: { integration: mock('new') } } } : {}),
    },
    variables: { v: 'base' },
    gatewayResponses: [
      {
        responseType: 'DEFAULT_4XX',
        responseTemplates: { 'application/json': `${name} $context.isCanaryRequest` },
      },
    ],
  })
  const { snapshot, stage } = define(apiId, answering('base'))
  const canarySettings = { deploymentId: 'dep002', percentTraffic: 0, useStageCache: false, ...canary }
  const { plan, diagnostics } = compile(
    snapshot,
    { ...stage, canarySettings },
    { canary: define(apiId, answering('canary')).snapshot },
  )
  expect(diagnostics).toEqual([])
  house.planTable.swap(plan)
}

const bodyOf = async (api: string, target: string): Promise<string> =>
  (await house.send(api, { target })).body

test('a draw below the share of the traffic is for the canary, whole: routes, variables, gateway responses', async () => {
  deploy('one', { percentTraffic: 25, stageVariableOverrides: { v: 'canary', n: 'new' } })
  draw = () => 0.2499
  expect(await bodyOf('one', '/x')).toBe('canary true canary new')
  expect(await bodyOf('one', '/new')).toBe('new')
  expect(await bodyOf('one', '/none')).toBe('canary true')
  draw = () => 0.25
  expect(await bodyOf('one', '/x')).toBe('base false base ')
  expect(await bodyOf('one', '/new')).toBe('base false')
})

test('no traffic and all of it', async () => {
  deploy('ends', { percentTraffic: 0 })
  draw = () => 0
  expect(await bodyOf('ends', '/x')).toStartWith('base')
  deploy('ends', { percentTraffic: 100 })
  draw = () => 0.999999
  expect(await bodyOf('ends', '/x')).toStartWith('canary')
})

test('requests are shared out one by one, in about the ratio', async () => {
  deploy('ratio', { percentTraffic: 30 })
  draw = randomNumbers(1)
  const answers: string[] = []
  for (let i = 0; i < 200; i++) answers.push(await bodyOf('ratio', '/x'))
  const canaries = answers.filter((body) => body.startsWith('canary')).length
  expect(canaries).toBeGreaterThan(40)
  expect(canaries).toBeLessThan(80)
})

test('a canary whose deployment cannot be read is told, and the stage serves', async () => {
  const { snapshot, stage } = define('lost', { paths: { '/x': { GET: { integration: mock('base') } } } })
  const canarySettings = { deploymentId: 'dep002', percentTraffic: 100, useStageCache: false }
  const { plan, diagnostics } = compile(snapshot, { ...stage, canarySettings })
  expect(diagnostics).toEqual([
    { severity: 'error', message: 'the deployment dep002 of the canary cannot be read: it has no traffic' },
  ])
  house.planTable.swap(plan)
  draw = () => 0
  expect(await bodyOf('lost', '/x')).toBe('base')
})

test('a stage without a canary has no $context.isCanaryRequest and draws nothing', async () => {
  house.deploy('plain', { paths: { '/x': { GET: { integration: mock('[$!context.isCanaryRequest]') } } } })
  draw = () => {
    throw new Error('drawn')
  }
  expect(await bodyOf('plain', '/x')).toBe('[]')
})
