import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import fc from 'fast-check'
import type { Diagnostic } from '#base/diagnostic.ts'
import { compile } from '#compiler/compile.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import type { MethodSetting, Stage } from '#model/rest-api.ts'
import { startBackend, type Backend } from './support/backend.ts'
import { define, lambdaProxy, mock, type ApiDefinition } from './support/definition.ts'
import { LocalFunctions, throwing, unavailable, type FunctionBehaviour } from './support/functions.ts'
import { hostOf, startHouse, type House } from './support/house.ts'
import { requestText, type RawReply, type RawRequest } from './support/raw-http.ts'

let house: House
let backend: Backend

beforeAll(async () => {
  house = await startHouse({ random: () => 0 })
  backend = await startBackend()
  house.functions = new LocalFunctions({
    ok: answer({ statusCode: 201, body: 'hello' }),
    malformed: answer('no'),
    broken: throwing('boom'),
    away: unavailable('throttled'),
  })
})

afterAll(async () => {
  await house.stop()
  await backend.stop()
})

function answer(value: unknown): FunctionBehaviour {
  return () => ({ payload: Buffer.from(JSON.stringify(value)), requestId: 'lambda-id' })
}

/** Keeps what is written, by group. */
class Written implements StageLogs {
  readonly chunks: { readonly group: string; readonly lines: string }[] = []
  accessLogFormat: string | undefined
  tellsFaults = false
  #wake: (() => void)[] = []

  readonly access = (group: string) => ({
    write: (lines: string): void => {
      this.chunks.push({ group, lines })
      for (const wake of this.#wake.splice(0)) wake()
    },
  })
  readonly execution: (group: string) => { write(lines: string): void } = this.access

  /** Resolves once so many were written: an answer may be here before its line. */
  async has(count: number): Promise<string[]> {
    while (this.chunks.length < count) await new Promise<void>((resolve) => this.#wake.push(resolve))
    return this.chunks.map(({ lines }) => lines)
  }
}

const api = (): ApiDefinition => ({
  paths: {
    '/mock/{id}': {
      GET: { integration: mock('#set($context.responseOverride.status = 202)12345') },
    },
    '/http': {
      POST: {
        integration: { type: 'HTTP_PROXY', httpMethod: 'POST', uri: `http://127.0.0.1:${backend.port}/x` },
      },
    },
    '/nobody': {
      GET: { integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'http://127.0.0.1:1/' } },
    },
    '/closed': { GET: { authorizationType: 'AWS_IAM', integration: mock('') } },
    '/ok': { GET: { integration: lambdaProxy('ok') } },
    '/malformed': { GET: { integration: lambdaProxy('malformed') } },
    '/broken': { GET: { integration: lambdaProxy('broken') } },
    '/away': { GET: { integration: lambdaProxy('away') } },
  },
})

const setting = (given: Partial<MethodSetting>): MethodSetting => ({
  metricsEnabled: false,
  dataTraceEnabled: false,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
  ...given,
})

const DESTINATION = 'arn:aws:logs:us-east-1:123456789012:log-group:shop'

/** A stage whose access log has this format, or that has these settings. */
function deploy(
  given: Partial<Stage>,
  logs = new Written(),
): { logs: Written; found: readonly Diagnostic[] } {
  const { snapshot, stage } = define('logged', api())
  const { plan, diagnostics } = compile(snapshot, { ...stage, ...given }, { logs, canary: snapshot })
  house.planTable.swap(plan)
  return { logs, found: diagnostics }
}

const withFormat = (format: string): Partial<Stage> => ({
  accessLogSettings: { destinationArn: DESTINATION, format },
})

const send = (request: RawRequest): Promise<RawReply> => house.send('logged', request)

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** What a variable shows of a request; numbers of ms are written `<ms>`. */
const values: readonly (readonly [variable: string, request: RawRequest, value: string | RegExp])[] = [
  ['status', { target: '/mock/1' }, '202'],
  ['responseLength', { target: '/mock/1' }, '5'],
  ['responseLatency', { target: '/mock/1' }, /^\d+$/],
  ['requestTime', { target: '/mock/1' }, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/],
  ['requestTimeEpoch', { target: '/mock/1' }, /^\d{13}$/],
  ['requestId', { target: '/mock/1' }, new RegExp(`^${ID.source}$`)],
  ['extendedRequestId', { target: '/mock/1' }, /^[\w-]{15}=$/],
  ['xrayTraceId', { target: '/mock/1' }, /^1-[0-9a-f]{8}-[0-9a-f]{24}$/],
  [
    'xrayTraceId',
    { target: '/mock/1', headers: ['X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1'] },
    '1-5759e988-bd862e3fe1be46a994272793',
  ],
  ['accountId', { target: '/mock/1' }, '123456789012'],
  ['apiId', { target: '/mock/1' }, 'logged'],
  ['stage', { target: '/mock/1' }, 'prod'],
  ['deploymentId', { target: '/mock/1' }, 'dep001'],
  ['domainName', { target: '/mock/1' }, 'logged.execute-api.us-east-1.amazonaws.com'],
  ['domainPrefix', { target: '/mock/1' }, 'logged'],
  ['endpointType', { target: '/mock/1' }, 'REGIONAL'],
  ['httpMethod', { target: '/mock/1' }, 'GET'],
  ['path', { target: '/mock/1?a=b' }, '/prod/mock/1'],
  ['protocol', { target: '/mock/1' }, 'HTTP/1.1'],
  ['resourcePath', { target: '/mock/1' }, '/mock/{id}'],
  ['isCanaryRequest', { target: '/mock/1' }, '-'],
  ['identity.sourceIp', { target: '/mock/1' }, '127.0.0.1'],
  ['identity.userAgent', { target: '/mock/1', headers: ['User-Agent: me'] }, 'me'],
  ['identity.userAgent', { target: '/mock/1' }, '-'],
  ['identity.caller', { target: '/mock/1' }, '-'],
  ['wafResponseCode', { target: '/mock/1' }, '-'],
  ['waf.latency', { target: '/mock/1' }, '-'],
  ['authorizer.principalId', { target: '/mock/1' }, '-'],
  ['authorizer.claims.sub', { target: '/mock/1' }, '-'],
  ['authorize.status', { target: '/mock/1' }, '-'],
  ['nothing.at.all', { target: '/mock/1' }, '-'],
  ['responseOverride.status', { target: '/mock/1' }, '202'],
  ['requestOverride.header.x', { target: '/mock/1' }, '-'],
  // A mock calls nothing.
  ['integration.latency', { target: '/mock/1' }, '-'],
  ['integrationStatus', { target: '/mock/1' }, '-'],
  ['integration.status', { target: '/mock/1' }, '-'],
  ['error.message', { target: '/mock/1' }, '-'],
  // What no method matches is of the API all the same.
  ['status', { target: '/none' }, '403'],
  ['resourcePath', { target: '/none' }, '-'],
  ['error.responseType', { target: '/none' }, 'MISSING_AUTHENTICATION_TOKEN'],
  ['error.messageString', { target: '/none' }, '\\"Missing Authentication Token\\"'],
  // Backends.
  ['integrationLatency', { target: '/http', method: 'POST' }, /^\d+$/],
  ['integration.latency', { target: '/http', method: 'POST' }, /^\d+$/],
  ['integrationStatus', { target: '/http', method: 'POST' }, '418'],
  ['integration.status', { target: '/http', method: 'POST' }, '418'],
  ['integration.integrationStatus', { target: '/http', method: 'POST' }, '418'],
  ['integration.requestId', { target: '/http', method: 'POST' }, 'their-id'],
  ['awsEndpointRequestId', { target: '/http', method: 'POST' }, 'their-id'],
  ['integrationErrorMessage', { target: '/http', method: 'POST' }, '-'],
  ['integrationErrorMessage', { target: '/nobody' }, 'Invalid endpoint address'],
  ['integration.latency', { target: '/nobody' }, /^\d+$/],
  ['integration.status', { target: '/nobody' }, '-'],
  // Functions: the service's status, and that of the function's code.
  ['integrationStatus', { target: '/ok' }, '200'],
  ['integration.status', { target: '/ok' }, '201'],
  ['integration.requestId', { target: '/ok' }, 'lambda-id'],
  ['integrationStatus', { target: '/malformed' }, '200'],
  ['integration.status', { target: '/malformed' }, '-'],
  ['integration.error', { target: '/malformed' }, /Malformed Lambda proxy response/],
  ['integration.error', { target: '/broken' }, /customer function error: boom/],
  ['integrationStatus', { target: '/away' }, '429'],
  // Callers that are refused.
  ['authorize.status', { target: '/closed' }, '403'],
  ['authorize.error', { target: '/closed' }, /./],
  ['integration.latency', { target: '/closed' }, '-'],
]

describe('a variable of the access log', () => {
  for (const [variable, request, value] of values) {
    test(`${variable} of ${request.target}`, async () => {
      backend.answer = { status: 418, headers: ['x-amzn-RequestId', 'their-id'], body: 'tea' }
      const { logs } = deploy(withFormat(`$context.requestId|$context.${variable}|`))
      await send(request)
      const [line = ''] = await logs.has(1)
      const shown = line.split('|')[1] ?? ''
      if (typeof value === 'string') expect(shown).toBe(value)
      else expect(shown).toMatch(value)
    })
  }

  test('that tells of a time is measured only where the format asks for it', () => {
    const stepsOf = (format: string): number => {
      const { snapshot, stage } = define('logged', api())
      const { plan } = compile(snapshot, { ...stage, ...withFormat(format) }, { logs: new Written() })
      const { route } = plan.match('GET', { target: '/ok', pathStart: 0, pathEnd: 3 } as never) ?? {}
      return route?.steps.filter((step) => step.toString().includes('startedMs')).length ?? -1
    }
    expect(stepsOf('$context.requestId $context.status $context.responseLatency')).toBe(0)
    expect(stepsOf('$context.requestId $context.integrationLatency')).toBe(1)
  })
})

describe('the access log of a stage', () => {
  test('is one line a request, the CLF as the developer guide shows it', async () => {
    const logs = new Written()
    logs.accessLogFormat =
      '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] ' +
      '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId\n'
    deploy({}, logs)
    await send({ target: '/mock/1' })
    const [line] = await logs.has(1)
    expect(line).toMatch(
      /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/mock\/\{id\} HTTP\/1\.1" 202 5 [0-9a-f-]{36}\n$/,
    )
    expect(logs.chunks[0]?.group).toBe('API-Gateway-Access-Logs_logged/prod')
  })

  const groups: readonly (readonly [arn: string, group: string | undefined])[] = [
    [DESTINATION, 'shop'],
    [`${DESTINATION}:*`, 'shop'],
    ['arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/x.y#1', '/aws/x.y#1'],
    ['arn:aws:firehose:eu-west-1:123456789012:deliverystream/amazon-apigateway-s', 'amazon-apigateway-s'],
    ['arn:aws:firehose:eu-west-1:123456789012:deliverystream/other', undefined],
    ['arn:aws:s3:::bucket', undefined],
    ['arn:aws:logs:us-east-1:123456789012:log-group:a b', undefined],
  ]
  test.each(groups)('goes where %s says', async (destinationArn, group) => {
    const { logs, found } = deploy({ accessLogSettings: { destinationArn, format: '$context.requestId' } })
    expect(found.filter(({ where }) => where === 'accessLogSettings').length).toBe(
      group === undefined ? 1 : 0,
    )
    await send({ target: '/mock/1' })
    if (group !== undefined) await logs.has(1)
    expect(logs.chunks.map((chunk) => chunk.group)).toEqual(group === undefined ? [] : [group])
  })

  test('is not written without a format, nor without a destination unless all stages have one', async () => {
    for (const accessLogSettings of [
      undefined,
      { destinationArn: DESTINATION },
      { format: '$context.requestId' },
    ]) {
      const { logs } = deploy({ accessLogSettings })
      await send({ target: '/mock/1' })
      expect(logs.chunks).toEqual([])
    }
  })

  test('tells what a format has that gives nothing', () => {
    const { found } = deploy(withFormat('$context.requestId $context.none'))
    expect(found).toContainEqual(
      expect.objectContaining({ severity: 'warning', where: 'accessLogSettings/format', line: 1 }),
    )
  })

  test("a canary's requests are in a group of its own", async () => {
    const canarySettings = { deploymentId: 'dep001', percentTraffic: 100, useStageCache: false }
    const methodSettings = { '*/*': setting({ loggingLevel: 'INFO' }) }
    const format = '$context.requestId $context.isCanaryRequest'
    const { logs } = deploy({ ...withFormat(format), methodSettings, canarySettings })
    await send({ target: '/mock/1' })
    await logs.has(2)
    expect(logs.chunks.map(({ group }) => group).sort()).toEqual([
      'API-Gateway-Execution-Logs_logged/prod/Canary',
      'shop/Canary',
    ])
    expect(logs.chunks.find(({ group }) => group === 'shop/Canary')?.lines).toEndWith(' true\n')
  })

  test('tells of a client that left, with what was sent', async () => {
    const { logs } = deploy(withFormat('$context.requestId $context.status $context.responseLength'))
    backend.answer = { instead: 'silence' }
    const seen = backend.received.length
    const socket = connect(house.port, '127.0.0.1', () => {
      socket.write(requestText(hostOf('logged'), { method: 'POST', target: '/prod/http' }))
    })
    socket.on('error', () => {})
    while (backend.received.length === seen) await Bun.sleep(2)
    socket.resetAndDestroy()
    const [line] = await logs.has(1)
    expect(line).toMatch(/^[0-9a-f-]{36} 50\d 0\n$/)
  })

  test('has none of requests that reach no API', async () => {
    const { logs } = deploy(withFormat('$context.requestId'))
    expect((await house.send('unknown', { target: '/x' })).status).toBe(403)
    expect((await house.send('logged', { target: 'raw:/nostage/x' })).status).toBe(403)
    expect(logs.chunks).toEqual([])
  })

  test('stays one line a request, whatever a client sends', async () => {
    const { logs } = deploy(withFormat('$context.path "$context.identity.userAgent" $context.requestId'))
    const text = fc.array(
      fc.constantFrom('a', '"', '\\', '\t', '%0d%0a', 'é', '$context.status', '\x85', '\u2028'),
    )
    let count = 0
    await fc.assert(
      fc.asyncProperty(text, async (pieces) => {
        const value = pieces.join('')
        const target = `/mock/${encodeURI(value).replaceAll('?', '')}`
        const { status } = await send({ target, headers: [`User-Agent: x${value.replaceAll('\u2028', '')}`] })
        const line = (await logs.has(++count))[count - 1] as string
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
        expect(line).toMatch(/ "(?:[^"\\]|\\.)*" [0-9a-f-]{36}\n$/)
        expect(status).toBeLessThan(500)
      }),
      { numRuns: 50 },
    )
  })
})

/** The lines of one request without time and id. */
function textOf(chunk: string | undefined): string[] {
  return (chunk ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      expect(line).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z \\(${ID.source}\\) `))
      return line.replace(/^\S+ \S+ /, '').replaceAll(ID, '<id>')
    })
}

const INFO = setting({ loggingLevel: 'INFO' })
const TRACE = setting({ loggingLevel: 'INFO', dataTraceEnabled: true })
const ERROR = setting({ loggingLevel: 'ERROR' })

describe('the execution log of a method', () => {
  test('at INFO tells what happened', async () => {
    backend.answer = { body: 'answer' }
    const { logs } = deploy({ methodSettings: { '*/*': INFO } })
    await send({ method: 'POST', target: '/http', body: 'question' })
    expect(textOf((await logs.has(1))[0])).toEqual([
      expect.stringMatching(/^Extended Request Id: [\w-]{15}=$/),
      'Starting execution for request: <id>',
      'HTTP Method: POST, Resource Path: /http',
      'Verifying Usage Plan for request: <id>. API Key:  API Stage: logged/prod',
      "API Key  authorized because method 'POST /http' does not require API Key. Request will not contribute to throttle or quota limits",
      'Usage Plan check succeeded for API Key  and API Stage logged/prod',
      `Sending request to http://127.0.0.1:${backend.port}/x`,
      expect.stringMatching(/^Received response\. Status: 200, Integration latency: \d+ ms$/),
      'Successfully completed execution',
      'Method completed with status: 200',
    ])
    expect(logs.chunks[0]?.group).toBe('API-Gateway-Execution-Logs_logged/prod')
  })

  test('with data trace shows what went each way, and lets bodies stream', async () => {
    backend.answer = { body: ['one ', 'two'] }
    const { logs } = deploy({ methodSettings: { '*/*': TRACE } })
    const reply = await send({
      method: 'POST',
      target: '/http?q=1&q=2',
      headers: ['X-A: b'],
      chunks: ['que', 'stion'],
    })
    expect(reply.body).toContain('two')
    const lines = textOf((await logs.has(1))[0])
    expect(lines).toContain('Method request path: {}')
    expect(lines).toContain('Method request query string: {q=1,2}')
    expect(lines).toContain('Method request body before transformations: question')
    expect(lines).toContain('Endpoint request body after transformations: question')
    expect(lines).toContain('Endpoint response body before transformations: one two')
    expect(lines).toContain('Method response body after transformations: one two')
    expect(lines.find((line) => line.startsWith('Method request headers: '))).toContain('X-A=b')
    expect(lines.findIndex((line) => line.startsWith('Method request body'))).toBeLessThan(
      lines.findIndex((line) => line.startsWith('Endpoint request URI')),
    )
  })

  test("tells Lambda's request id", async () => {
    const { logs } = deploy({ methodSettings: { '*/*': INFO } })
    await send({ target: '/ok' })
    expect(textOf((await logs.has(1))[0]).at(-1)).toBe('AWS Integration Endpoint RequestId : lambda-id')
  })

  const secrets: readonly (readonly [name: string, request: RawRequest, kept: string])[] = [
    ['bearer', { target: '/ok', headers: ['Authorization: Bearer abcdefgh-secret'] }, 'secret'],
    ['API key', { target: '/ok', headers: ['x-api-key: abcdefgh-secret'] }, 'secret'],
    ['cookie', { target: '/ok', headers: ['Cookie: session=abcdefgh-secret'] }, 'secret'],
    ['signature', { target: '/ok?X-Amz-Signature=abcdefgh-secret' }, 'secret'],
    ['quoted', { target: '/ok', headers: ['Authorization: "abcdefgh-secret"'] }, 'ecret'],
  ]
  test.each(secrets)(
    'shows the end of a %s alone, in the event of a function too',
    async (_, request, kept) => {
      const { logs } = deploy({ methodSettings: { '*/*': TRACE } })
      await send(request)
      const text = (await logs.has(1)).join('')
      expect(text).toContain('Endpoint request body after transformations: {"resource"')
      expect(text).toContain(`*${kept}`)
      expect(text).not.toContain('abcdefgh')
    },
  )

  test('cuts long messages, never in the middle of a character', async () => {
    backend.answer = { body: 'y' }
    const { logs } = deploy({ methodSettings: { '*/*': TRACE } })
    await send({ method: 'POST', target: '/http', body: Buffer.from('é'.repeat(5000)).toString('latin1') })
    const long =
      (await logs.has(1))[0]?.split('\n').find((line) => line.includes('Method request body')) ?? ''
    const message = long.slice(long.indexOf(' ') + 1)
    expect(Buffer.byteLength(message)).toBeWithin(1020, 1025)
    expect(message).toMatch(/: é+ \[TRUNCATED\]$/)
  })

  test('cannot be made to hold lines of others', async () => {
    backend.answer = { body: 'a\r\n2026-01-01T00:00:00.000Z (x) forged\u2028\x1b[31m' }
    const { logs } = deploy({ methodSettings: { '*/*': TRACE } })
    await send({ method: 'POST', target: '/http', body: 'b\nforged' })
    const [chunk = ''] = await logs.has(1)
    for (const line of chunk.split('\n').slice(0, -1))
      expect(line).toMatch(/^2\d{3}-[^ ]+ \([0-9a-f-]{36}\) [A-Z]/)
    expect(chunk).toContain('b\\nforged')
    expect(chunk).toContain('\\u001b[31m')
  })

  test('at ERROR tells of failures alone, with their data where they are wanted', async () => {
    const { logs } = deploy({
      methodSettings: {
        '*/*': ERROR,
        'broken/GET': setting({ loggingLevel: 'ERROR', dataTraceEnabled: true }),
      },
    })
    await send({ target: '/ok' })
    await send({ target: '/malformed' })
    expect(textOf((await logs.has(1))[0]).slice(1)).toEqual([
      'Starting execution for request: <id>',
      'HTTP Method: GET, Resource Path: /malformed',
      expect.stringMatching(/^Execution failed due to configuration error: Malformed Lambda proxy response/),
      'Method completed with status: 502',
      'AWS Integration Endpoint RequestId : lambda-id',
    ])
    await send({ target: '/broken' })
    const traced = textOf((await logs.has(2))[1])
    expect(traced.some((line) => line.startsWith('Endpoint request URI'))).toBe(true)
    expect(traced).toContain('Method completed with status: 502')
    await send({ target: '/closed' })
    expect((await logs.has(3))[2]).toContain('Missing Authentication Token')
  })

  const levels: readonly (readonly [
    name: string,
    Stage['methodSettings'],
    tellsFaults: boolean,
    lines: number,
  ])[] = [
    ['nothing is said', {}, false, 0],
    ['nothing is said and faults are told', {}, true, 1],
    ['logging is off', { '*/*': setting({ loggingLevel: 'OFF' }) }, true, 0],
    [
      'it is off with data trace',
      { '*/*': setting({ loggingLevel: 'OFF', dataTraceEnabled: true }) },
      true,
      0,
    ],
    ['other things are said', { '*/*': setting({ metricsEnabled: true }) }, true, 1],
    ['the method has its own', { '*/*': INFO, 'nobody/GET': setting({ loggingLevel: 'OFF' }) }, true, 2],
  ]
  test.each(levels)('when %s', async (_, methodSettings, tellsFaults, count) => {
    const logs = new Written()
    logs.tellsFaults = tellsFaults
    deploy({ methodSettings }, logs)
    for (const target of ['/nobody', '/closed', '/mock/1']) await send({ target })
    await logs.has(count)
    expect(logs.chunks.length).toBe(count)
  })

  test('costs a route without it no step', () => {
    const { snapshot, stage } = define('logged', api())
    const stepsOf = (methodSettings: Stage['methodSettings']): number =>
      compile(snapshot, { ...stage, methodSettings }, { logs: new Written() }).plan.match('GET', {
        target: '/ok',
        pathStart: 0,
        pathEnd: 3,
      } as never)?.route.steps.length ?? -1
    expect([stepsOf({ '*/*': ERROR }), stepsOf({ '*/*': INFO }), stepsOf({ '*/*': TRACE })]).toEqual([
      stepsOf({}),
      stepsOf({}) + 2,
      stepsOf({}) + 4,
    ])
  })
})
