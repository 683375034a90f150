import { afterAll, beforeAll, expect, test } from 'bun:test'
import { systemClock } from '#base/clock.ts'
import { newPass } from '#server/explain/explain-pass.ts'
import { setting } from './stage-cache.cases.ts'
import { startBackend, type Backend } from './support/backend.ts'
import { functionUri, lambdaProxy, mock, type ApiDefinition } from './support/definition.ts'
import { echo, LocalFunctions, returning } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'
import type { RawRequest } from './support/raw-http.ts'

// What owners are told: for each thing that a step can decide, the rule that decided it.

let house: House
let backend: Backend
let token: string

const SECRET = 'sesame-open-the-door'
const policy = (effect: string, principal: object = {}): object => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'first', Effect: effect, Action: 'execute-api:Invoke', Resource: '*', ...principal }],
})

beforeAll(async () => {
  house = await startHouse()
  backend = await startBackend()
  const issued = newPass(systemClock.now(), 600)
  house.explainer.allow(issued.pass)
  token = issued.token
  house.functions = new LocalFunctions({
    echo,
    allows: returning({ principalId: 'me', policyDocument: policy('Allow'), context: { seen: SECRET } }),
    denies: returning({ principalId: 'me', policyDocument: policy('Deny') }),
  })
})
afterAll(async () => {
  await house.stop()
  await backend.stop()
})

interface Explained {
  readonly steps: readonly { readonly step: string; readonly outcome: string; readonly timeMs: number }[]
  readonly notRun: readonly string[]
}

let count = 0

async function explained(api: ApiDefinition, request: RawRequest): Promise<Explained & { text: string }> {
  const apiId = `explain${++count}`
  house.deploy(apiId, api)
  const headers = [...(request.headers ?? []), `X-Gatehouse-Explain: ${token}`]
  const { status, body } = await house.send(apiId, { ...request, headers })
  expect(status).toBe(200)
  const text = Buffer.from(body, 'latin1').toString('utf8')
  expect(text).not.toContain(SECRET)
  expect(text).not.toContain(token)
  return { ...(JSON.parse(text) as Explained), text }
}

const stepOf = ({ steps }: Explained, name: string): unknown => steps.find(({ step }) => step === name)

const guarded = (name: string, api: Partial<ApiDefinition> = {}): ApiDefinition => ({
  paths: {
    '/x': { GET: { authorizationType: 'CUSTOM', authorizerId: 'auth', integration: lambdaProxy('echo') } },
  },
  authorizers: [{ id: 'auth', authorizerUri: functionUri(name), authorizerResultTtlInSeconds: 300 }],
  ...api,
})

test('the stage cache: whether it had the answer, and what was not done then', async () => {
  const methodSettings = { '*/*': setting() }
  const api: ApiDefinition = {
    paths: { '/x': { GET: { integration: mock('{}') } } },
    stage: { cacheClusterEnabled: true, methodSettings },
  }
  const miss = await explained(api, { target: '/x' })
  expect(stepOf(miss, 'stage cache')).toMatchObject({ outcome: 'done', decided: { cache: 'miss' } })
  expect(stepOf(miss, 'integration response')).toMatchObject({ outcome: 'done' })
  expect(miss.notRun).toEqual([])
  count--
  const hit = await explained(api, { target: '/x' })
  expect(stepOf(hit, 'stage cache')).toMatchObject({ outcome: 'done', decided: { cache: 'hit' } })
  expect(hit.notRun).toEqual(['integration request', 'invoke integration', 'integration response'])
})

test('an authorizer: what it was asked, which statement decided, what was kept', async () => {
  const headers = [`Authorization: Bearer ${SECRET}`]
  const first = await explained(guarded('allows'), { target: '/x', headers })
  expect(stepOf(first, 'authorize')).toMatchObject({
    outcome: 'done',
    decided: {
      authorizer: 'auth',
      policy: {
        ofAuthorizer: 'allow',
        statement: { index: 0, sid: 'first', effect: 'Allow' },
        together: 'allow',
      },
    },
  })
  const api = guarded('denies')
  const denied = await explained(api, { target: '/x', headers })
  expect(stepOf(denied, 'authorize')).toMatchObject({
    outcome: 'failed',
    decided: { policy: { ofAuthorizer: 'explicit-deny', together: 'explicit-deny' } },
  })
  expect(denied).toMatchObject({
    notRun: expect.arrayContaining(['invoke integration', 'method response']),
    error: { responseType: 'ACCESS_DENIED', reason: 'the policy of the authorizer denies it' },
    answer: { status: 403 },
  })
  house.deploy('kept', guarded('allows'))
  const again = { target: '/x', headers: [...headers, `X-Gatehouse-Explain: ${token}`] }
  await house.send('kept', again)
  const { body } = await house.send('kept', again)
  expect(stepOf(JSON.parse(body) as Explained, 'authorize')).toMatchObject({
    decided: { answer: 'kept from an earlier request' },
  })
})

test('a resource policy: the statement that decided', async () => {
  const api: ApiDefinition = {
    paths: { '/x': { GET: { integration: mock('ok') } } },
    api: { policy: JSON.stringify(policy('Deny', { Principal: '*' })) },
  }
  expect(stepOf(await explained(api, { target: '/x' }), 'resource policy')).toMatchObject({
    outcome: 'failed',
    input: { sourceIp: '127.0.0.1', method: 'GET' },
    decided: { statement: { index: 0, sid: 'first', effect: 'Deny' } },
  })
})

test('validation: the model and the parameters that were looked for', async () => {
  const api: ApiDefinition = {
    paths: {
      '/x': {
        POST: {
          requestValidatorId: 'all',
          requestModels: { 'application/json': 'M' },
          requestParameters: { 'method.request.querystring.q': true },
          integration: mock('ok'),
        },
      },
    },
    models: { M: { type: 'object', required: ['a'] } },
    requestValidators: [
      { id: 'all', name: 'all', validateRequestBody: true, validateRequestParameters: true },
    ],
  }
  const post = (target: string): RawRequest => ({ method: 'POST', target, body: '{}' })
  expect(stepOf(await explained(api, post('/x')), 'validate request')).toMatchObject({
    outcome: 'failed',
    decided: { requiredParameters: { required: ['q'], missing: ['q'] } },
  })
  const bodyless = await explained(api, post('/x?q=1'))
  expect(stepOf(bodyless, 'validate request')).toMatchObject({
    decided: { model: { contentType: 'application/json', models: { 'application/json': 'M' }, found: true } },
  })
  expect(bodyless).toMatchObject({
    error: { responseType: 'BAD_REQUEST_BODY', validationErrorString: expect.stringContaining('a') },
  })
})

test('mapping: which template, what it wrote, what the backend got and gave', async () => {
  backend.answer = {
    status: 404,
    headers: ['Content-Type', 'text/plain', 'Set-Cookie', `s=${SECRET}`],
    body: 'gone',
  }
  const api: ApiDefinition = {
    paths: {
      '/x': {
        POST: {
          integration: {
            type: 'HTTP',
            httpMethod: 'POST',
            uri: `http://127.0.0.1:${backend.port}/back`,
            requestTemplates: {
              'text/plain': 'no',
              'application/json': '{"t": "$input.params(\'Authorization\')"}',
            },
            requestParameters: {
              'integration.request.header.X-Token': 'method.request.header.Authorization',
            },
            integrationResponses: {
              200: { selectionPattern: '2..' },
              410: { selectionPattern: '4..' },
              500: {},
            },
          },
        },
      },
    },
  }
  const told = await explained(api, {
    method: 'POST',
    target: '/x',
    headers: [`Authorization: Basic ${btoa(`me:${SECRET}`)}`, 'Content-Type: application/json'],
    body: '{}',
  })
  expect(stepOf(told, 'integration request')).toMatchObject({
    decided: {
      choice: {
        contentType: 'application/json',
        templates: ['text/plain', 'application/json'],
        outcome: 'a template',
      },
      template: { where: 'integration/requestTemplates/application/json' },
      body: { text: '{"t": "[redacted]"}' },
    },
  })
  expect(stepOf(told, 'invoke integration')).toMatchObject({
    decided: {
      sent: { uri: `http://127.0.0.1:${backend.port}/back`, body: { text: '{"t": "[redacted]"}' } },
      received: { status: 404, body: { bytes: 4, text: 'gone' } },
    },
  })
  expect(stepOf(told, 'integration response')).toMatchObject({
    decided: {
      integrationResponses: [
        { statusCode: '200', selectionPattern: '2..', outcome: 'does not match' },
        { statusCode: '410', selectionPattern: '4..', outcome: 'matches' },
        { statusCode: '500', outcome: 'not needed: a pattern matches' },
      ],
      status: 410,
    },
  })
  expect(told.text).not.toContain(btoa(`me:${SECRET}`))
  expect(told.steps.every(({ timeMs }) => timeMs >= 0)).toBe(true)
  // The template saw the whole of it.
  expect(backend.received.at(-1)?.body).toContain(btoa(`me:${SECRET}`))
})

test('the event of a function shows no secret of its request', async () => {
  const api: ApiDefinition = { paths: { '/x': { GET: { integration: lambdaProxy('echo') } } } }
  const told = await explained(api, {
    target: `/x?access_token=${SECRET}`,
    headers: [`Cookie: session=${SECRET}`],
  })
  expect(stepOf(told, 'invoke integration')).toMatchObject({
    decided: { sent: { body: { text: expect.stringContaining('"resource":"/x"') } } },
  })
})

test('a gateway response: whose it is', async () => {
  const api: ApiDefinition = {
    paths: { '/pets': { GET: { integration: mock('ok') }, POST: { integration: mock('ok') } } },
    gatewayResponses: [{ responseType: 'MISSING_AUTHENTICATION_TOKEN', statusCode: '404' }],
  }
  expect(await explained(api, { target: '/pet' })).toMatchObject({
    routing: { message: 'no resource matches /pet; nearest is /pets; methods there: GET, POST' },
    steps: [],
    error: { responseType: 'MISSING_AUTHENTICATION_TOKEN', gatewayResponse: "the API's own" },
    answer: { status: 404 },
  })
})

test('a request is answered as it is without being explained', async () => {
  const api: ApiDefinition = { paths: { '/x': { GET: { integration: lambdaProxy('echo') } } } }
  const told = await explained(api, { target: '/x?a=1' })
  const plain = await house.send(`explain${count}`, { target: '/x?a=1' })
  const { answer } = JSON.parse(told.text) as { answer: { status: number; body: { text: string } } }
  expect(answer.status).toBe(plain.status)
  const event = (text: string): unknown => {
    const { headers, requestContext, multiValueHeaders, ...rest } = JSON.parse(text) as Record<string, object>
    return [
      Object.keys(headers ?? {}),
      Object.keys(multiValueHeaders ?? {}),
      Object.keys(requestContext ?? {}),
      rest,
    ]
  }
  expect(event(answer.body.text)).toEqual(event(plain.body))
})

test('a long answer is shown as far as it goes', async () => {
  backend.answer = { body: Array.from({ length: 50 }, () => 'x'.repeat(1000)) }
  const api: ApiDefinition = {
    paths: {
      '/x': {
        GET: {
          integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: `http://127.0.0.1:${backend.port}/` },
        },
      },
    },
  }
  const { text } = await explained(api, { target: '/x' })
  const { answer } = JSON.parse(text) as { answer: { body: { bytes?: number; text: string } } }
  expect(answer.body.text).toBe(`${'x'.repeat(4096)}…`)
  // Known where the backend was quick.
  expect([undefined, 50_000]).toContain(answer.body.bytes)
})
