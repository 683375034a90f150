import fc from 'fast-check'
import type { IntegrationResponse, Method } from '#model/rest-api.ts'
import {
  functionUri,
  lambdaProxy,
  type ApiDefinition,
  type IntegrationDefinition,
  type MethodDefinition,
} from '../../conformance/rest/support/definition.ts'
import {
  answering,
  echo,
  returning,
  throwing,
  unavailable,
  type FunctionBehaviour,
} from '../../conformance/rest/support/functions.ts'
import type { RawRequest } from '../../conformance/rest/support/raw-http.ts'

// APIs of any shape, and requests of any kind.

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
  'context.authorizer.x',
  'context.authorizer.principalId',
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
  '#set($context.responseOverride.header.X-Out = $context.authorizer.x){"statusCode": 200}',
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

const ALLOW = { Version: '2012-10-17', Statement: [{ Action: '*', Effect: 'Allow', Resource: '*' }] }

/** What an authorizer says of a caller: the word at the token's start tells. */
const authorizer: FunctionBehaviour = (payload) => {
  const { authorizationToken, queryStringParameters } = JSON.parse(payload) as {
    authorizationToken?: string
    queryStringParameters?: Record<string, string>
  }
  const token = authorizationToken ?? queryStringParameters?.['token'] ?? ''
  if (token.startsWith('stranger')) return throwing('Unauthorized')(payload, {} as never)
  if (token.startsWith('broken')) return throwing('boom\r\nX-Evil: 1')(payload, {} as never)
  if (token.startsWith('garbage')) return answering('"allow"')(payload, {} as never)
  const policyDocument = token.startsWith('enemy') ? { ...ALLOW, Statement: [] } : ALLOW
  const answer = { principalId: token, policyDocument, context: { x: `${token}\r\nX-Evil: 1` } }
  return returning(answer)(payload, {} as never)
}

/** The functions that are behind the APIs. */
export const randomApiFunctions: Readonly<Record<string, FunctionBehaviour>> = {
  authorizer,
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

/** @param port of the backend */
const integration = (port: number): fc.Arbitrary<IntegrationDefinition> =>
  fc
    .record({
      type: fc.constantFrom(
        'MOCK' as const,
        'HTTP' as const,
        'HTTP_PROXY' as const,
        'AWS' as const,
        'AWS_PROXY' as const,
      ),
      name: fc.constantFrom(...Object.keys(randomApiFunctions)),
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

const method = (port: number): fc.Arbitrary<MethodDefinition> =>
  fc
    .record({
      integration: integration(port),
      authorization: fc.constantFrom('NONE', 'NONE', 'NONE', 'NONE', 'token', 'request', 'iam', 'key'),
      requestValidatorId: fc.constantFrom(undefined, 'v1', 'v2'),
      requestParameters: fc.constantFrom({}, { 'method.request.querystring.q': true }),
      requestModels: fc.constantFrom<NonNullable<Method['requestModels']>>({}, { 'application/json': 'M' }),
    })
    .map(({ authorization, ...rest }) => ({ ...rest, ...AUTHORIZATIONS[authorization] }))

const AUTHORIZATIONS: Readonly<Record<string, Partial<MethodDefinition>>> = {
  token: { authorizationType: 'CUSTOM', authorizerId: 'token' },
  request: { authorizationType: 'CUSTOM', authorizerId: 'request' },
  iam: { authorizationType: 'AWS_IAM' },
  key: { apiKeyRequired: true },
}

const methods = (port: number) =>
  fc.record({ ANY: method(port), GET: method(port) }, { requiredKeys: ['ANY'] })

/** @param port of the backend */
export const randomApi = (port: number): fc.Arbitrary<ApiDefinition> =>
  fc
    .record({
      paths: fc.record(
        {
          '/': methods(port),
          '/a': methods(port),
          '/a/{p}': methods(port),
          '/a/{p}/b': methods(port),
          '/files/{p+}': methods(port),
          '/{p}': methods(port),
        },
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
      policy: fc.constantFrom(undefined, undefined, undefined, 'allow', 'deny', '{"Version":'),
      ttl: fc.constantFrom(0, 300),
      v: evil,
    })
    .map(({ paths, binaryMediaTypes, minimumCompressionSize, gatewayResponses, policy, ttl, v }) => ({
      paths,
      api: {
        ...(binaryMediaTypes === undefined ? {} : { binaryMediaTypes }),
        ...(minimumCompressionSize === undefined ? {} : { minimumCompressionSize }),
        ...(policy === undefined ? {} : { policy: POLICIES[policy] ?? policy }),
      },
      gatewayResponses,
      variables: { v },
      authorizers: [
        { id: 'token', authorizerUri: functionUri('authorizer'), authorizerResultTtlInSeconds: ttl },
        {
          id: 'request',
          type: 'REQUEST',
          identitySource: 'method.request.querystring.token',
          authorizerUri: functionUri('authorizer'),
          authorizerResultTtlInSeconds: ttl,
        },
      ],
      models: { M: { type: 'object', required: ['a'] } },
      requestValidators: [
        { id: 'v1', name: 'v1', validateRequestBody: true, validateRequestParameters: true },
        { id: 'v2', name: 'v2', validateRequestBody: true, validateRequestParameters: false },
      ],
    }))

const statement = (Effect: string, Condition: object = {}): object => ({
  Effect,
  Principal: '*',
  Action: 'execute-api:Invoke',
  Resource: 'execute-api:/*',
  Condition,
})

const POLICIES: Readonly<Record<string, string>> = {
  allow: JSON.stringify({ Version: '2012-10-17', Statement: [statement('Allow')] }),
  deny: JSON.stringify({
    Version: '2012-10-17',
    Statement: [statement('Allow'), statement('Deny', { StringLike: { 'aws:UserAgent': '*evil*' } })],
  }),
}

/** Paths as no friendly client writes them; P is a piece of data. */
const ODD_PATHS = [
  '/a/P%2fb',
  '/a/%00P',
  '/a/%zzP',
  '/a/..;/P',
  '/a/./../P',
  '/a/%c0%afP',
  '/a/\xe9\xffP',
  '/a;P=b/P',
  '/files//P//P/',
  '/a/P+%20+P',
  '/files/%2e%2e%2f%2e%2e%2fP',
  '/%61/P',
  '/files/http://P/P?P',
] as const

/** @param nonce in every part that goes anywhere */
export const randomRequest = (nonce: string): fc.Arbitrary<RawRequest> =>
  fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'BREW'),
      override: fc.constantFrom(undefined, undefined, undefined, 'GET', 'PUT', 'TRACE', 'a b'),
      caller: fc.constantFrom(undefined, 'friend', 'friend', 'enemy', 'stranger', 'broken', 'garbage'),
      agent: fc.constantFrom(undefined, 'curl', 'evil'),
      path: fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom('/', '/a', '/a/P', '/a/P/b', '/files/P/P', '/nothing', '//a//P/'),
        },
        { weight: 1, arbitrary: fc.constantFrom(...ODD_PATHS) },
      ),
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
        // Now and then one that does not come in one piece.
        fc.constantFrom(2000, 200_000).map((length) => JSON.stringify({ a: 'é'.repeat(length), b: nonce })),
      ),
      chunked: fc.boolean(),
    })
    .map(({ method, path, value, q, type, accept, coding, body, chunked, caller, ...rest }) => {
      const piece = encodeURIComponent((value || 'x').toWellFormed() + nonce)
      const query = [
        ...q.map((each) => `q=${encodeURIComponent(each.toWellFormed() + nonce)}`),
        ...(caller === undefined ? [] : [`token=${caller}${nonce}`]),
      ].join('&')
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
          ...(caller === undefined ? [] : [`Authorization: ${caller}${nonce}`]),
          ...(rest.override === undefined ? [] : [`X-HTTP-Method-Override: ${rest.override}`]),
          ...(rest.agent === undefined ? [] : [`User-Agent: ${rest.agent}`]),
        ],
        ...(bytes === undefined
          ? {}
          : chunked && bytes !== ''
            ? { chunks: bytes.match(/[^]{1,70000}/g) ?? [] }
            : { body: bytes }),
      }
    })
