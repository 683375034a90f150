import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createAwsCaller } from '#aws/client.ts'
import { startBackend, type Backend } from '../conformance/rest/support/backend.ts'
import { endGateways, runGatehouse, startGatewayProcess } from '../support/gateway-process.ts'
import { askAnew, mock, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// What owners are told of requests, whichever worker serves them, and that nobody else is told anything.

let gateway: WorkerGateway
let backend: Backend
let apiId: string

beforeAll(async () => {
  gateway = await startWorkerGateway(2)
  backend = await startBackend()
  apiId = await gateway.deploy({
    type: 'http_proxy',
    httpMethod: 'GET',
    uri: `http://127.0.0.1:${backend.port}/`,
  })
}, 60_000)

afterAll(async () => {
  try {
    await backend.stop()
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
  }
})

interface Explained {
  readonly routing: { readonly message: string }
  readonly steps: readonly { readonly step: string; readonly decided: Record<string, unknown> }[]
  readonly answer: { readonly status: number; readonly body: { readonly text?: string } }
  readonly error?: Record<string, unknown>
}

async function issue(headers: Record<string, string> = {}, body = ''): Promise<Response> {
  return fetch(`${gateway.url}/_gatehouse/explain`, { method: 'POST', headers, body })
}

async function tokenFor(seconds: number): Promise<string> {
  return ((await (await issue({}, JSON.stringify({ seconds }))).json()) as { token: string }).token
}

const explain = async (...words: string[]): Promise<{ code: number; output: string; errors: string }> => {
  const command = runGatehouse(['explain', ...words])
  const code = await command.ended()
  return { code, output: command.output(), errors: command.errors() }
}

test('the command tells the life of a request; its secrets are in nothing that it says', async () => {
  backend.answer = {
    status: 200,
    headers: ['Set-Cookie', 'session=sesame-cookie'],
    body: 'Bearer sesame-open',
  }
  const words = [`${gateway.urlOf(apiId)}?api_key=sesame-key`, '-H', 'Authorization: Bearer sesame-open']
  const { code, output, errors } = await explain(...words, '--json')
  expect([code, errors]).toEqual([0, ''])
  expect(output).not.toContain('sesame')
  const { steps, answer, routing } = JSON.parse(output) as Explained
  expect(routing.message).toBe('/ matches /')
  const invoke = steps.find(({ step }) => step === 'invoke integration')
  expect(invoke?.decided).toMatchObject({
    sent: { uri: `http://127.0.0.1:${backend.port}/?api_key=[redacted]` },
    received: { status: 200, body: { text: '[redacted]' } },
  })
  expect(answer).toMatchObject({ status: 200, body: { text: '[redacted]', bytes: 18 } })
  expect(steps.at(-1)?.step).toBe('method response')
  // The backend saw the request as it is without being explained.
  const { target, headers } = backend.received.at(-1) ?? { target: '', headers: [] }
  expect(target).toBe('/?api_key=sesame-key')
  expect(headers).toContain('Authorization: Bearer sesame-open')
  expect(headers.filter((line) => /explain:/i.test(line))).toEqual([])

  const people = await explain(...words)
  expect(people.output).toContain('invoke integration: done')
  expect(people.output).not.toContain('sesame')
})

test('both workers explain with a token, and show nothing without one', async () => {
  const token = await tokenFor(300)
  const types = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const response = await askAnew(gateway.urlOf(apiId), { 'X-Gatehouse-Explain': token })
      await response.text()
      return [response.headers.get('content-type'), response.headers.get('cache-control')].join()
    }),
  )
  expect(new Set(types)).toEqual(new Set(['application/vnd.gatehouse.explanation+json,no-store']))
  backend.answer = { headers: ['Content-Type', 'text/plain'], body: 'plain' }
  for (const guess of ['', 'x', token.slice(0, -1), `${token}x`, token.toUpperCase()]) {
    const response = await askAnew(gateway.urlOf(apiId), { 'X-Gatehouse-Explain': guess })
    expect(await response.text()).toBe('plain')
  }
})

test('a worker that takes the place of another knows the tokens', async () => {
  const token = await tokenFor(300)
  const [first = 0] = gateway.workerPids().slice(-2)
  const served = gateway.workerPids().length
  process.kill(first, 'SIGKILL')
  await gateway.haveServed(served + 1)
  const types = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const response = await askAnew(gateway.urlOf(apiId), { 'X-Gatehouse-Explain': token })
      await response.text()
      return response.headers.get('content-type')
    }),
  )
  expect(new Set(types)).toEqual(new Set(['application/vnd.gatehouse.explanation+json']))
})

test('a token ends', async () => {
  const token = await tokenFor(1)
  backend.answer = { body: 'over' }
  for (;;) {
    const text = await (await askAnew(gateway.urlOf(apiId), { 'X-Gatehouse-Explain': token })).text()
    if (text === 'over') break
    await Bun.sleep(50)
  }
})

test('HEAD is explained, and what no API answers', async () => {
  const head = await explain(gateway.urlOf(apiId), '-X', 'HEAD', '--json')
  expect((JSON.parse(head.output) as Explained).error).toMatchObject({
    responseType: 'MISSING_AUTHENTICATION_TOKEN',
  })
  expect((JSON.parse(head.output) as Explained).routing.message).toBe(
    '/ matches /, but has no method HEAD; methods there: GET',
  )
  const nowhere = await explain(`${gateway.url}/_aws/execute-api/${apiId}/live/`, '--json')
  expect(JSON.parse(nowhere.output)).toMatchObject({
    api: { message: 'no such stage of such an API is served here; stages of the API: dev' },
    steps: [],
    answer: { status: 403 },
  })
})

test('web pages get no token, and seconds are checked', async () => {
  expect((await issue({ Origin: 'https://evil.example' })).status).toBe(403)
  expect((await issue({ Host: 'evil.example' })).status).toBe(403)
  for (const body of ['{"seconds":0}', '{"seconds":3601}', '{"seconds":"1"}', 'x']) {
    expect((await issue({}, body)).status).toBe(400)
  }
  expect((await issue({}, 'x'.repeat(2000))).status).toBe(413)
})

test('the command says what it needs', async () => {
  expect(await explain()).toMatchObject({ code: 2 })
  expect(await explain('ftp://x')).toMatchObject({ code: 2 })
  const elsewhere = await explain(`http://127.0.0.1:${backend.port}/`, '--endpoint', gateway.url)
  expect(elsewhere.code).toBe(1)
  expect(elsewhere.errors).toContain('did not explain it')
  expect((await explain('--token', '--endpoint', gateway.url)).output).toMatch(/^[\w-]{43}\n$/)
})

describe('with credentials', () => {
  test('only those who sign get a token', async () => {
    const closed = await startGatewayProcess({ arguments: ['--credentials', 'owner:correct-horse'] })
    const ask = (secretAccessKey: string, service: string): Promise<unknown> =>
      createAwsCaller({
        endpoint: closed.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'owner', secretAccessKey },
      }).call(service, 'POST', '/_gatehouse/explain', {})
    expect((await fetch(`${closed.url}/_gatehouse/explain`, { method: 'POST' })).status).toBe(403)
    const refusal = (asked: Promise<unknown>): Promise<string> =>
      asked.then(
        () => 'none',
        (error: Error) => error.message,
      )
    expect(await refusal(ask('wrong-horse', 'apigateway'))).toContain('does not match the signature')
    expect(await refusal(ask('correct-horse', 'execute-api'))).toContain('for the service apigateway')
    expect(await ask('correct-horse', 'apigateway')).toMatchObject({ seconds: 60 })
    expect(await closed.stop()).toBe(0)
  })
})

test('templates, models and integration responses say why', async () => {
  const id = await gateway.deploy({
    ...mock('{"a":"$input.params(\'a\')"}'),
    responses: {
      '4..': { statusCode: '400' },
      default: {
        statusCode: '200',
        responseTemplates: { 'application/json': "#set($x = $input.params('a'))\n[$x]" },
      },
    },
  })
  const { output } = await explain(`${gateway.urlOf(id)}?a=7`, '--json')
  const { steps, answer } = JSON.parse(output) as Explained
  expect(answer.body.text).toBe('[7]')
  expect(steps.find(({ step }) => step === 'integration response')?.decided).toMatchObject({
    integrationResponses: [
      { statusCode: '400', selectionPattern: '4..', outcome: 'does not match' },
      { statusCode: '200', outcome: 'taken: no pattern matches' },
    ],
    template: {
      events: [
        { line: 1, column: 1, output: '' },
        { line: 2, column: 2, source: '$x', output: '7' },
      ],
    },
  })
})
