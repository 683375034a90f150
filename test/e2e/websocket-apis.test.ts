import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { dirname, join } from 'node:path'
import type { WebSocket as NpmWebSocket } from 'ws'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// A WebSocket API from its making to its clients, over the wire, with one process and with workers.

/** Bun has a module of its own for the name `ws`; this is the package. */
const { WebSocket: NpmClient } = (await import(
  join(dirname(Bun.resolveSync('ws/package.json', import.meta.dir)), 'wrapper.mjs')
)) as { WebSocket: typeof NpmWebSocket }

const region = 'us-east-1'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const DOMAIN = 'ws.example.com'
const KEY = 'a key of enough characters'
/** Enough new connections that each worker has had some. */
const CLIENTS = 8

/** Lets in who has a name; answers what it is told. */
const CODE = `exports.handler = async ({ requestContext: { eventType, connectionId }, queryStringParameters, body }) => {
  if (eventType === 'CONNECT') return { statusCode: queryStringParameters?.name === undefined ? 401 : 200 }
  return { statusCode: 200, body: eventType + ' ' + connectionId.length + ' ' + body }
}`

for (const workers of ['1', '2']) {
  describe(`${workers} process(es)`, () => {
    let gateway: GatewayProcess
    let caller: AwsCaller
    let apiId: string

    const call = <T>(method: string, path: string, body?: object): Promise<T> =>
      caller.call('apigateway', method, path, body) as Promise<T>

    beforeAll(async () => {
      gateway = await startGatewayProcess({ arguments: ['--workers', workers] })
      caller = createAwsCaller({ endpoint: gateway.url, region, credentials })
      const lambda = new LambdaClient({ endpoint: gateway.url, region, credentials })
      const { FunctionArn } = await lambda.send(
        new CreateFunctionCommand({
          FunctionName: 'chat',
          Runtime: 'nodejs20.x',
          Handler: 'index.handler',
          Role: 'arn:aws:iam::000000000000:role/r',
          Code: { ZipFile: zipOf({ 'index.js': CODE }) },
        }),
      )
      lambda.destroy()
      ;({ apiId } = await call<{ apiId: string }>('POST', '/v2/apis', {
        name: 'chat',
        protocolType: 'WEBSOCKET',
        routeSelectionExpression: '$request.body.action',
      }))
      const uri = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`
      const integration = await make('integrations', { integrationType: 'AWS_PROXY', integrationUri: uri })
      await route('$connect', integration)
      await route('$disconnect', integration)
      await route('$default', integration, true)
      const mock = await make('integrations', {
        integrationType: 'MOCK',
        requestTemplates: { $default: '{"statusCode":200}' },
      })
      await call('POST', `/v2/apis/${apiId}/integrations/${mock}/integrationresponses`, {
        integrationResponseKey: '$default',
        responseTemplates: { $default: '$context.connectionId' },
      })
      await route('whoami', mock, true)
      const { deploymentId } = await call<{ deploymentId: string }>(
        'POST',
        `/v2/apis/${apiId}/deployments`,
        {},
      )
      await call('POST', `/v2/apis/${apiId}/stages`, { stageName: 'prod', deploymentId })
    }, 60_000)
    afterAll(endGateways)

    async function make(what: string, body: object): Promise<string> {
      const made = await call<Record<string, string>>('POST', `/v2/apis/${apiId}/${what}`, body)
      return made['integrationId'] ?? made['routeId'] ?? ''
    }

    async function route(routeKey: string, integration: string, twoWay: boolean = false): Promise<void> {
      const selection = twoWay ? { routeResponseSelectionExpression: '$default' } : {}
      const id = await make('routes', { routeKey, target: `integrations/${integration}`, ...selection })
      if (!twoWay) return
      await call('POST', `/v2/apis/${apiId}/routes/${id}/routeresponses`, { routeResponseKey: '$default' })
    }

    /** The answers to messages, one after the other; or why there was no connection. */
    async function talk(
      target: string,
      headers: Readonly<Record<string, string>>,
      messages: readonly string[],
    ): Promise<string[]> {
      const client = new NpmClient(`${gateway.url.replace('http', 'ws')}${target}`, { headers })
      const answers: string[] = []
      const { promise, resolve } = Promise.withResolvers<string[]>()
      const next = (): void => {
        const message = messages[answers.length]
        if (message === undefined) client.close(1000, 'done')
        else client.send(message)
      }
      client.on('open', next)
      client.on('message', (data: Buffer) => {
        answers.push(data.toString())
        next()
      })
      client.on('error', (error) => resolve([error.message]))
      client.on('close', (code) => resolve([...answers, String(code)]))
      return promise
    }

    const PATH = (): string => `/_aws/execute-api/${apiId}/prod`

    test('every client is served, whichever worker has it', async () => {
      const talks = Array.from({ length: CLIENTS }, () =>
        talk(`${PATH()}?name=me`, {}, ['hello', '{"action":"whoami"}', '{"action":"none"}']),
      )
      for (const answers of await Promise.all(talks)) {
        expect(answers).toEqual([
          'MESSAGE 16 hello',
          expect.stringMatching(/^[\w-]{15}=$/) as unknown as string,
          'MESSAGE 16 {"action":"none"}',
          '1000',
        ])
      }
    }, 60_000)

    test('the function refuses a handshake', async () => {
      expect(await talk(PATH(), {}, [])).toEqual(['Unexpected server response: 401'])
    })

    test('by the API’s host name, and by Bun’s client', async () => {
      const client = new WebSocket(`${gateway.url.replace('http', 'ws')}/prod?name=me`, {
        headers: { Host: `${apiId}.execute-api.${region}.amazonaws.com` },
      } as unknown as string[])
      const { promise, resolve } = Promise.withResolvers<string>()
      client.onopen = () => client.send('{"action":"whoami"}')
      client.onmessage = ({ data }) => resolve(String(data))
      expect(await promise).toMatch(/^[\w-]{15}=$/)
      client.close()
    })

    test('by a custom domain name', async () => {
      const domainNameConfigurations = [
        { certificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/none' },
      ]
      await call('POST', '/v2/domainnames', { domainName: DOMAIN, domainNameConfigurations })
      const { apiMappingId } = await call<{ apiMappingId: string }>(
        'POST',
        `/v2/domainnames/${DOMAIN}/apimappings`,
        { apiId, stage: 'prod' },
      )
      const headers = { Host: DOMAIN }
      expect(await talk('/?name=me', headers, ['x'])).toEqual(['MESSAGE 16 x', '1000'])
      await call('PATCH', `/v2/domainnames/${DOMAIN}/apimappings/${apiMappingId}`, {
        apiId,
        apiMappingKey: 'chat',
      })
      expect(await talk('/chat?name=me', headers, ['x'])).toEqual(['MESSAGE 16 x', '1000'])
    })

    test('who may connect', async () => {
      expect(await whoCan()).toMatchObject({
        decision: 'allow',
        method: { apiId, resourcePath: '$connect', authorizationType: 'NONE' },
        resource: expect.stringContaining(`:${apiId}/prod/$connect`) as unknown as string,
      })
    })

    async function whoCan(): Promise<unknown> {
      const url = `${gateway.url}${PATH()}`
      const response = await fetch(`${gateway.url}/_gatehouse/who-can`, {
        method: 'POST',
        body: JSON.stringify({ method: 'GET', url }),
      })
      return response.json()
    }

    test('an API key of a usage plan', async () => {
      const { items } = await call<{ items: { routeId: string; routeKey: string }[] }>(
        'GET',
        `/v2/apis/${apiId}/routes`,
      )
      const connect = items.find(({ routeKey }) => routeKey === '$connect')?.routeId
      const { id: planId } = await call<{ id: string }>('POST', '/usageplans', {
        name: 'plan',
        apiStages: [{ apiId, stage: 'prod' }],
      })
      const { id: keyId } = await call<{ id: string }>('POST', '/apikeys', {
        name: 'k',
        value: KEY,
        enabled: true,
      })
      await call('POST', `/usageplans/${planId}/keys`, { keyId, keyType: 'API_KEY' })
      await call('PATCH', `/v2/apis/${apiId}/routes/${connect}`, { apiKeyRequired: true })
      const { deploymentId } = await call<{ deploymentId: string }>(
        'POST',
        `/v2/apis/${apiId}/deployments`,
        {},
      )
      await call('PATCH', `/v2/apis/${apiId}/stages/prod`, { deploymentId })
      // Workers tell what they have counted with each order that they carry out.
      const health = (await (await fetch(`${gateway.url}/_gatehouse/health`)).json()) as {
        webSockets: { connects: number; messages: number }
      }
      expect(health.webSockets.connects).toBeGreaterThanOrEqual(CLIENTS)
      expect(health.webSockets.messages).toBeGreaterThanOrEqual(3 * CLIENTS)
      const target = `${PATH()}?name=me`
      expect(await talk(target, {}, ['x'])).toEqual(['Unexpected server response: 403'])
      expect(await talk(target, { 'x-api-key': KEY }, ['x'])).toEqual(['MESSAGE 16 x', '1000'])
      expect(await whoCan()).toMatchObject({ decision: 'allow', needs: ['an API key'] })
    })

    test('clients are told when the gateway stops', async () => {
      const headers = { 'x-api-key': KEY }
      const client = new NpmClient(`${gateway.url.replace('http', 'ws')}${PATH()}?name=me`, { headers })
      await new Promise((resolve) => client.on('open', resolve))
      const closed = new Promise((resolve) => client.on('close', resolve))
      expect(await gateway.stop()).toBe(0)
      expect(await closed).toBe(1001)
    })
  })
}
