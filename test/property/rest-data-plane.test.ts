import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLog } from '#base/log.ts'
import type { IntegrationResponse, Method } from '#model/rest-api.ts'
import {
  functionUri,
  lambdaProxy,
  type ApiDefinition,
  type IntegrationDefinition,
  type MethodDefinition,
} from '../conformance/rest/support/definition.ts'
import {
  answering,
  echo,
  LocalFunctions,
  returning,
  throwing,
  unavailable,
  type FunctionBehaviour,
} from '../conformance/rest/support/functions.ts'
import { startHouse, type House } from '../conformance/rest/support/house.ts'
import type { RawReply, RawRequest } from '../conformance/rest/support/raw-http.ts'

// Whatever an owner defines and a client sends: one well-formed answer, no header that data made, nothing of another
// request, and no 5xx but for a reason that the definition or the backend gave.

// The long run: GATEHOUSE_PROPERTY_APIS=50 GATEHOUSE_PROPERTY_REQUESTS=10000.
const APIS = Number(process.env['GATEHOUSE_PROPERTY_APIS'] ?? 20)
const REQUESTS = Number(process.env['GATEHOUSE_PROPERTY_REQUESTS'] ?? 50)
const TOGETHER = 10

/** What the gateway may give as the reason of a 5xx. */
const REASONS: readonly RegExp[] = [
  /^Malformed Lambda proxy response/,
  /^Lambda execution failed with status 200 due to customer function error/,
  /^Lambda said /,
  /^Unable to parse statusCode/,
  /^Unable to transform: /,
  /^No match for output mapping and no default output mapping configured/,
  /^invalid JSON in the response body$/,
  /^the payload is not base64/,
  /^a mapping template cannot read a binary payload$/,
  / header already present$/,
  /^Invalid endpoint address$/,
]

let house: House
let backend: Server
let port: number
/** All that went to backends and functions, a text each. */
const sent: string[] = []
const reasons: string[] = []
let count = 0

beforeAll(async () => {
  const log = createLog('warn', 'json', (line) => {
    const { event, reason } = JSON.parse(line) as { event: string; reason?: string }
    if (event === 'execution failed') reasons.push(reason ?? '')
  })
  house = await startHouse({ log })
  // Answers with what it got, as the target says: status, Content-Type, and where the echo goes.
  backend = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const head = `${request.url}\n${request.rawHeaders.join('\n')}`
      const body = Buffer.concat(chunks).toString('latin1')
      sent.push(`${head}\n\n${body}`)
      const [, status = '200', type = 'application/json'] =
        /^\/(\d{3})\/([\w-]+\/[\w-]+)/.exec(request.url ?? '') ?? []
      const echoed = String(request.headers['x-echo'] ?? 'nothing')
      response.writeHead(Number(status), [
        ['Content-Type', type],
        ['X-Back', echoed.replace(/[^\x20-\x7e]/g, '.')],
        ['Server', 'theirs'],
      ])
      response.end(Buffer.from(JSON.stringify({ head, body, echoed }), 'utf8'))
    })
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  port = (backend.address() as AddressInfo).port
})

afterAll(async () => {
  await house.stop()
  await new Promise<void>((resolve) => {
    backend.close(() => resolve())
    backend.closeAllConnections()
  })
})

const evil = fc.constantFrom(
  'plain',
  '',
  ' blank ',
  'a\r\nX-Evil: 1',
  'a\nX-Evil: 1\n\n<p>',
  '\r\n\r\nHTTP/1.1 200 OK\r\nX-Evil: 1\r\n\r\n',
  'nul\0\x01\x7f',
  'ü→😀',
  '\ud800',
  '%0d%0aX-Evil: 1',
  '"\\\'{}[]$!#',
  '../../x?y=z#w&v',
  '$context.requestOverride.header',
  '__proto__',
)

const sources = fc.constantFrom(
  'method.request.path.p',
  'method.request.querystring.q',
  'method.request.multivaluequerystring.q',
  'method.request.header.X-In',
  'method.request.multivalueheader.X-In',
  'method.request.body',
  'method.request.body.a',
  'method.request.body.b.c[0]',
  'context.path',
  'context.identity.userAgent',
  'context.requestId',
  'stageVariables.v',
  "'constant'",
)
const responseSources = fc.constantFrom(
  'integration.response.header.X-Back',
  'integration.response.multivalueheader.X-Back',
  'integration.response.header.Server',
  'integration.response.body',
  'integration.response.body.body',
  'integration.response.body.head',
  'context.path',
  'stageVariables.v',
  "'constant'",
)
const headerNames = fc.constantFrom(
  'X-Out',
  'X-Echo',
  'Host',
  'Date',
  'Content-Type',
  'Accept',
  'Connection',
  'Via',
  'Content-Length',
  'User-Agent',
)

const template = fc.constantFrom(
  '{"statusCode": 200}',
  '{"statusCode": 404}',
  '{"statusCode": "x"}',
  '$input.body',
  "$input.json('$')",
  '{"a":$input.json("$.a"),"q":"$util.escapeJavaScript($input.params("q"))"}',
  '#set($context.requestOverride.header.X-Echo = $input.params("q")){"statusCode": 200}',
  '#set($context.requestOverride.header[$input.params("q")] = "v")#set($context.requestOverride.path.p = $input.params("q")){"statusCode": 200}',
  '#set($context.responseOverride.header.X-Out = $input.params("q"))#set($context.responseOverride.status = $input.path("$.s")){"statusCode": 200}',
  '#foreach($name in $input.params().header.keySet())$name=$input.params().header.get($name);#end',
  '$context.identity.sourceIp $context.requestId $stageVariables.v $!context.authorizer.x',
  '#if($input.params("q") == "plain")#stop#end#set($l = [1..50])$l',
  '$util.base64Encode($input.params("q"))',
  '$util.parseJson($input.body)',
  '',
)

const templates = fc.dictionary(
  fc.constantFrom('application/json', 'text/plain', '$default', 'application/xml'),
  template,
  { maxKeys: 2 },
)
const handling = fc.constantFrom(undefined, 'CONVERT_TO_TEXT' as const, 'CONVERT_TO_BINARY' as const)

const response: fc.Arbitrary<Partial<IntegrationResponse>> = fc.record({
  selectionPattern: fc.constantFrom(undefined, undefined, undefined, '', '4\\d\\d', '.*boom.*', '200', '5..'),
  responseTemplates: templates,
  responseParameters: fc.dictionary(
    headerNames.map((name) => `method.response.header.${name}`),
    responseSources,
    { maxKeys: 3 },
  ),
  contentHandling: handling,
})

const functions: Readonly<Record<string, FunctionBehaviour>> = {
  echo,
  raw: (payload) => ({ payload: Buffer.from(payload) }),
  headers: (payload) => {
    const { queryStringParameters } = JSON.parse(payload) as {
      queryStringParameters?: Record<string, string>
    }
    const q = queryStringParameters?.['q'] ?? 'none'
    return {
      payload: Buffer.from(
        JSON.stringify({
          statusCode: 200,
          headers: { 'X-Out': q },
          multiValueHeaders: { 'Set-Cookie': [q, q] },
          body: q,
        }),
      ),
    }
  },
  names: (payload) => {
    const { queryStringParameters } = JSON.parse(payload) as {
      queryStringParameters?: Record<string, string>
    }
    return {
      payload: Buffer.from(JSON.stringify({ headers: { [queryStringParameters?.['q'] ?? '']: 'v' } })),
    }
  },
  base64: returning({ statusCode: 200, body: '//4=', isBase64Encoded: true }),
  malformed: answering('{"statusCode": 200, "oops": 1}'),
  empty: answering(''),
  throws: throwing('boom\r\nX-Evil: 1'),
  throttled: unavailable('throttled'),
}

const integration: fc.Arbitrary<IntegrationDefinition> = fc
  .record({
    type: fc.constantFrom(
      'MOCK' as const,
      'HTTP' as const,
      'HTTP_PROXY' as const,
      'AWS' as const,
      'AWS_PROXY' as const,
    ),
    name: fc.constantFrom(...Object.keys(functions)),
    uri: fc.constantFrom(
      '/200/application/json',
      '/200/image/png/{p}',
      '/404/text/plain?x={p}',
      '/500/application/json',
      '/204/text/plain',
    ),
    httpMethod: fc.constantFrom('ANY', 'GET', 'POST', 'PUT'),
    requestParameters: fc.dictionary(
      fc.oneof(
        headerNames.map((name) => `integration.request.header.${name}`),
        fc.constantFrom(
          'integration.request.header.X-Echo',
          'integration.request.querystring.m',
          'integration.request.path.p',
        ),
      ),
      sources,
      { maxKeys: 4 },
    ),
    requestTemplates: templates,
    passthroughBehavior: fc.constantFrom(
      'WHEN_NO_MATCH' as const,
      'WHEN_NO_TEMPLATES' as const,
      'NEVER' as const,
    ),
    contentHandling: handling,
    integrationResponses: fc.dictionary(fc.constantFrom('200', '202', '400', '502'), response, {
      maxKeys: 3,
    }),
  })
  .map(({ type, name, uri, httpMethod, ...rest }): IntegrationDefinition => {
    const common = { type, ...rest } as IntegrationDefinition
    if (type === 'MOCK') return common
    if (type === 'AWS_PROXY') return { ...lambdaProxy(name), requestParameters: rest.requestParameters }
    if (type === 'AWS') return { ...common, uri: functionUri(name), httpMethod: 'POST' }
    return { ...common, uri: `http://127.0.0.1:${port}${uri}`, httpMethod }
  })

const method: fc.Arbitrary<MethodDefinition> = fc.record({
  integration,
  requestValidatorId: fc.constantFrom(undefined, 'v1', 'v2'),
  requestParameters: fc.constantFrom({}, { 'method.request.querystring.q': true }),
  requestModels: fc.constantFrom<NonNullable<Method['requestModels']>>({}, { 'application/json': 'M' }),
})

const methods = fc.record({ ANY: method, GET: method }, { requiredKeys: ['ANY'] })

const api: fc.Arbitrary<ApiDefinition> = fc
  .record({
    paths: fc.record(
      { '/': methods, '/a': methods, '/a/{p}': methods, '/a/{p}/b': methods, '/files/{p+}': methods },
      { requiredKeys: ['/a', '/a/{p}'] },
    ),
    binaryMediaTypes: fc.constantFrom(undefined, ['image/*'], ['*/*'], ['application/json']),
    minimumCompressionSize: fc.constantFrom(undefined, 0, 100),
    gatewayResponses: fc.uniqueArray(
      fc.record({
        responseType: fc.constantFrom(
          'DEFAULT_4XX',
          'DEFAULT_5XX',
          'MISSING_AUTHENTICATION_TOKEN',
          'BAD_REQUEST_BODY',
        ),
        responseTemplates: fc.constantFrom<Record<string, string>>(
          {},
          { 'application/json': '{"m":$context.error.messageString,"q":"$method.request.querystring.q"}' },
        ),
        responseParameters: fc.constantFrom<Record<string, string>>(
          {},
          { 'gatewayresponse.header.X-Out': 'method.request.querystring.q' },
        ),
      }),
      { selector: ({ responseType }) => responseType, maxLength: 3 },
    ),
    v: evil,
  })
  .map(({ paths, binaryMediaTypes, minimumCompressionSize, gatewayResponses, v }) => ({
    paths,
    api: {
      ...(binaryMediaTypes === undefined ? {} : { binaryMediaTypes }),
      ...(minimumCompressionSize === undefined ? {} : { minimumCompressionSize }),
    },
    gatewayResponses,
    variables: { v },
    models: { M: { type: 'object', required: ['a'] } },
    requestValidators: [
      { id: 'v1', name: 'v1', validateRequestBody: true, validateRequestParameters: true },
      { id: 'v2', name: 'v2', validateRequestBody: true, validateRequestParameters: false },
    ],
  }))

/** @param nonce in every part that goes anywhere */
const request = (nonce: string): fc.Arbitrary<RawRequest> =>
  fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'),
      path: fc.constantFrom('/', '/a', '/a/P', '/a/P/b', '/files/P/P', '/nothing', '//a//P/'),
      value: evil,
      q: fc.array(evil, { maxLength: 2 }),
      in: fc.option(fc.constantFrom('value', 'h\xe9', '"quoted"', '')),
      type: fc.constantFrom(undefined, 'application/json', 'text/plain; a=b', 'image/png', 'application/xml'),
      accept: fc.constantFrom(undefined, 'application/json', 'image/png', 'text/plain, */*', '*/*'),
      coding: fc.boolean(),
      body: fc.oneof(
        fc.constant(undefined),
        evil.map((a) => JSON.stringify({ a: a + nonce, s: 201, b: { c: [a] } })),
        fc.constantFrom('', '{"a":', '//4=', '\xff\xfe\x00', '[1]'),
      ),
      chunked: fc.boolean(),
    })
    .map(({ method, path, value, q, type, accept, coding, body, chunked, ...rest }) => {
      const piece = encodeURIComponent((value || 'x').toWellFormed() + nonce)
      const query = q.map((each) => `q=${encodeURIComponent(each.toWellFormed() + nonce)}`).join('&')
      const bytes =
        body === undefined
          ? undefined
          : Buffer.from(body, body.includes('\xff') ? 'latin1' : 'utf8').toString('latin1')
      return {
        method,
        target: path.replaceAll('P', () => piece) + (query === '' ? '' : `?${query}`),
        headers: [
          `X-Nonce: ${nonce}`,
          ...(rest.in === null ? [] : [`X-In: ${rest.in}${nonce}`, `X-In: ${nonce}`]),
          ...(type === undefined ? [] : [`Content-Type: ${type}`]),
          ...(accept === undefined ? [] : [`Accept: ${accept}`]),
          ...(coding ? ['Accept-Encoding: gzip'] : []),
        ],
        ...(bytes === undefined ? {} : chunked && bytes !== '' ? { chunks: [bytes] } : { body: bytes }),
      }
    })

const LINE = /^[\w!#$%&'*+.^`|~-]+: ?[\t\x20-\x7e\x80-\xff]*$/
const NONCE = /zz\d+zz/g

function check(nonce: string, { method }: RawRequest, reply: RawReply): void {
  expect(reply.status).toBeGreaterThanOrEqual(200)
  for (const line of reply.headers) {
    expect(line).toMatch(LINE)
    expect(line).not.toMatch(/^x-evil/i)
  }
  const length = reply.header('content-length')
  const bodiless = method === 'HEAD' || reply.status === 204 || reply.status === 304
  if (bodiless) expect(reply.body).toBe('')
  else if (length !== undefined) expect(reply.body.length).toBe(Number(length))
  for (const [found] of `${reply.headers.join('\n')}\n${reply.body}`.matchAll(NONCE))
    expect(found).toBe(nonce)
}

test(`${APIS} APIs of any shape answer ${REQUESTS} requests each, and nothing comes of data but data`, async () => {
  const local = new LocalFunctions(functions)
  house.functions = local
  const requests = fc.array(fc.nat(), { minLength: REQUESTS, maxLength: REQUESTS })
  await fc.assert(
    fc.asyncProperty(api, requests, async (definition, seeds) => {
      const apiId = `random${++count}`
      house.deploy(apiId, definition)
      sent.length = reasons.length = local.calls.length = 0
      const all = seeds.map((seed, at): readonly [string, RawRequest] => {
        const nonce = `zz${count}${String(at).padStart(4, '0')}zz`
        return [nonce, fc.sample(request(nonce), { seed, numRuns: 1 })[0] as RawRequest]
      })
      for (let i = 0; i < all.length; i += TOGETHER) {
        await Promise.all(
          all.slice(i, i + TOGETHER).map(async ([nonce, each]) => {
            check(nonce, each, await house.send(apiId, each))
          }),
        )
      }
      for (const reason of reasons) expect(REASONS.some((known) => known.test(reason)) ? '' : reason).toBe('')
      for (const text of [
        ...sent,
        ...local.calls.map(({ payload }) => Buffer.from(payload).toString('latin1')),
      ]) {
        expect(new Set(text.match(NONCE)).size).toBeLessThanOrEqual(1)
      }
      for (const text of sent) expect(text).not.toMatch(/^x-evil$/im)
    }),
    { numRuns: APIS },
  )
}, 600_000)
