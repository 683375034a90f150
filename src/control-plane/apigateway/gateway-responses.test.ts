import { test } from 'bun:test'
import { playCalls, withApi, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const template = { 'application/json': '{"message":$context.error.messageString}' }
const call = (name: string, more: object = {}): PlayedCall => ({
  call: name,
  with: { restApiId: '$api.id', ...more },
})
const get = (responseType: string): PlayedCall => call('GetGatewayResponse', { responseType })
const put = (responseType: string, more: object): PlayedCall =>
  call('PutGatewayResponse', { responseType, ...more })
const patch = (responseType: string, ...patchOperations: readonly object[]): PlayedCall =>
  call('UpdateGatewayResponse', { responseType, patchOperations })
const header = 'gatewayresponse.header.x-a'
const plain = (responseType: string, statusCode?: string): object => ({
  responseType,
  ...(statusCode === undefined ? {} : { statusCode }),
  responseParameters: {},
  responseTemplates: template,
})

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a type is put, read, deleted': [
    ...withApi,
    { ...get('THROTTLED'), gives: { ...plain('THROTTLED', '429'), defaultResponse: true } },
    {
      ...put('THROTTLED', {
        statusCode: '503',
        responseParameters: { [header]: 'method.request.header.Accept' },
        responseTemplates: { 'text/plain': 'no' },
      }),
      as: 'put',
      gives: {
        responseType: 'THROTTLED',
        statusCode: '503',
        responseParameters: { [header]: 'method.request.header.Accept' },
        responseTemplates: { 'text/plain': 'no' },
        defaultResponse: false,
      },
    },
    {
      ...get('THROTTLED'),
      gives: {
        ...plain('THROTTLED', '503'),
        responseParameters: { [header]: 'method.request.header.Accept' },
        responseTemplates: { 'text/plain': 'no' },
        defaultResponse: false,
      },
    },
    { ...call('DeleteGatewayResponse', { responseType: 'THROTTLED' }), gives: {} },
    { ...get('THROTTLED'), gives: { ...plain('THROTTLED', '429'), defaultResponse: true } },
    {
      ...call('DeleteGatewayResponse', { responseType: 'THROTTLED' }),
      fails: [missing, 'Gateway response type not defined on api'],
    },
  ],
  'what a put leaves out is the default of its type': [
    ...withApi,
    {
      ...put('MISSING_AUTHENTICATION_TOKEN', { responseParameters: { [header]: "'a'" } }),
      gives: {
        ...plain('MISSING_AUTHENTICATION_TOKEN', '403'),
        responseParameters: { [header]: "'a'" },
        defaultResponse: false,
      },
    },
    { ...put('DEFAULT_5XX', {}), gives: { ...plain('DEFAULT_5XX'), defaultResponse: false } },
  ],
  'types that are not customised answer as their fallback does': [
    ...withApi,
    put('DEFAULT_5XX', { statusCode: '599', responseParameters: { [header]: "'a'" } }),
    put('DEFAULT_4XX', { responseParameters: { [header]: "'b'" } }),
    {
      ...get('INTEGRATION_TIMEOUT'),
      gives: {
        ...plain('INTEGRATION_TIMEOUT', '599'),
        responseParameters: { [header]: "'a'" },
        defaultResponse: true,
      },
    },
    {
      ...get('UNAUTHORIZED'),
      gives: {
        ...plain('UNAUTHORIZED', '401'),
        responseParameters: { [header]: "'b'" },
        defaultResponse: true,
      },
    },
  ],
  'a patch starts from what is answered now': [
    ...withApi,
    {
      ...patch('DEFAULT_4XX', { op: 'replace', path: '/statusCode', value: '444' }),
      gives: { ...plain('DEFAULT_4XX', '444'), defaultResponse: false },
    },
    {
      ...patch(
        'DEFAULT_4XX',
        { op: 'add', path: `/responseParameters/${header}`, value: "'a'" },
        { op: 'add', path: '/responseTemplates/application~1xml', value: '<a/>' },
        { op: 'replace', path: '/responseTemplates/application~1json', value: '{}' },
      ),
      gives: {
        responseType: 'DEFAULT_4XX',
        statusCode: '444',
        responseParameters: { [header]: "'a'" },
        responseTemplates: { 'application/xml': '<a/>', 'application/json': '{}' },
        defaultResponse: false,
      },
    },
    {
      ...patch('DEFAULT_4XX', { op: 'remove', path: `/responseParameters/${header}` }),
      has: { responseParameters: {} },
    },
  ],
  'patches that are refused': [
    ...withApi,
    put('DEFAULT_4XX', { responseParameters: { [header]: "'a'" } }),
    ...['add', 'remove'].map((op) => ({
      ...patch('DEFAULT_4XX', { op, path: '/statusCode', value: '444' }),
      fails: [bad, 'Invalid patch path /statusCode'] as const,
    })),
    {
      ...patch('DEFAULT_4XX', {
        op: 'replace',
        path: '/responseParameters/gatewayresponse.header.x-b',
        value: "'a'",
      }),
      fails: [missing, 'Invalid parameter name specified'],
    },
    {
      ...patch('DEFAULT_4XX', { op: 'remove', path: '/responseTemplates/a~1b' }),
      fails: [missing, 'Content-Type specified was not found'],
    },
    { ...patch('DEFAULT_4XX', { op: 'replace', value: '1' }), fails: [bad, 'Invalid patch path null'] },
    {
      ...patch('DEFAULT_4XX', { op: 'replace', path: '/wrongPath', value: '1' }),
      fails: [bad, 'Invalid patch path /wrongPath'],
    },
    {
      ...patch('DEFAULT_4XX', { op: 'replace', path: `/responseParameters/${header}` }),
      fails: [bad, 'Invalid null or empty value in responseParameters'],
    },
    {
      ...patch('DEFAULT_4XX', { op: 'replace', path: '/responseTemplates/application~1json' }),
      fails: [bad, 'Invalid null or empty value in responseTemplates'],
    },
    {
      ...patch('DEFAULT_4XX', { op: 'replace', path: '/statusCode', value: '99' }),
      fails: [bad, 'Invalid status code specified: 99. Expected three digits from 100 to 599'],
    },
    {
      ...put('DEFAULT_4XX', { responseParameters: { [header]: 'method.request.body' } }),
      fails: [
        bad,
        'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: method.request.body]',
      ],
    },
    {
      ...put('DEFAULT_4XX', { responseParameters: { 'method.response.header.a': "'a'" } }),
      fails: [
        bad,
        'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.a]',
      ],
    },
  ],
  'an unknown API': [
    'GetGatewayResponses',
    'GetGatewayResponse',
    'DeleteGatewayResponse',
    'UpdateGatewayResponse',
    'PutGatewayResponse',
  ].map((name) => ({
    call: name,
    with: { restApiId: 'none', responseType: 'DEFAULT_4XX' },
    fails: [missing, 'Invalid API identifier specified 111111111111:none'] as const,
  })),
  'all types are listed by name, in pages': [
    ...withApi,
    put('ACCESS_DENIED', { statusCode: '404' }),
    {
      ...call('GetGatewayResponses', { limit: 2 }),
      as: 'page',
      has: {
        items: [
          { responseType: 'ACCESS_DENIED', statusCode: '404', defaultResponse: false },
          { responseType: 'API_CONFIGURATION_ERROR', statusCode: '500', defaultResponse: true },
        ],
      },
    },
    {
      ...call('GetGatewayResponses', { limit: 1, position: '$page.position' }),
      has: { items: [{ responseType: 'AUTHORIZER_CONFIGURATION_ERROR' }] },
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
