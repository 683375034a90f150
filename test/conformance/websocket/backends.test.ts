import { afterAll, beforeAll, expect, test } from 'bun:test'
import { compileWebSocketApi } from '#compiler/compile-websocket-api.ts'
import { TargetGroup } from '#data-plane/targets/target-group.ts'
import { newPass } from '#server/explain/explain-pass.ts'
import { EXPLAIN_FIELD } from '#server/explain/explainer.ts'
import { startBackend, type Backend } from '../rest/support/backend.ts'
import { LocalFunctions, returning } from '../rest/support/functions.ts'
import { hostOf, startHouse, type House } from '../rest/support/house.ts'
import { FrameClient } from './support/client.ts'
import { defineWebSocketApi, STAGE, toFunction, type RouteDefinition } from './support/definition.ts'

// Messages to AWS services and through VPC links; handshakes that are explained.

let house: House
let backend: Backend
const groups = new Map<string, TargetGroup>()

beforeAll(async () => {
  backend = await startBackend()
  house = await startHouse({
    aws: {
      environment: { AWS_ENDPOINT_URL: `http://127.0.0.1:${backend.port}` },
      own: async () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret' }),
    },
    targets: { find: (names) => groups.get(names.find((name) => groups.has(name)) ?? '') },
  })
  groups.set(
    'link',
    new TargetGroup({
      name: 'link',
      targets: [{ address: `127.0.0.1:${backend.port}`, weight: 1 }],
      connectTimeoutMs: 1000,
    }),
  )
})
afterAll(async () => {
  await house.stop()
  await backend.stop()
})

async function ended(): Promise<void> {
  while (house.connections.size > 0) await new Promise((resolve) => setImmediate(resolve))
  await house.connections.settled()
}

/** What one message is answered. */
async function answerTo(route: RouteDefinition, message: string): Promise<string> {
  backend.received.length = 0
  const { snapshot, stage } = defineWebSocketApi('backed', {
    routes: { $default: { ...route, twoWay: true } },
  })
  const { plan, diagnostics } = compileWebSocketApi(snapshot, stage)
  expect(diagnostics).toEqual([])
  house.planTable.swap(plan)
  const client = await FrameClient.open(house.port, `/${STAGE}`, { Host: hostOf('backed') })
  await client.send(`text ${message}`)
  const answer = await client.next()
  client.finish('RST')
  await ended()
  return answer
}

test('AWS: an action of a service, signed', async () => {
  backend.answer = { body: '{"SequenceNumber":"1"}', headers: ['Content-Type', 'application/json'] }
  const answer = await answerTo(
    {
      integration: {
        integrationType: 'AWS',
        integrationMethod: 'POST',
        integrationUri: 'arn:aws:apigateway:us-west-2:kinesis:action/PutRecord',
        requestParameters: { 'integration.request.header.X-Own': 'route.request.body.own' },
        requestTemplates: { $default: '{"StreamName":"s","Data":"$util.base64Encode($input.body)"}' },
        integrationResponses: {
          $default: { responseTemplates: { $default: "n=$input.path('$.SequenceNumber')" } },
        },
      },
    },
    '{"own":"o"}',
  )
  expect(answer).toBe('text n=1')
  const [got] = backend.received
  const headers = got?.headers ?? []
  expect(got?.body).toBe('{"StreamName":"s","Data":"eyJvd24iOiJvIn0="}')
  expect(headers).toContain('X-Own: o')
  expect(headers).toContain(
    'X-Amz-Source-Arn: arn:aws:execute-api:us-east-1:123456789012:backed/prod/$default',
  )
  expect(headers.some((line) => line.includes('/us-west-2/kinesis/aws4_request'))).toBe(true)
})

for (const integrationType of ['HTTP', 'HTTP_PROXY'] as const) {
  test(`${integrationType} through a VPC link`, async () => {
    backend.answer = { body: 'private' }
    const integration = {
      integrationType,
      integrationMethod: 'PUT',
      integrationUri: 'http://inside.example/in',
      connectionType: 'VPC_LINK',
      connectionId: 'link',
    } as const
    expect(await answerTo({ integration }, 'hello')).toBe('text private')
    expect(backend.received).toMatchObject([{ method: 'PUT', target: '/in', body: 'hello' }])
    expect(backend.received[0]?.headers).toContain('Host: inside.example')
  })
}

test('a handshake that is explained opens no connection, and what it began is ended', async () => {
  const functions = new LocalFunctions({ f: returning({ statusCode: 200 }) })
  house.functions = functions
  const { snapshot, stage } = defineWebSocketApi('told', {
    routes: { $connect: toFunction('f'), $disconnect: toFunction('f') },
  })
  house.planTable.swap(compileWebSocketApi(snapshot, stage).plan)
  const { token, pass } = newPass(Date.now(), 60)
  house.explainer.allow(pass)
  const client = await FrameClient.open(house.port, `/${STAGE}`, {
    Host: hostOf('told'),
    [EXPLAIN_FIELD]: token,
  })
  expect(client.status).toBe(200)
  expect(client.body).toContain('"WebSocket handshake"')
  await ended()
  const types = functions.calls.map(({ payload }) => {
    const { requestContext } = JSON.parse(Buffer.from(payload).toString()) as {
      requestContext: { eventType: string }
    }
    return requestContext.eventType
  })
  expect(types).toEqual(['CONNECT', 'DISCONNECT'])
  client.finish('RST')
})
