import type { RestCase } from './support/case.ts'
import { functionUri, type ApiDefinition, type IntegrationDefinition } from './support/definition.ts'
import { answering, throwing } from './support/functions.ts'

const internal = '{"message": "Internal server error"}'
const unsupported = '{"message": "Unsupported Media Type"}'
const PARAMETERS = 'developer guide, "Parameter mapping reference"'
const PASSTHROUGH = 'developer guide, "Integration passthrough behaviors"'
const OVERRIDES =
  'developer guide, "Use a mapping template to override an API’s request and response parameters"'
const RESPONSES = 'developer guide, "Set up an integration response"'

function one(
  integration: Partial<IntegrationDefinition> = {},
  more: Partial<ApiDefinition> = {},
): ApiDefinition {
  return {
    paths: {
      '/x/{id}': {
        ANY: {
          integration: {
            type: 'HTTP',
            httpMethod: 'POST',
            uri: 'http://backend.test/y',
            integrationResponses: { 200: {} },
            ...integration,
          },
        },
      },
    },
    ...more,
  }
}

const json = 'Content-Type: application/json'
const BODY = ' {"s":"t","n":1.50,"b":true,"nil":null,"o":{"k":[1,"2"]},"a":["x","y"],"":"empty"} '

/** What a mapping makes of one request; undefined: its target is left out. */
const expressions: readonly (readonly [expression: string, value: string | undefined])[] = [
  ['method.request.path.id', 'a%2Fb+c'],
  ['method.request.path.none', undefined],
  ['method.request.querystring.q', 'last one'],
  ['method.request.querystring.Q', undefined],
  ['method.request.querystring.flag', ''],
  ['method.request.multivaluequerystring.q', 'first,last one'],
  ['method.request.header.X-In', '2'],
  ['method.request.header.x-in', undefined],
  ['method.request.multivalueheader.X-In', '1,2'],
  ['method.request.multivalueheader.X-None', undefined],
  ['method.request.body', BODY.trim()],
  ['method.request.body.s', 't'],
  ['method.request.body.n', '1.5'],
  ['method.request.body.b', 'true'],
  ['method.request.body.nil', undefined],
  ['method.request.body.none', undefined],
  ['method.request.body.o', '{"k":[1,"2"]}'],
  ['method.request.body.o.k[1]', '2'],
  ['method.request.body.$.s', 't'],
  ['method.request.body.$["s"]', 't'],
  ['method.request.body.a', '["x","y"]'],
  ['context.stage', 'prod'],
  ['context.nothing', undefined],
  ['stageVariables.v', 'variable'],
  ['stageVariables.none', undefined],
  ["'text'", 'text'],
  ["'it''s'", "it''s"],
  ["''", ''],
]

/** Templates, parameters and overrides, both ways. */
export const mappingCases: readonly RestCase[] = [
  ...expressions.map(([expression, value]): RestCase => ({
    name: `a header of ${expression}`,
    source: PARAMETERS,
    api: one(
      { requestParameters: { 'integration.request.header.X-Out': expression } },
      { variables: { v: 'variable' } },
    ),
    request: {
      method: 'POST',
      target: '/x/a%2Fb+c?q=first&q=last%20one&flag',
      headers: ['X-In: 1', 'X-In: 2', json],
      body: BODY,
    },
    expect: { status: 200, received: { header: { 'X-Out': value ?? null } } },
  })),
  ...(
    [
      ['text', 'a JSON body of another kind has no members', undefined],
      ['"s"', 'a JSON text has no members', undefined],
      ['[{"s":"t"}]', 'a JSON list has no members', undefined],
      ['', 'no body has no members', undefined],
    ] as const
  ).map(([body, name]): RestCase => ({
    name,
    source: PARAMETERS,
    api: one({ requestParameters: { 'integration.request.header.X-Out': 'method.request.body.s' } }),
    request: { method: 'POST', target: '/x/1', headers: [json], body },
    expect: { status: 200, received: { header: { 'X-Out': null } } },
  })),
  {
    name: 'broken JSON of a backend that a mapping reads',
    source: PARAMETERS,
    api: one({
      integrationResponses: {
        200: { responseParameters: { 'method.response.header.X-A': 'integration.response.body.a' } },
      },
    }),
    backend: { body: '{"a":' },
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'response parameters from everywhere',
    source: PARAMETERS,
    api: one(
      {
        integrationResponses: {
          200: {
            responseParameters: {
              'method.response.header.X-Header': 'integration.response.header.X-In',
              'method.response.header.X-All': 'integration.response.multivalueheader.x-in',
              'method.response.header.X-Member': 'integration.response.body.a.b',
              'method.response.header.X-Body': 'integration.response.body',
              'method.response.header.X-Stage': 'stageVariables.v',
              'method.response.header.X-Context': 'context.stage',
              'method.response.header.X-Static': "'s'",
              'method.response.header.X-None': 'integration.response.header.X-None',
            },
          },
        },
      },
      { variables: { v: 'variable' } },
    ),
    backend: { headers: ['X-In', '1', 'X-In', '2'], body: ' {"a":{"b":"c"}}\n' },
    request: { target: '/x/1' },
    expect: {
      status: 200,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'X-Header: 2',
        'X-All: 1,2',
        'X-Member: c',
        'X-Body: {"a":{"b":"c"}}',
        'X-Stage: variable',
        'X-Context: prod',
        'X-Static: s',
        'X-Amzn-Trace-Id: <trace>',
        'Content-Length: 17',
      ],
    },
  },
  ...passthroughs(),
  ...overrides(),
  ...selections(),
  {
    name: 'a Content-Type that is mapped wins over that of the template',
    api: one({
      integrationResponses: {
        200: {
          responseParameters: {
            'method.response.header.Content-Type': 'integration.response.header.Content-Type',
          },
          responseTemplates: { 'application/json': '$input.body' },
        },
      },
    }),
    backend: { headers: ['Content-Type', 'text/csv'], body: 'a,b' },
    request: { target: '/x/1' },
    expect: {
      status: 200,
      body: 'a,b',
      headers: [
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'Content-Type: text/csv',
        'X-Amzn-Trace-Id: <trace>',
        'Content-Length: 3',
      ],
    },
  },
  {
    name: 'a template that fails while it runs',
    source: 'recorded on AWS',
    api: one({ requestTemplates: { 'application/json': '$input.path("$[")' } }),
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{}' },
    expect: { status: 500, body: internal, header: { 'x-amzn-ErrorType': 'InternalServerErrorException' } },
  },
  {
    name: 'a template of which there is something to remark serves all the same',
    api: one({
      requestTemplates: { 'application/json': '#if($input.params("never") == "x")#parse("file")#{end}body' },
    }),
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{}' },
    expect: { status: 200, received: { body: 'body' } },
  },
  {
    name: 'an empty template sends nothing',
    source: 'recorded on AWS',
    api: one({ requestTemplates: { 'application/json': '' } }),
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{"a":1}' },
    expect: { status: 200, received: { body: '' } },
  },
  {
    name: 'an empty response template answers nothing',
    api: one({ integrationResponses: { 200: { responseTemplates: { 'application/json': '' } } } }),
    backend: { body: 'from the backend' },
    request: { target: '/x/1' },
    expect: { status: 200, body: '' },
  },
  {
    name: 'no response template: the answer as it is',
    api: one(),
    backend: { body: 'from the backend' },
    request: { target: '/x/1' },
    expect: { status: 200, body: 'from the backend', header: { 'Content-Type': 'application/json' } },
  },
  ...(
    [
      ['application/xml', 'xml', 'application/xml'],
      ['APPLICATION/XML; q=1', 'xml', 'application/xml'],
      ['application/xml, application/json', 'xml', 'application/xml'],
      ['application/json', 'json', 'application/json'],
      ['text/html, application/xml', 'json', 'application/json'],
      ['*/*', 'json', 'application/json'],
      ['', 'json', 'application/json'],
    ] as const
  ).map(([accept, body, type]): RestCase => ({
    name: `the response template for Accept ${JSON.stringify(accept)}`,
    api: one({
      integrationResponses: {
        200: { responseTemplates: { 'application/xml': 'xml', 'application/json': 'json' } },
      },
    }),
    request: { target: '/x/1', headers: accept === '' ? [] : [`Accept: ${accept}`] },
    expect: { status: 200, body, header: { 'Content-Type': type } },
  })),
  {
    name: 'the first response template where there is none for JSON',
    api: one({
      integrationResponses: { 200: { responseTemplates: { 'text/plain': 'plain', 'text/csv': 'csv' } } },
    }),
    request: { target: '/x/1', headers: ['Accept: image/png'] },
    expect: { status: 200, body: 'plain', header: { 'Content-Type': 'text/plain' } },
  },
  {
    name: 'several path parameters',
    source: PARAMETERS,
    api: {
      paths: {
        '/x/{a}/y/{b}/{c+}': {
          GET: {
            integration: {
              type: 'HTTP_PROXY',
              httpMethod: 'GET',
              uri: 'http://backend.test/{three}/{one}/{two}/{one}',
              requestParameters: {
                'integration.request.path.one': 'method.request.path.a',
                'integration.request.path.two': 'method.request.path.b',
                'integration.request.path.three': 'method.request.path.c',
              },
            },
          },
        },
      },
    },
    request: { target: '/x/1/y/2/3/4' },
    expect: { status: 200, received: { target: '/3/4/1/2/1' } },
  },
  {
    name: 'path parameters stay escaped as they came, what else is mapped is escaped',
    source: 'recorded on AWS',
    api: one({
      uri: 'http://backend.test/{raw}/{other}/{missing}',
      requestParameters: {
        'integration.request.path.raw': 'method.request.path.id',
        'integration.request.path.other': 'method.request.querystring.q',
      },
    }),
    request: { target: '/x/a%20b%2Fc@d?q=a%20b/c%3F%C3%A9' },
    expect: { status: 200, received: { target: '/a%20b%2Fc@d/a%20b/c%3F%C3%A9/%7Bmissing%7D' } },
  },
]

/** The whole table of passthroughBehavior. */
function passthroughs(): RestCase[] {
  const rows: readonly (readonly [
    behaviour: IntegrationDefinition['passthroughBehavior'],
    templates: Readonly<Record<string, string>> | undefined,
    type: string | undefined,
    sent: string | 415,
  ])[] = (['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'] as const).flatMap((behaviour) => {
    const unmatched = behaviour === 'WHEN_NO_MATCH' ? ('body' as const) : (415 as const)
    const without = behaviour === 'NEVER' ? (415 as const) : ('body' as const)
    return [
      [behaviour, { 'application/json': 'json' }, 'application/json', 'json'] as const,
      [behaviour, { 'application/json': 'json' }, 'Application/JSON; charset=utf-8', 'json'] as const,
      [behaviour, { 'application/json': 'json' }, undefined, 'json'] as const,
      [behaviour, { 'application/json': 'json' }, 'text/plain', unmatched] as const,
      [behaviour, { 'application/json': 'json' }, 'application/json-patch+json', unmatched] as const,
      [behaviour, { 'text/plain': 'plain' }, undefined, unmatched] as const,
      [behaviour, { 'text/plain': 'plain' }, 'text/plain', 'plain'] as const,
      [behaviour, { $default: 'default', 'text/plain': 'plain' }, 'image/png', 'default'] as const,
      [behaviour, {}, 'application/json', without] as const,
      [behaviour, undefined, 'text/plain', without] as const,
    ]
  })
  return rows.map(([passthroughBehavior, requestTemplates, type, sent]): RestCase => ({
    name: `${passthroughBehavior}, templates for ${Object.keys(requestTemplates ?? {}).join(' and ') || 'nothing'}, ${type ?? 'no Content-Type'}: ${sent}`,
    source: PASSTHROUGH,
    api: one({
      ...(passthroughBehavior === undefined ? {} : { passthroughBehavior }),
      ...(requestTemplates === undefined ? {} : { requestTemplates }),
    }),
    request: {
      method: 'POST',
      target: '/x/1',
      headers: type === undefined ? [] : [`Content-Type: ${type}`],
      body: 'body',
    },
    expect:
      sent === 415
        ? { status: 415, body: unsupported, header: { 'x-amzn-ErrorType': 'BadRequestException' } }
        : { status: 200, received: { body: sent } },
  }))
}

function overrides(): RestCase[] {
  const template = (text: string): Partial<IntegrationDefinition> => ({
    requestTemplates: { 'application/json': text },
  })
  const answer = (text: string): Partial<IntegrationDefinition> => ({
    integrationResponses: {
      200: {
        responseParameters: { 'method.response.header.X-A': "'mapped'" },
        responseTemplates: { 'application/json': text },
      },
    },
  })
  const statuses: readonly (readonly [written: string, status: number])[] = [
    ['201', 201],
    ['"202"', 202],
    ['599', 599],
    ['200.5', 200],
    ['"ok"', 200],
    ['99', 200],
    ['600', 200],
    ['-1', 200],
    ['""', 200],
  ]
  return [
    {
      name: 'an override adds headers, query and path beside what is mapped',
      source: OVERRIDES,
      api: one({
        uri: 'http://backend.test/{p}/{q}',
        requestParameters: {
          'integration.request.path.p': "'mapped'",
          'integration.request.querystring.m': "'mapped'",
          'integration.request.header.X-M': "'mapped'",
        },
        ...template(
          '#set($context.requestOverride.path.q = "over/ridden")#set($context.requestOverride.querystring.o = "a b")' +
            '#set($context.requestOverride.header.X-O = 7)#set($context.requestOverride.header["X-P"] = true)body',
        ),
      }),
      request: { target: '/x/1' },
      expect: {
        status: 200,
        received: {
          target: '/mapped/over/ridden?m=mapped&o=a%20b',
          header: { 'X-M': 'mapped', 'X-O': '7', 'X-P': 'true' },
          body: 'body',
        },
      },
    },
    {
      name: 'an override names a header in any case',
      source: OVERRIDES,
      api: one({
        requestParameters: { 'integration.request.header.X-M': "'mapped'" },
        ...template('#set($context.requestOverride.header.x-m = "over")'),
      }),
      request: { target: '/x/1' },
      expect: { status: 200, received: { header: { 'x-m': 'over' } } },
    },
    {
      name: 'an override of several values',
      source: OVERRIDES,
      api: one(
        template(
          '#set($context.requestOverride.querystring.l = ["a","b"])#set($context.requestOverride.header.X-L = ["a","b"])',
        ),
      ),
      request: { target: '/x/1' },
      expect: {
        status: 200,
        received: {
          target: '/y?l=a&l=b',
          headers: [
            'X-L: a',
            'X-L: b',
            'Accept: application/json',
            'User-Agent: AmazonAPIGateway_<api>',
            'Content-Type: application/json',
            'X-Amzn-Trace-Id: <trace>',
            'X-Amzn-Apigateway-Api-Id: <api>',
            'Content-Length: 0',
          ],
        },
      },
    },
    {
      name: 'an override of a response header wins over its mapping',
      source: OVERRIDES,
      api: one(answer('#set($context.responseOverride.header.X-A = "over")x')),
      request: { target: '/x/1' },
      expect: { status: 200, body: 'x', header: { 'X-A': 'over' } },
    },
    {
      name: 'an override of Content-Type',
      source: OVERRIDES,
      api: one(answer('#set($context.responseOverride.header.Content-Type = "text/html")<p>')),
      request: { target: '/x/1' },
      expect: { status: 200, body: '<p>', header: { 'Content-Type': 'text/html' } },
    },
    {
      name: 'an override of a header that comes back under another name',
      source: 'recorded on AWS',
      api: one(answer('#set($context.responseOverride.header.Date = "today")')),
      request: { target: '/x/1' },
      expect: { status: 200, header: { 'x-amzn-Remapped-Date': 'today' } },
    },
    ...statuses.map(([written, status]): RestCase => ({
      name: `an override of the status: ${written}`,
      source: OVERRIDES,
      api: one(answer(`#set($context.responseOverride.status = ${written})`)),
      request: { target: '/x/1' },
      expect: { status },
    })),
    {
      name: 'what the request template keeps in $context is there for the response template',
      source: 'recorded on AWS',
      api: one({
        ...template('#set($context.responseOverride.header.X-Keep = "kept")'),
        ...answer('$context.responseOverride.header.X-Keep'),
      }),
      request: { target: '/x/1' },
      expect: { status: 200, body: 'kept', header: { 'X-Keep': 'kept' } },
    },
  ]
}

function selections(): RestCase[] {
  const lambda = (pattern: string): ApiDefinition =>
    one({
      type: 'AWS',
      uri: functionUri('f'),
      integrationResponses: { 200: {}, 400: { selectionPattern: pattern } },
    })
  const patterns: readonly (readonly [pattern: string, status: number, chosen: number])[] = [
    ['404', 404, 400],
    ['4\\d{2}', 404, 400],
    ['4\\d', 404, 200],
    ['40', 404, 200],
    ['04', 404, 200],
    ['.*0.*', 404, 400],
    ['404|500', 500, 400],
    ['[45]..', 503, 400],
    ['(?!404).*', 404, 200],
  ]
  return [
    ...patterns.map(([selectionPattern, status, chosen]): RestCase => ({
      name: `the pattern ${selectionPattern} for status ${status}: ${chosen}`,
      source: RESPONSES,
      api: one({ integrationResponses: { 200: {}, 400: { selectionPattern } } }),
      backend: { status },
      request: { target: '/x/1' },
      expect: { status: chosen },
    })),
    ...(
      [
        ['.*Error.*', 'An Error occurred', 400],
        ['Error', 'An Error occurred', 200],
        ['An.*', 'An Error occurred', 400],
        ['.*Error.*', 'line\nError', 200],
        ['(?s).*Error.*', 'line\nError', 400],
      ] as const
    ).map(([pattern, message, status]): RestCase => ({
      name: `the pattern ${pattern} for a function’s message ${JSON.stringify(message)}: ${status}`,
      source: RESPONSES,
      api: lambda(pattern),
      functions: { f: throwing(message) },
      request: { target: '/x/1' },
      expect: { status },
    })),
    {
      name: 'a function that succeeded matches no pattern for messages',
      source: RESPONSES,
      api: lambda('.+'),
      functions: { f: answering('{"errorMessage":"mine"}') },
      request: { target: '/x/1' },
      expect: { status: 200 },
    },
    {
      name: 'an empty pattern is the default',
      source: RESPONSES,
      api: one({ integrationResponses: { 200: { selectionPattern: '2..' }, 418: { selectionPattern: '' } } }),
      backend: { status: 503 },
      request: { target: '/x/1' },
      expect: { status: 418 },
    },
    {
      name: 'no pattern matches, and there is no default',
      source: RESPONSES,
      api: one({ integrationResponses: { 200: { selectionPattern: '2..' } } }),
      backend: { status: 503 },
      request: { target: '/x/1' },
      expect: { status: 500, body: internal, header: { 'X-Amzn-Trace-Id': null } },
    },
  ]
}
