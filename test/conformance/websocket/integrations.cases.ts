import { answering, returning, throwing, unavailable } from '../rest/support/functions.ts'
import { functionUri } from '../rest/support/definition.ts'
import type { WebSocketCase } from './support/case.ts'
import { mocked, toFunction, type RouteDefinition } from './support/definition.ts'

const FAILED = 'text {"message": "Internal server error", "connectionId":"<id>", "requestId":"<id>"}'
const guide = 'developer guide, "Setting up WebSocket API integrations"'
const twoWay = (integration: RouteDefinition['integration']): WebSocketCase['api'] => ({
  routes: { $default: { twoWay: true, ...(integration === undefined ? {} : { integration }) } },
})
const toBackend = (more: RouteDefinition['integration'] = {}): WebSocketCase['api'] =>
  twoWay({
    integrationType: 'HTTP',
    integrationUri: 'http://backend.test/in',
    integrationMethod: 'POST',
    ...more,
  })
const custom = (more: RouteDefinition['integration'] = {}): WebSocketCase['api'] =>
  twoWay({ integrationType: 'AWS', integrationUri: functionUri('f'), integrationMethod: 'POST', ...more })

/** What fails, whichever way the route is. */
const failures: readonly (readonly [
  name: string,
  integration: RouteDefinition['integration'],
  more?: Partial<WebSocketCase>,
])[] = [
  ['a function that throws', toFunction('f').integration, { functions: { f: throwing('x') } }],
  ['a function that answers nothing', toFunction('f').integration, { functions: { f: answering('null') } }],
  [
    'a function that answers no proxy response',
    toFunction('f').integration,
    { functions: { f: returning({ status: 200 }) } },
  ],
  ['a function that is not there', toFunction('f').integration],
  [
    'a function that may not be invoked',
    toFunction('f').integration,
    { functions: { f: unavailable('access-denied') } },
  ],
  [
    'a function that takes too long',
    toFunction('f', { timeoutInMillis: 50 }).integration,
    { functions: { f: () => new Promise<never>(() => {}) } },
  ],
  ['a backend that is not there', { integrationType: 'HTTP', integrationUri: 'http://nobody.test/' }],
  [
    'a backend that drops the connection',
    { integrationType: 'HTTP_PROXY', integrationUri: 'http://backend.test/' },
    { backend: { instead: 'reset' } },
  ],
  [
    'a backend that speaks no HTTP',
    { integrationType: 'HTTP_PROXY', integrationUri: 'http://backend.test/' },
    { backend: { instead: 'garbage' } },
  ],
  [
    'a backend that is silent',
    { integrationType: 'HTTP_PROXY', integrationUri: 'http://backend.test/', timeoutInMillis: 50 },
    { backend: { instead: 'silence' } },
  ],
  ['MOCK without a status', { requestTemplates: { $default: '{}' } }],
  ['a template that fails', { requestTemplates: { $default: '#foreach($i in [1..999999999])x#end' } }],
]

export const integrationCases: readonly WebSocketCase[] = [
  ...failures.map(([name, integration, more]): WebSocketCase => ({
    name: `failure: ${name}`,
    source: guide,
    api: { routes: { $default: { integration: integration ?? {} }, next: mocked('next') } },
    ...more,
    talk: [{ send: 'text x' }, { sees: FAILED }, { send: 'text {"action":"next"}' }, { sees: 'text next' }],
  })),
  {
    name: 'MOCK: a template by what the expression gives',
    api: twoWay({
      requestTemplates: { a: '{"statusCode":201}', $default: '{"statusCode":200}' },
      templateSelectionExpression: '$request.body.kind',
      integrationResponseSelectionExpression: '$integration.response.statuscode',
      integrationResponses: {
        '201': { responseTemplates: { $default: 'created' } },
        $default: { responseTemplates: { $default: 'ok' } },
      },
    }),
    talk: [
      { send: 'text {"kind":"a"}' },
      { sees: 'text created' },
      { send: 'text {"kind":"b"}' },
      { sees: 'text ok' },
      { send: 'text x' },
      { sees: 'text ok' },
    ],
  },
  {
    name: 'HTTP_PROXY: the message is the body, headers are mapped, the answer is the frame',
    source: guide,
    api: toBackend({
      integrationType: 'HTTP_PROXY',
      integrationUri: 'http://backend.test/{room}',
      requestParameters: {
        'integration.request.header.connection-id': 'context.connectionId',
        'integration.request.header.static': "'s'",
        'integration.request.path.room': 'route.request.body.room',
        'integration.request.querystring.q': 'stageVariables.v',
      },
    }),
    backend: { body: 'pong', headers: ['Content-Type', 'text/plain'] },
    talk: [{ send: 'text {"room":"a b"}' }, { sees: 'text pong' }],
    received: [
      {
        method: 'POST',
        target: '/a%20b',
        body: '{"room":"a b"}',
        header: {
          'connection-id': '<id>',
          static: 's',
          'content-type': 'application/json',
          'sec-websocket-key': null,
        },
      },
    ],
  },
  {
    name: 'HTTP_PROXY: an answer of 500 is an answer',
    api: toBackend({ integrationType: 'HTTP_PROXY' }),
    backend: { status: 500, body: 'broken' },
    talk: [{ send: 'text x' }, { sees: 'text broken' }],
  },
  {
    name: 'HTTP_PROXY: templates are not looked at',
    api: toBackend({ integrationType: 'HTTP_PROXY', requestTemplates: { $default: 'no' } }),
    backend: { body: 'ok' },
    talk: [{ send: 'text x' }, { sees: 'text ok' }],
    received: [{ body: 'x' }],
  },
  {
    name: 'HTTP: without templates and responses all passes',
    source: guide,
    api: toBackend(),
    backend: { body: 'pong' },
    talk: [{ send: 'text ping' }, { sees: 'text pong' }],
    received: [{ body: 'ping' }],
  },
  {
    name: 'HTTP: a request template reads the message and $context',
    api: toBackend({
      requestTemplates: {
        $default: '{"id":"$context.connectionId","x":$input.json(\'$.x\'),"v":"$stageVariables.v"}',
      },
    }),
    backend: { body: 'ok' },
    talk: [{ send: 'text {"x":[1,2]}' }, { sees: 'text ok' }],
    received: [{ body: '{"id":"<id>","x":[1,2],"v":""}' }],
  },
  {
    name: 'HTTP: responses by status, by pattern, else $default',
    source: 'developer guide, "Setting up WebSocket API integration responses"',
    api: toBackend({
      integrationResponseSelectionExpression: '${integration.response.statuscode}',
      integrationResponses: {
        '/4\\d\\d/': { responseTemplates: { $default: "client $input.path('$.why')" } },
        $default: { responseTemplates: { $default: 'other' } },
      },
    }),
    backend: { status: 404, body: '{"why":"gone"}' },
    talk: [{ send: 'text x' }, { sees: 'text client gone' }],
  },
  {
    name: 'HTTP: no response is for the answer',
    api: toBackend({
      integrationResponseSelectionExpression: '$integration.response.statuscode',
      integrationResponses: { '404': {} },
    }),
    talk: [{ send: 'text x' }, { sees: FAILED }],
  },
  {
    name: 'HTTP: the template of a response by what its expression gives',
    api: toBackend({
      integrationResponses: {
        $default: {
          templateSelectionExpression: '${integration.response.header.Kind}',
          responseTemplates: { a: 'template a', $default: 'template $default' },
        },
      },
    }),
    backend: { headers: ['Kind', 'a'] },
    talk: [{ send: 'text x' }, { sees: 'text template a' }],
  },
  {
    name: 'a one-way route maps no answer',
    api: {
      routes: {
        $default: {
          integration: {
            integrationType: 'HTTP',
            integrationUri: 'http://backend.test/',
            integrationResponseSelectionExpression: '$integration.response.statuscode',
            integrationResponses: { '404': {} },
          },
        },
        next: mocked('next'),
      },
    },
    talk: [{ send: 'text x' }, { send: 'text {"action":"next"}' }, { sees: 'text next' }],
  },
  {
    name: 'AWS: the template is the event, the answer the frame',
    source: guide,
    api: custom({ requestTemplates: { $default: '{"got":$input.json(\'$\')}' } }),
    functions: { f: returning({ a: 1 }) },
    talk: [{ send: 'text {"x":1}' }, { sees: 'text {"a":1}' }],
    invoked: [{ got: { x: 1 } }],
  },
  {
    name: 'AWS: responses by the message of an error',
    source: 'developer guide, "Setting up WebSocket API integration responses"',
    api: custom({
      integrationResponseSelectionExpression: '${integration.response.body.errorMessage}',
      integrationResponses: {
        '/.*boom.*/': { responseTemplates: { $default: "failed: $input.path('$.errorMessage')" } },
        $default: {},
      },
    }),
    functions: { f: throwing('a boom it was') },
    talk: [{ send: 'text {}' }, { sees: 'text failed: a boom it was' }],
  },
  {
    name: 'passthroughBehavior NEVER',
    api: toBackend({ passthroughBehavior: 'NEVER' }),
    talk: [
      { send: 'text x' },
      { sees: 'text {"message": "Unsupported Media Type", "connectionId":"<id>", "requestId":"<id>"}' },
    ],
    received: [],
  },
  {
    name: 'passthroughBehavior WHEN_NO_TEMPLATES without templates',
    api: toBackend({ passthroughBehavior: 'WHEN_NO_TEMPLATES' }),
    talk: [{ send: 'text x' }],
    received: [{ body: 'x' }],
  },
  {
    name: 'passthroughBehavior WHEN_NO_TEMPLATES with one for others',
    api: toBackend({ passthroughBehavior: 'WHEN_NO_TEMPLATES', requestTemplates: { a: 'a' } }),
    talk: [
      { send: 'text x' },
      { sees: 'text {"message": "Unsupported Media Type", "connectionId":"<id>", "requestId":"<id>"}' },
    ],
    received: [],
  },
  {
    name: 'passthroughBehavior WHEN_NO_MATCH with a template for others',
    api: toBackend({ passthroughBehavior: 'WHEN_NO_MATCH', requestTemplates: { a: 'a' } }),
    backend: { body: 'ok' },
    talk: [{ send: 'text x' }, { sees: 'text ok' }],
    received: [{ body: 'x' }],
  },
  {
    name: 'CONVERT_TO_BINARY of base64',
    source: 'developer guide, "Working with binary media types for WebSocket APIs"',
    api: toBackend({ contentHandlingStrategy: 'CONVERT_TO_BINARY' }),
    backend: { body: 'ok' },
    talk: [{ send: 'text AP8=' }, { sees: 'text ok' }],
    received: [{ body: '\u0000\u00ff' }],
  },
  {
    name: 'CONVERT_TO_BINARY of what is no base64',
    api: toBackend({ contentHandlingStrategy: 'CONVERT_TO_BINARY' }),
    talk: [{ send: 'text ***' }, { sees: FAILED }],
    received: [],
  },
  {
    name: 'CONVERT_TO_TEXT of a binary answer',
    source: 'the same page',
    api: toBackend({ integrationResponses: { $default: { contentHandlingStrategy: 'CONVERT_TO_TEXT' } } }),
    backend: { body: '\u0000\u00ff' },
    talk: [{ send: 'text x' }, { sees: 'text AP8=' }],
  },
  {
    name: 'HTTP: without an expression responses are chosen by the status',
    source: 'developer guide, "Integration response selection expressions"',
    api: toBackend({
      integrationResponses: {
        '/5\\d\\d/': { responseTemplates: { $default: 'broken' } },
        $default: { responseTemplates: { $default: 'fine' } },
      },
    }),
    backend: { status: 503 },
    talk: [{ send: 'text x' }, { sees: 'text broken' }],
  },
  {
    name: 'AWS: without an expression a function’s responses are chosen by its error',
    source: 'developer guide, "Integration response selection expressions"',
    api: custom({
      integrationResponses: {
        '/boom/': { responseTemplates: { $default: 'failed' } },
        $default: { responseTemplates: { $default: 'fine' } },
      },
    }),
    functions: { f: throwing('boom') },
    talk: [{ send: 'text {}' }, { sees: 'text failed' }],
  },
]
