import { expect, test } from 'bun:test'
import { account, now, type PlayedCall } from '../../../test/support/play-calls.ts'
import {
  playV2Calls,
  withBackend,
  withHttpApi,
  withWebSocketApi,
} from '../../../test/support/play-v2-calls.ts'

import { awsEndpoint, endpointBelow } from './api-endpoint.ts'
import type { EndpointOf } from './environment.ts'

const bad = 'BadRequestException'
const none: readonly [string, string] = [
  'NotFoundException',
  `Invalid API identifier specified ${account}:nothing`,
]
const http = {
  ApiId: '$api.ApiId',
  Name: 'pets',
  ProtocolType: 'HTTP',
  CreatedDate: now,
  ApiEndpoint: 'http://localhost/_aws/execute-api/$api.ApiId',
  ApiKeySelectionExpression: '$request.header.x-api-key',
  RouteSelectionExpression: '$request.method $request.path',
  DisableExecuteApiEndpoint: false,
  IpAddressType: 'ipv4',
  Tags: {},
}
const create = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'CreateApi',
  with: { Name: 'pets', ProtocolType: 'HTTP', ...input },
})
const update = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateApi',
  with: { ApiId: '$api.ApiId', ...input },
})
const get = { call: 'GetApi', with: { ApiId: '$api.ApiId' } }
const cors = { AllowOrigins: ['https://example.com', 'https://*'], AllowMethods: ['GET', '*'], MaxAge: 300 }
const lambda = 'arn:aws:lambda:us-east-1:111111111111:function:hello'

const plays: Readonly<Record<string, readonly PlayedCall[]>> = {
  'an HTTP API has the defaults of AWS': [...withHttpApi, { ...get, gives: http }],
  'a WebSocket API is reached by ws': [
    ...withWebSocketApi,
    {
      ...get,
      gives: {
        ...http,
        Name: 'chat',
        ProtocolType: 'WEBSOCKET',
        ApiEndpoint: 'ws://localhost/_aws/execute-api/$api.ApiId',
        RouteSelectionExpression: '$request.body.action',
      },
    },
  ],
  'what is said of an API is kept': [
    {
      ...create({
        Description: 'all pets',
        Version: '1',
        CorsConfiguration: cors,
        DisableExecuteApiEndpoint: true,
        IpAddressType: 'dualstack',
        Tags: { team: 'a' },
      }),
      as: 'api',
    },
    {
      ...get,
      gives: {
        ...http,
        Description: 'all pets',
        Version: '1',
        CorsConfiguration: cors,
        DisableExecuteApiEndpoint: true,
        IpAddressType: 'dualstack',
        Tags: { team: 'a' },
      },
    },
  ],
  'updates leave alone what they do not name, and empty texts clear': [
    { ...create({ Description: 'all pets', Version: '1', CorsConfiguration: cors }), as: 'api' },
    {
      ...update({ Name: 'animals', Description: '' }),
      gives: { ...http, Name: 'animals', Version: '1', CorsConfiguration: cors },
    },
    {
      ...update({ CorsConfiguration: { AllowOrigins: ['*'] } }),
      has: { CorsConfiguration: { AllowOrigins: ['*'] } },
    },
    { ...update({ Name: '' }), fails: [bad, 'Name cannot be empty'] },
  ],
  'CORS is taken away by an operation of its own': [
    { ...create({ CorsConfiguration: cors }), as: 'api' },
    { call: 'DeleteCorsConfiguration', with: { ApiId: '$api.ApiId' } },
    { ...get, gives: http },
    { call: 'DeleteCorsConfiguration', with: { ApiId: 'nothing' }, fails: none },
  ],
  'APIs are listed in pages': [
    { ...create({ Name: 'one' }), as: 'one' },
    { ...create({ Name: 'two' }), as: 'two' },
    { call: 'GetApis', with: { MaxResults: '1' }, as: 'page' },
    {
      call: 'GetApis',
      with: { MaxResults: '1', NextToken: '$page.NextToken' },
      as: 'last',
      has: { Items: [{}] },
    },
    {
      call: 'GetApis',
      with: { MaxResults: 'some' },
      fails: [bad, 'Invalid maxResults parameter specified: some. Expected a whole number'],
    },
    { call: 'GetApis', with: { NextToken: '?' }, fails: [bad, 'Invalid position parameter specified'] },
  ],
  'deleting an API deletes what is in it': [
    ...withBackend,
    { call: 'DeleteApi', with: { ApiId: '$api.ApiId' } },
    {
      call: 'GetIntegration',
      with: { ApiId: '$api.ApiId', IntegrationId: '$integration.IntegrationId' },
      fails: ['NotFoundException', `Invalid API identifier specified ${account}:$api.ApiId`],
    },
    { call: 'DeleteApi', with: { ApiId: 'nothing' }, fails: none },
  ],
  'quick create makes route, integration and stage of a function': [
    { ...create({ Target: lambda, RouteKey: 'GET /pets' }), as: 'api', gives: { ...http } },
    {
      call: 'GetRoutes',
      with: { ApiId: '$api.ApiId' },
      as: 'routes',
      has: { Items: [{ RouteKey: 'GET /pets', ApiGatewayManaged: true, AuthorizationType: 'NONE' }] },
    },
    {
      call: 'GetIntegrations',
      with: { ApiId: '$api.ApiId' },
      as: 'integrations',
      has: {
        Items: [
          {
            ApiGatewayManaged: true,
            ConnectionType: 'INTERNET',
            IntegrationMethod: 'POST',
            IntegrationType: 'AWS_PROXY',
            IntegrationUri: lambda,
            PayloadFormatVersion: '2.0',
            TimeoutInMillis: 30_000,
          },
        ],
      },
    },
    {
      call: 'DeleteIntegration',
      with: { ApiId: '$api.ApiId', IntegrationId: '$integrations.Items.0.IntegrationId' },
      fails: [bad, 'The integration that quick create made can be updated, but not deleted'],
    },
    {
      call: 'UpdateRoute',
      with: { ApiId: '$api.ApiId', RouteId: '$routes.Items.0.RouteId', RouteKey: 'GET /' },
      fails: [bad, 'The key of the route that quick create made stays GET /pets'],
    },
    update({ Target: `${lambda}2`, RouteKey: '$default' }),
    { call: 'GetRoutes', with: { ApiId: '$api.ApiId' }, has: { Items: [{ RouteKey: '$default' }] } },
    {
      call: 'GetIntegrations',
      with: { ApiId: '$api.ApiId' },
      has: { Items: [{ IntegrationUri: `${lambda}2` }] },
    },
    {
      ...update({ Target: 'https://example.com' }),
      fails: [
        bad,
        'Invalid Target specified: https://example.com. The integration of this API stays of type AWS_PROXY',
      ],
    },
  ],
  'quick create of a backend passes every method': [
    { ...create({ Target: 'https://example.com/pets' }), as: 'api' },
    { call: 'GetRoutes', with: { ApiId: '$api.ApiId' }, has: { Items: [{ RouteKey: '$default' }] } },
    {
      call: 'GetIntegrations',
      with: { ApiId: '$api.ApiId' },
      has: {
        Items: [{ IntegrationType: 'HTTP_PROXY', IntegrationMethod: 'ANY', PayloadFormatVersion: '1.0' }],
      },
    },
  ],
  'only what quick create made is changed as a whole': [
    ...withHttpApi,
    {
      ...update({ Target: lambda }),
      fails: [
        bad,
        'RouteKey, Target and CredentialsArn change what quick create made: it did not make this API',
      ],
    },
    {
      ...create({ RouteKey: 'GET /' }),
      fails: [bad, 'RouteKey and CredentialsArn are part of quick create: expected a Target beside them'],
    },
    { ...create({ Target: 'nothing' }), fails: [bad, 'Invalid function ARN or invalid uri: nothing'] },
    {
      call: 'CreateApi',
      with: { ...withWebSocketApi[0]?.with, Target: lambda },
      fails: [bad, 'Target is not supported on protocolType WEBSOCKET'],
    },
  ],
}
const endpointOf: EndpointOf = (api) => endpointBelow('http://localhost', api)
for (const [name, calls] of Object.entries(plays)) test(name, () => playV2Calls(calls, { endpointOf }))

test.each([
  ['HTTP', 'https'],
  ['WEBSOCKET', 'wss'],
] as const)('an API of protocol %s at AWS is reached by %s', (protocolType, scheme) => {
  expect(awsEndpoint({ apiId: 'a1', protocolType }, 'eu-west-1')).toBe(
    `${scheme}://a1.execute-api.eu-west-1.amazonaws.com`,
  )
})

test('an account has so many APIs', () =>
  playV2Calls(
    [
      create({}),
      {
        ...create({}),
        fails: [
          'LimitExceededException',
          'Maximum number of APIs for this account has been reached.  Please contact AWS if you need additional APIs.',
        ],
      },
    ],
    { quotas: { routedApis: 1 } },
  ))

/** What CreateApi is given beside a name, and how it is refused. */
const refused: readonly (readonly [input: object, message: string])[] = [
  [{ Name: ' ' }, 'Name cannot be empty'],
  [{ Name: 'n'.repeat(129) }, 'Invalid name specified: expected at most 128 characters, found 129'],
  [{ Version: 'v'.repeat(65) }, 'Invalid version specified: expected at most 64 characters, found 65'],
  [
    { RouteSelectionExpression: '$request.body.action' },
    'Invalid RouteSelectionExpression specified: $request.body.action. An API with protocolType HTTP has $request.method $request.path',
  ],
  [
    { ApiKeySelectionExpression: '$request.header.key' },
    'Invalid ApiKeySelectionExpression specified: $request.header.key. Must be one of [$request.header.x-api-key, $context.authorizer.usageIdentifierKey]',
  ],
  [{ DisableSchemaValidation: true }, 'DisableSchemaValidation is not supported on protocolType HTTP'],
  [
    { ProtocolType: 'WEBSOCKET' },
    'RouteSelectionExpression is required for an API with protocolType WEBSOCKET, such as $request.body.action',
  ],
  [
    { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: 'action' },
    'Invalid RouteSelectionExpression specified: action. Expected an expression of the message, such as $request.body.action',
  ],
  [
    { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.a', CorsConfiguration: cors },
    'CORS configuration is not supported on protocolType WEBSOCKET',
  ],
  [
    { CorsConfiguration: { AllowOrigins: ['*'], AllowCredentials: true } },
    "allow-credentials is not supported if 'allow-origin' is *",
  ],
  [
    { CorsConfiguration: { AllowOrigins: ['example.com'] } },
    'Invalid origin specified in allowOrigins: example.com. Expected scheme://host, https://*, http://* or *',
  ],
  [
    { CorsConfiguration: { AllowMethods: ['BREW'] } },
    'Invalid method specified in allowMethods: BREW. Must be one of [*, GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, CONNECT]',
  ],
  [
    { CorsConfiguration: { AllowHeaders: ['a b'] } },
    'Invalid header specified in allowHeaders: a b. Expected the name of a header, or *',
  ],
  [
    { CorsConfiguration: { MaxAge: 86_401 } },
    'Invalid maxAge specified: 86401. Must be between -1 and 86400',
  ],
  [
    { CorsConfiguration: { ExposeHeaders: Array.from({ length: 101 }, (_, at) => `h${at}`) } },
    'Invalid exposeHeaders specified: expected at most 100 entries, found 101',
  ],
]
test.each(refused)('CreateApi refuses %j', (input, message) =>
  playV2Calls([{ ...create(input), fails: [bad, message] }]),
)
