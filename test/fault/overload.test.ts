import { afterEach, expect, test } from 'bun:test'
import { Agent, get } from 'node:http'
import { createAwsCaller } from '#aws/client.ts'
import { endGateways, startGatewayProcess } from '../support/gateway-process.ts'

// What becomes of requests when more come than a process can answer.

/** Some milliseconds of one core. */
const TEMPLATE =
  '#set($n = 0)#foreach($i in [1..300])#foreach($j in [1..300])#set($n = $n + $j)#end#end{"n": $n}'
const CLIENTS = 150
const OVERLOAD_MS_MAX = 50_000

afterEach(() => endGateways())

for (const workers of [1, 2]) {
  test(`with ${workers} of them: some are answered 503, health and the control plane are there, and then all is well`, async () => {
    const gateway = await startGatewayProcess({
      arguments: ['--limit', 'waitMs=50', '--workers', String(workers)],
    })
    const caller = createAwsCaller({
      endpoint: gateway.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    const integration = {
      type: 'mock',
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
      responses: { default: { statusCode: '200', responseTemplates: { 'application/json': TEMPLATE } } },
    }
    const paths = {
      '/': { get: { responses: { 200: {} }, 'x-amazon-apigateway-integration': integration } },
    }
    const document = { openapi: '3.0.1', info: { title: 'dear', version: '1' }, paths }
    const api = (await caller.call('apigateway', 'POST', '/restapis?mode=import', document)) as {
      id: string
    }
    await caller.call('apigateway', 'POST', `/restapis/${api.id}/deployments`, { stageName: 'dev' })
    const url = `${gateway.url}/_aws/execute-api/${api.id}/dev/`

    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
    const own = new Agent({ keepAlive: true })
    const counts = new Map<number, number>()
    let retryAfter: string | undefined
    const enough = Promise.withResolvers<void>()
    let isOver = false
    const client = async (): Promise<void> => {
      while (!isOver) {
        const { status, headers } = await ask(url, agent)
        counts.set(status, (counts.get(status) ?? 0) + 1)
        if (status !== 503) continue
        retryAfter = headers['retry-after']
        enough.resolve()
      }
    }
    const late = setTimeout(() => enough.reject(new Error('nobody was turned away')), OVERLOAD_MS_MAX)
    try {
      const clients = Array.from({ length: CLIENTS }, () => client())
      await enough.promise
      for (let i = 0; i < 5; i++) {
        expect((await ask(`${gateway.url}/_gatehouse/health`, own)).status).toBe(200)
      }
      expect(await caller.call('apigateway', 'GET', '/restapis')).toMatchObject({ item: [{ id: api.id }] })
      isOver = true
      await Promise.all(clients)
      expect(new Set(counts.keys())).toEqual(new Set([200, 503]))
      expect(retryAfter).toBe('1')
      let refused = counts.get(503) ?? 0
      // In a row: a machine that others keep busy may be slow for a moment.
      for (let well = 0; well < 20;) {
        const isWell = (await ask(url, agent)).status === 200
        if (!isWell) refused++
        well = isWell ? well + 1 : 0
      }
      // Of all workers, as they last told.
      const turnedAway = async (): Promise<unknown> => {
        const health = (await (await fetch(`${gateway.url}/_gatehouse/health`)).json()) as object
        return 'turnedAway' in health && health.turnedAway
      }
      while ((await turnedAway()) !== refused) await Bun.sleep(20)
    } finally {
      clearTimeout(late)
      isOver = true
      agent.destroy()
      own.destroy()
    }
  })
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
}

function ask(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume()
      const headers = response.headers as Answer['headers']
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers }))
      response.on('error', reject)
    }).on('error', reject)
  })
}
