import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import {
  endGateways,
  runGatehouse,
  startGatewayProcess,
  type GatewayProcess,
} from '../support/gateway-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-usage-'))
afterAll(async () => {
  await endGateways()
  rmSync(folder, { recursive: true })
})

const DOCUMENT = {
  openapi: '3.0.1',
  info: { title: 'metered', version: '1' },
  paths: {
    '/': {
      get: {
        security: [{ key: [] }],
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode": 200}' },
          responses: {
            default: {
              statusCode: '200',
              responseTemplates: { 'application/json': '$context.identity.apiKeyId' },
            },
          },
        },
      },
    },
  },
  components: { securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } } },
}

class Client {
  readonly caller: AwsCaller
  readonly url: string

  constructor({ url }: GatewayProcess) {
    this.url = url
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    this.caller = createAwsCaller({ endpoint: url, region: 'us-east-1', credentials })
  }

  call<T>(method: string, path: string, body?: object): Promise<T> {
    return this.caller.call('apigateway', method, path, body) as Promise<T>
  }

  async deploy(): Promise<string> {
    const { id } = await this.call<{ id: string }>('POST', '/restapis?mode=import', DOCUMENT)
    await this.call('POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
    return id
  }

  async plan(apiId: string, more: object = {}): Promise<string> {
    const apiStages = [{ apiId, stage: 'dev' }]
    return (await this.call<{ id: string }>('POST', '/usageplans', { name: 'plan', apiStages, ...more })).id
  }

  async key(planId: string, value: string): Promise<string> {
    const { id } = await this.call<{ id: string }>('POST', '/apikeys', { name: 'k', value, enabled: true })
    await this.call('POST', `/usageplans/${planId}/keys`, { keyId: id, keyType: 'API_KEY' })
    return id
  }

  async get(apiId: string, key?: string): Promise<{ status: number; body: string }> {
    const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key }
    // Connections of their own: every worker is asked.
    const response = await fetch(`${this.url}/_aws/execute-api/${apiId}/dev/`, {
      headers: { ...headers, Connection: 'close' },
    })
    return { status: response.status, body: await response.text() }
  }

  async statuses(times: number, apiId: string, key?: string): Promise<number[]> {
    const answers = await Promise.all(Array.from({ length: times }, () => this.get(apiId, key)))
    return [...new Set(answers.map(({ status }) => status))].sort((a, b) => a - b)
  }

  async used(planId: string, keyId: string): Promise<number[] | undefined> {
    const day = new Date().toISOString().slice(0, 10)
    const { values } = await this.call<{ values: Record<string, number[][]> }>(
      'GET',
      `/usageplans/${planId}/usage?startDate=${day}&endDate=${day}`,
    )
    return values[keyId]?.[0]
  }
}

const ONE = 'abcdefghijklmnopqrst-one'
const TWO = 'abcdefghijklmnopqrst-two'

for (const workers of [1, 2]) {
  describe(`${workers} process${workers === 1 ? '' : 'es'}`, () => {
    const start = async (dataDir: string): Promise<[Client, GatewayProcess]> => {
      const gateway = await startGatewayProcess({
        arguments: ['--workers', String(workers), '--data-dir', dataDir],
      })
      return [new Client(gateway), gateway]
    }

    test('keys are let in, and out, as soon as that was acknowledged', async () => {
      const [client, gateway] = await start(':memory:')
      const apiId = await client.deploy()
      expect(await client.get(apiId)).toEqual({ status: 403, body: '{"message":"Forbidden"}' })
      const planId = await client.plan(apiId)
      const one = await client.key(planId, ONE)
      expect(await client.get(apiId, ONE)).toEqual({ status: 200, body: one })
      expect(await client.statuses(6, apiId, ONE)).toEqual([200])
      expect(await client.statuses(6, apiId, TWO)).toEqual([403])
      const enable = (value: string): Promise<unknown> =>
        client.call('PATCH', `/apikeys/${one}`, {
          patchOperations: [{ op: 'replace', path: '/enabled', value }],
        })
      for (let i = 0; i < 3; i++) {
        await enable('false')
        expect(await client.statuses(6, apiId, ONE)).toEqual([403])
        await enable('true')
        expect(await client.statuses(6, apiId, ONE)).toEqual([200])
      }
      expect(await client.used(planId, one)).toEqual([25])
      // Rotated: a new key, then the old one goes.
      const two = await client.key(planId, TWO)
      await client.call('DELETE', `/apikeys/${one}`)
      expect(await client.statuses(6, apiId, ONE)).toEqual([403])
      expect(await client.get(apiId, TWO)).toEqual({ status: 200, body: two })
      await client.call('DELETE', `/usageplans/${planId}/keys/${two}`)
      expect(await client.statuses(6, apiId, TWO)).toEqual([403])
      await client.call('POST', `/usageplans/${planId}/keys`, { keyId: two, keyType: 'API_KEY' })
      expect(await client.statuses(6, apiId, TWO)).toEqual([200])
      expect(await client.used(planId, two)).toEqual([7])
      const stage = { op: 'remove', path: '/apiStages', value: `${apiId}:dev` }
      await client.call('PATCH', `/usageplans/${planId}`, { patchOperations: [stage] })
      expect(await client.statuses(6, apiId, TWO)).toEqual([403])
      await gateway.stop()
    })

    test('a quota is exact, is extended and changed while served, and outlives a restart', async () => {
      const dataDir = join(folder, `restart-${workers}`)
      const [client, gateway] = await start(dataDir)
      const apiId = await client.deploy()
      const planId = await client.plan(apiId, { quota: { limit: 40, period: 'MONTH' } })
      const keyId = await client.key(planId, ONE)
      const answers = await Promise.all(Array.from({ length: 60 }, () => client.get(apiId, ONE)))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(40)
      expect(answers.find(({ status }) => status !== 200)).toEqual({
        status: 429,
        body: '{"message":"Limit Exceeded"}',
      })
      expect(await client.used(planId, keyId)).toEqual([40, 0])
      const remaining = { op: 'replace', path: '/remaining', value: '5' }
      await client.call('PATCH', `/usageplans/${planId}/keys/${keyId}/usage`, {
        patchOperations: [remaining],
      })
      expect(await client.statuses(5, apiId, ONE)).toEqual([200])
      expect(await client.statuses(2, apiId, ONE)).toEqual([429])
      const quota = [{ op: 'replace', path: '/quota/limit', value: '50' }]
      await client.call('PATCH', `/usageplans/${planId}`, { patchOperations: quota })
      expect(await client.statuses(2, apiId, ONE)).toEqual([429])
      await client.call('PATCH', `/usageplans/${planId}/keys/${keyId}/usage`, {
        patchOperations: [{ ...remaining, value: '3' }],
      })
      expect(await client.get(apiId, ONE)).toMatchObject({ status: 200 })
      await gateway.stop()

      const [again, second] = await start(dataDir)
      expect(await again.used(planId, keyId)).toEqual([46, 2])
      expect(await again.statuses(2, apiId, ONE)).toEqual([200])
      expect(await again.statuses(2, apiId, ONE)).toEqual([429])
      expect(await again.used(planId, keyId)).toEqual([48, 0])
      await second.stop()
    })
  })
}

test('gatehouse usage tells what keys have used, for people, programs and spreadsheets', async () => {
  const gateway = await startGatewayProcess()
  const client = new Client(gateway)
  const apiId = await client.deploy()
  const planId = await client.plan(apiId, { quota: { limit: 100, period: 'DAY' } })
  const keyId = await client.key(planId, ONE)
  const patchOperations = [{ op: 'replace', path: '/name', value: '=1+1,"x"' }]
  await client.call('PATCH', `/apikeys/${keyId}`, { patchOperations })
  expect(await client.statuses(3, apiId, ONE)).toEqual([200])
  const today = new Date().toISOString().slice(0, 10)
  const run = async (...words: string[]): Promise<{ code: number; output: string; errors: string }> => {
    const process = runGatehouse(['usage', ...words, '--endpoint', gateway.url])
    return { code: await process.ended(), output: process.output(), errors: process.errors() }
  }
  const table = await run()
  expect(table.output).toMatch(
    new RegExp(`^PLAN +KEY +NAME +CUSTOMER +REQUESTS +REMAINING\nplan +${keyId} +=1\\+1,"x" +3 +97\n$`),
  )
  expect((await run(planId, '--from', today, '--csv')).output).toBe(
    `planId,planName,keyId,keyName,customerId,date,requests,remaining\n${planId},plan,${keyId},"'=1+1,""x""",,${today},3,97\n`,
  )
  expect(JSON.parse((await run(planId, '--from', today, '--to', today, '--json')).output)).toEqual([
    {
      planId,
      planName: 'plan',
      keyId,
      keyName: '=1+1,"x"',
      customerId: '',
      date: today,
      requests: 3,
      remaining: 97,
    },
  ])
  const prices = join(folder, 'prices.yaml')
  writeFileSync(
    prices,
    'currency: EUR\nplans:\n  plan: {base: 10, tiers: [{upTo: 2, price: 0.25}, {price: 0.1}]}\n',
  )
  expect((await run('--prices', prices, '--from', today, '--to', today, '--csv')).output).toBe(
    'planId,planName,keyId,keyName,customerId,from,to,requests,cost,currency\n' +
      `${planId},plan,${keyId},"'=1+1,""x""",,${today},${today},3,10.60,EUR\n`,
  )
  expect((await run('--prices', prices)).output).toMatch(/ REQUESTS +COST\nplan .* 3 +10\.60 EUR\n$/)
  writeFileSync(prices, 'default: {price: -1}')
  expect(await run('--prices', prices)).toMatchObject({
    code: 1,
    errors: `gatehouse: ${prices}: default.price: expected an amount such as 3.5, at most 9 digits after the point, found -1\n`,
  })
  expect(table.output).not.toContain(ONE)
  expect(await run('--from', 'monday')).toMatchObject({
    code: 2,
    errors: 'gatehouse: --from: expected a date such as 2026-11-21, found monday\n',
  })
  expect(await run('nosuch')).toMatchObject({
    code: 1,
    errors: 'gatehouse: Invalid Usage Plan ID specified\n',
  })
  await gateway.stop()
})
