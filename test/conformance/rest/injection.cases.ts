import type { RestCase } from './support/case.ts'
import {
  functionUri,
  lambdaProxy,
  mock,
  type ApiDefinition,
  type IntegrationDefinition,
} from './support/definition.ts'
import { answering, returning } from './support/functions.ts'

/** Every character that a header value must not have, and one header that would be a new line's. */
const CONTROLS = Array.from({ length: 33 }, (_, code) => String.fromCharCode(code === 32 ? 0x7f : code))
  .filter((character) => character !== '\t')
  .join('')
const EVIL = `a\r\nX-Injected: yes\r\n\r\n<html>${CONTROLS}z`
/** Each of them a blank. */
const TAMED = EVIL.replace(/[^\x20-\x7e]/g, ' ')
const inQuery = encodeURIComponent(EVIL)
/** With DEL escaped: AWS's JSON reader leaves out one that is not. */
const inJson = JSON.stringify(EVIL).replace('\x7f', '\\u007f')

function one(integration: IntegrationDefinition, more: Partial<ApiDefinition> = {}): ApiDefinition {
  return { paths: { '/x': { ANY: { integration } }, '/x/{id}': { ANY: { integration } } }, ...more }
}

function http(integration: Partial<IntegrationDefinition>): IntegrationDefinition {
  return {
    type: 'HTTP',
    httpMethod: 'POST',
    uri: 'http://backend.test/y',
    integrationResponses: { 200: {} },
    ...integration,
  }
}

const tame = { status: 200, header: { 'X-A': TAMED.trim(), 'X-Injected': null } }
const json = 'Content-Type: application/json'

/** Where data becomes a line of the answer. */
const answers: readonly (readonly [where: string, Omit<RestCase, 'name'>])[] = [
  [
    'a query value that a context override takes up',
    {
      api: one(
        mock('', {
          integrationResponses: {
            200: {
              responseTemplates: {
                'application/json': '#set($context.responseOverride.header.X-A = $input.params("q"))',
              },
            },
          },
        }),
      ),
      request: { target: `/x?q=${inQuery}` },
      expect: tame,
    },
  ],
  [
    'the backend’s JSON in a response parameter',
    {
      api: one(
        http({
          integrationResponses: {
            200: { responseParameters: { 'method.response.header.X-A': 'integration.response.body.a' } },
          },
        }),
      ),
      backend: { body: `{"a":${inJson}}` },
      request: { target: '/x' },
      expect: tame,
    },
  ],
  [
    'the backend’s whole body in a response parameter',
    {
      api: one(
        http({
          integrationResponses: {
            200: { responseParameters: { 'method.response.header.X-A': 'integration.response.body' } },
          },
        }),
      ),
      backend: { body: EVIL },
      request: { target: '/x' },
      expect: tame,
    },
  ],
  [
    'a function’s JSON in a response parameter',
    {
      api: one(
        http({
          type: 'AWS',
          uri: functionUri('f'),
          integrationResponses: {
            200: { responseParameters: { 'method.response.header.X-A': 'integration.response.body.a' } },
          },
        }),
      ),
      functions: { f: answering(`{"a":${inJson}}`) },
      request: { target: '/x' },
      expect: tame,
    },
  ],
  [
    'a function’s header',
    {
      api: one(lambdaProxy('f')),
      functions: { f: returning({ headers: { 'X-A': EVIL } }) },
      request: { target: '/x' },
      expect: tame,
    },
  ],
  [
    'several values of a function’s header',
    {
      api: one(lambdaProxy('f')),
      functions: { f: returning({ multiValueHeaders: { 'X-A': [EVIL] } }) },
      request: { target: '/x' },
      expect: tame,
    },
  ],
  [
    'a function’s Content-Type',
    {
      api: one(lambdaProxy('f')),
      functions: { f: returning({ headers: { 'Content-Type': EVIL } }) },
      request: { target: '/x' },
      expect: { status: 200, header: { 'Content-Type': TAMED.trim(), 'X-Injected': null } },
    },
  ],
  [
    'a query value in a gateway response’s header',
    {
      api: one(mock(''), {
        gatewayResponses: [
          {
            responseType: 'DEFAULT_4XX',
            responseParameters: { 'gatewayresponse.header.X-A': 'method.request.querystring.q' },
          },
        ],
      }),
      request: { target: `/nothing?q=${inQuery}` },
      expect: { ...tame, status: 403 },
    },
  ],
  [
    'a stage variable',
    {
      api: one(
        mock('', {
          integrationResponses: {
            200: { responseParameters: { 'method.response.header.X-A': 'stageVariables.v' } },
          },
        }),
        { variables: { v: EVIL } },
      ),
      request: { target: '/x' },
      expect: tame,
    },
  ],
  [
    'a constant of the owner',
    {
      api: one(
        mock('', {
          integrationResponses: {
            200: { responseParameters: { 'method.response.header.X-A': `'${EVIL}'` } },
          },
        }),
      ),
      request: { target: '/x' },
      expect: tame,
    },
  ],
]

/** Where data becomes a line of the backend's request. */
const requests: readonly (readonly [
  where: string,
  parameters: Readonly<Record<string, string>>,
  template?: string,
])[] = [
  ['a query value', { 'integration.request.header.X-A': 'method.request.querystring.q' }],
  ['a repeated query value', { 'integration.request.header.X-A': 'method.request.multivaluequerystring.q' }],
  ['a member of the body', { 'integration.request.header.X-A': 'method.request.body.a' }],
  ['an override', {}, '#set($context.requestOverride.header.X-A = $input.params("q"))'],
]

/** No CR, LF, NUL or other control character that came from data ends a line, whoever sent it. */
export const injectionCases: readonly RestCase[] = [
  ...answers.map(([where, each]): RestCase => ({
    name: `to the client: ${where}`,
    source: 'RFC 9110 §5.5',
    ...each,
  })),
  ...(['HTTP', 'HTTP_PROXY'] as const).flatMap((type) =>
    requests
      .filter(([, , template]) => type === 'HTTP' || template === undefined)
      .map(([where, requestParameters, template]): RestCase => ({
        name: `to the backend, ${type}: ${where}`,
        source: 'RFC 9110 §5.5',
        api: one(
          http({
            type,
            requestParameters,
            ...(template === undefined ? {} : { requestTemplates: { 'application/json': template } }),
          }),
        ),
        request: { method: 'POST', target: `/x?q=${inQuery}`, headers: [json], body: `{"a":${inJson}}` },
        expect: { status: 200, received: { header: { 'X-A': TAMED.trim(), 'X-Injected': null } } },
      })),
  ),
  ...(
    [
      [
        'a query value in the query',
        { 'integration.request.querystring.p': 'method.request.querystring.q' },
        `/y?p=${inQuery}`,
      ],
      [
        'a query value in the path',
        { 'integration.request.path.p': 'method.request.querystring.q' },
        undefined,
      ],
      [
        'a member of the body in the path',
        { 'integration.request.path.p': 'method.request.body.a' },
        undefined,
      ],
    ] as const
  ).map(([where, requestParameters, target]): RestCase => ({
    name: `to the backend: ${where}`,
    source: 'RFC 9112 §3.2',
    api: one(
      http({ requestParameters, ...(target === undefined ? { uri: 'http://backend.test/{p}' } : {}) }),
    ),
    request: { method: 'POST', target: `/x?q=${inQuery}`, headers: [json], body: `{"a":${inJson}}` },
    expect: {
      status: 200,
      received: {
        target: (target ?? `/${inQuery.replaceAll('%2F', '/').replaceAll('%3A', ':')}`).replaceAll(
          '%7F',
          '%7F',
        ),
        header: { 'X-Injected': null },
      },
    },
  })),
  ...[
    "'backend.test/admin'",
    "'backend.test?a='",
    "'me@backend.test'",
    'method.request.querystring.none',
  ].map((source): RestCase => ({
    name: `to the backend: a host of ${source} is none`,
    api: one(http({ uri: 'http://{h}/y', requestParameters: { 'integration.request.path.h': source } })),
    request: { target: '/x' },
    expect: { status: 500, body: '{"message": "Internal server error"}' },
  })),
  {
    name: 'to the backend: a host and its port from a mapping',
    api: one(
      http({ uri: 'http://{h}/y', requestParameters: { 'integration.request.path.h': "'backend.test'" } }),
    ),
    request: { target: '/x' },
    expect: { status: 200, received: { target: '/y', host: '<backend>' } },
  },
  {
    name: 'to the client: a tab may stand in a value',
    source: 'RFC 9110 §5.5',
    api: one(lambdaProxy('f')),
    functions: { f: returning({ headers: { 'X-A': 'a\tb' } }) },
    request: { target: '/x' },
    expect: { status: 200, header: { 'X-A': 'a\tb' } },
  },
  {
    name: 'to the backend: a path parameter of the client cannot climb out of its query',
    api: one(
      http({
        uri: 'http://backend.test/{p}',
        requestParameters: { 'integration.request.path.p': 'method.request.querystring.q' },
      }),
    ),
    request: { target: '/x?q=a%3Fb%3Dc%23d%26e' },
    expect: { status: 200, received: { target: '/a%3Fb%3Dc%23d%26e' } },
  },
  ...['X-A\r\nX-Injected: yes', 'X-A: b', 'X A', '', 'X-A\0'].flatMap((name): RestCase[] => [
    {
      name: `a header name of a function that is none: ${JSON.stringify(name)}`,
      source: 'RFC 9110 §5.1',
      api: one(lambdaProxy('f')),
      functions: { f: returning({ headers: { [name]: 'v' } }) },
      request: { target: '/x' },
      expect: { status: 502, header: { 'X-Injected': null } },
    },
    {
      name: `a header name of a template that is none: ${JSON.stringify(name)}`,
      source: 'RFC 9110 §5.1',
      api: one(
        http({
          requestTemplates: {
            'application/json':
              '#set($context.requestOverride.header[$input.params("n")] = "v")#set($context.responseOverride.header[$input.params("n")] = "v")',
          },
        }),
      ),
      request: { method: 'POST', target: `/x?n=${encodeURIComponent(name)}`, headers: [json], body: '{}' },
      expect: { status: 200, header: { 'X-Injected': null }, received: { header: { 'X-Injected': null } } },
    },
  ]),
  {
    name: 'a client’s own header keeps bytes beyond ASCII, and nothing else',
    api: one({ type: 'HTTP_PROXY', httpMethod: 'ANY', uri: 'http://backend.test/y' }),
    request: { target: '/x', headers: ['X-A: \xc3\xa9\tb'] },
    expect: { status: 200, received: { header: { 'X-A': '\xc3\xa9\tb' } } },
  },
  {
    name: 'a status that a template takes from data is a status or nothing',
    api: one(
      mock('', {
        integrationResponses: {
          200: {
            responseTemplates: {
              'application/json': '#set($context.responseOverride.status = $input.params("s"))',
            },
          },
        },
      }),
    ),
    request: { target: '/x?s=200%20OK%0d%0aX-Injected:%20yes' },
    expect: { status: 200, reason: 'OK', header: { 'X-Injected': null } },
  },
  {
    name: 'a function’s error message is told to nobody',
    api: one(lambdaProxy('f')),
    functions: { f: answering(JSON.stringify({ errorMessage: EVIL, stackTrace: ['secret'] })) },
    request: { target: '/x' },
    expect: { status: 502, body: '{"message": "Internal server error"}' },
  },
]
