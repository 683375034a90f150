import { expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { PlayedCall } from '../../../test/support/play-calls.ts'
import {
  playV2Calls,
  playV2CallsOn,
  withBackend,
  withHttpApi,
  withWebSocketApi,
} from '../../../test/support/play-v2-calls.ts'

const bad = 'BadRequestException'
const create = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'CreateRoute',
  with: { ApiId: '$api.ApiId', ...input },
})
const update = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateRoute',
  with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId', ...input },
})
const get = { call: 'GetRoute', with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId' } }
const none = (id: string): readonly [string, string] => [
  'NotFoundException',
  `Invalid Route identifier specified ${id}`,
]
const target = 'integrations/$integration.IntegrationId'
const jwt: PlayedCall = {
  call: 'CreateAuthorizer',
  with: {
    ApiId: '$api.ApiId',
    AuthorizerType: 'JWT',
    Name: 'tokens',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Audience: ['pets'], Issuer: 'https://issuer.example' },
  },
  as: 'authorizer',
}
const model: PlayedCall = {
  call: 'CreateModel',
  with: { ApiId: '$api.ApiId', Name: 'Pet', Schema: '{}' },
  as: 'model',
}
/** Developer guide, "HTTP API quotas": a route has ten at most. */
const scopes = (count: number): string[] => Array.from({ length: count }, (_, at) => `s${at}`)
const plain = { RouteId: '$route.RouteId', ApiKeyRequired: false, AuthorizationType: 'NONE' }

const plays: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a route leads to an integration': [
    ...withBackend,
    { ...create({ RouteKey: 'GET /pets/{id}', Target: target, OperationName: 'GetPet' }), as: 'route' },
    { ...get, gives: { ...plain, RouteKey: 'GET /pets/{id}', Target: target, OperationName: 'GetPet' } },
    { ...update({ OperationName: '' }), gives: { ...plain, RouteKey: 'GET /pets/{id}', Target: target } },
    { call: 'DeleteRoute', with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId' } },
    { ...get, fails: none('$route.RouteId') },
  ],
  'a route is guarded by tokens, until it is not': [
    ...withHttpApi,
    jwt,
    {
      ...create({
        RouteKey: '$default',
        AuthorizationType: 'JWT',
        AuthorizerId: '$authorizer.AuthorizerId',
        AuthorizationScopes: ['read'],
      }),
      as: 'route',
      gives: {
        ...plain,
        RouteKey: '$default',
        AuthorizationType: 'JWT',
        AuthorizerId: '$authorizer.AuthorizerId',
        AuthorizationScopes: ['read'],
      },
    },
    { ...update({ AuthorizationScopes: scopes(10) }), has: { AuthorizationScopes: scopes(10) } },
    {
      ...update({ AuthorizationScopes: scopes(11) }),
      fails: ['BadRequestException', 'A route can have at most 10 authorizationScopes'],
    },
    {
      ...update({ AuthorizationType: 'NONE', AuthorizationScopes: [] }),
      gives: { ...plain, RouteKey: '$default' },
    },
  ],
  'keys are there once': [
    ...withHttpApi,
    create({ RouteKey: 'GET /pets/{id}' }),
    { ...create({ RouteKey: 'GET /pets' }), as: 'route' },
    {
      ...create({ RouteKey: 'GET /pets' }),
      fails: ['ConflictException', 'Route with key GET /pets already exists for this API'],
    },
    {
      ...create({ RouteKey: 'GET /pets/{name}' }),
      fails: [
        'ConflictException',
        'The provided route key "GET /pets/{name}" has a conflicting variable on the same hierarchical level as "GET /pets/{id}"',
      ],
    },
    create({ RouteKey: 'GET /pets/{rest+}' }),
    {
      ...update({ RouteKey: 'GET /pets/{id}' }),
      fails: ['ConflictException', 'Route with key GET /pets/{id} already exists for this API'],
    },
    { ...update({ RouteKey: 'GET /pets' }), has: { RouteKey: 'GET /pets' } },
  ],
  'a route of messages has models, parameters and an answer': [
    ...withWebSocketApi,
    model,
    {
      ...create({
        RouteKey: '$connect',
        ApiKeyRequired: true,
        ModelSelectionExpression: '$request.body.kind',
        RequestModels: { pet: 'Pet' },
        RequestParameters: { 'route.request.querystring.token': { Required: true } },
        RouteResponseSelectionExpression: '$default',
      }),
      as: 'route',
    },
    {
      ...update({ RequestParameters: { 'route.request.header.auth': {} } }),
      gives: {
        ...plain,
        RouteKey: '$connect',
        ApiKeyRequired: true,
        ModelSelectionExpression: '$request.body.kind',
        RequestModels: { pet: 'Pet' },
        RequestParameters: {
          'route.request.querystring.token': { Required: true },
          'route.request.header.auth': { Required: false },
        },
        RouteResponseSelectionExpression: '$default',
      },
    },
    {
      call: 'DeleteRouteRequestParameter',
      with: {
        ApiId: '$api.ApiId',
        RouteId: '$route.RouteId',
        RequestParameterKey: 'route.request.header.auth',
      },
    },
    {
      call: 'DeleteRouteRequestParameter',
      with: {
        ApiId: '$api.ApiId',
        RouteId: '$route.RouteId',
        RequestParameterKey: 'route.request.header.auth',
      },
      fails: ['NotFoundException', 'Invalid RequestParameter identifier specified route.request.header.auth'],
    },
    { ...get, has: { RequestParameters: { 'route.request.querystring.token': { Required: true } } } },
    {
      call: 'DeleteModel',
      with: { ApiId: '$api.ApiId', ModelId: '$model.ModelId' },
      fails: ['ConflictException', "Cannot delete model 'Pet', is referenced in route: $connect"],
    },
    {
      call: 'UpdateModel',
      with: { ApiId: '$api.ApiId', ModelId: '$model.ModelId', Name: 'Dog' },
      fails: ['ConflictException', "Cannot rename model 'Pet', is referenced in route: $connect"],
    },
    update({ RequestModels: {} }),
    { call: 'DeleteModel', with: { ApiId: '$api.ApiId', ModelId: '$model.ModelId' } },
  ],
  'a route of messages has one answer': [
    ...withWebSocketApi,
    model,
    { ...create({ RouteKey: 'send' }), as: 'route' },
    {
      call: 'CreateRouteResponse',
      with: {
        ApiId: '$api.ApiId',
        RouteId: '$route.RouteId',
        RouteResponseKey: '$default',
        ResponseModels: { pet: 'Pet' },
      },
      as: 'response',
      gives: {
        RouteResponseId: '$response.RouteResponseId',
        RouteResponseKey: '$default',
        ResponseModels: { pet: 'Pet' },
      },
    },
    {
      call: 'CreateRouteResponse',
      with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId', RouteResponseKey: '$default' },
      fails: ['ConflictException', 'RouteResponse with key $default already exists for this route'],
    },
    {
      call: 'CreateRouteResponse',
      with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId', RouteResponseKey: '200' },
      fails: [bad, 'Invalid routeResponseKey specified: 200. Must be one of [$default]'],
    },
    {
      call: 'GetRouteResponses',
      with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId' },
      has: { Items: [{ RouteResponseKey: '$default' }] },
    },
    {
      call: 'UpdateRouteResponse',
      with: {
        ApiId: '$api.ApiId',
        RouteId: '$route.RouteId',
        RouteResponseId: '$response.RouteResponseId',
        ResponseModels: {},
        ModelSelectionExpression: 'any',
        ResponseParameters: { 'route.response.header.x': { Required: true } },
      },
      gives: {
        RouteResponseId: '$response.RouteResponseId',
        RouteResponseKey: '$default',
        ModelSelectionExpression: 'any',
        ResponseParameters: { 'route.response.header.x': { Required: true } },
      },
    },
    {
      call: 'GetRouteResponse',
      with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId', RouteResponseId: '$response.RouteResponseId' },
      has: { ModelSelectionExpression: 'any' },
    },
    {
      call: 'DeleteRouteResponse',
      with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId', RouteResponseId: '$response.RouteResponseId' },
    },
    {
      call: 'GetRouteResponse',
      with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId', RouteResponseId: '$response.RouteResponseId' },
      fails: ['NotFoundException', 'Invalid RouteResponse identifier specified $response.RouteResponseId'],
    },
  ],
  'routes of HTTP APIs have no answers of their own': [
    ...withHttpApi,
    { ...create({ RouteKey: '$default' }), as: 'route' },
    {
      call: 'CreateRouteResponse',
      with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId', RouteResponseKey: '$default' },
      fails: [bad, 'RouteResponse is not supported on protocolType HTTP'],
    },
  ],
  'routes are listed': [
    ...withHttpApi,
    create({ RouteKey: 'GET /' }),
    { call: 'GetRoutes', with: { ApiId: '$api.ApiId' }, has: { Items: [{ RouteKey: 'GET /' }] } },
  ],
}
for (const [name, calls] of Object.entries(plays)) test(name, () => playV2Calls(calls))

test('of routes made at the same time with one key, one is there', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    await playV2CallsOn(store, withHttpApi)
    const [api] = await store.scan(records.api)
    const ApiId = api?.value.apiId
    const made = await Promise.allSettled(
      ['GET /', 'GET /', 'GET /', 'GET /{a}', 'GET /{b}', 'PUT /'].map((RouteKey) =>
        playV2CallsOn(store, [{ call: 'CreateRoute', with: { ApiId, RouteKey } }]),
      ),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    const keys = (await store.scan(records.route)).map(({ value }) => value.routeKey)
    expect(new Set(keys.map((key) => key.replace(/[ab]/, 'x')))).toEqual(
      new Set(['GET /', 'GET /{x}', 'PUT /']),
    )
  } finally {
    await store.close()
  }
})

test('an API has so many routes', () =>
  playV2Calls(
    [
      ...withHttpApi,
      create({ RouteKey: 'GET /' }),
      {
        ...create({ RouteKey: 'PUT /' }),
        fails: [
          'LimitExceededException',
          'Maximum number of Routes for this API has been reached.  Please contact AWS if you need additional Routes.',
        ],
      },
    ],
    { quotas: { routesPerApi: 1 } },
  ))

const custom =
  'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.'
const refusedHttp: readonly (readonly [input: object, message: string])[] = [
  [
    { RouteKey: '/pets' },
    'The provided route key is not formatted properly for HTTP protocol: a route key is $default or a method (DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, ANY), a space and a path: found "/pets". Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
  ],
  [{ RouteKey: 'GET /', ApiKeyRequired: true }, 'apiKeyRequired is not supported on protocolType HTTP'],
  [{ RouteKey: 'GET /', RequestModels: { a: 'B' } }, 'requestModels is not supported on protocolType HTTP'],
  [
    { RouteKey: 'GET /', ModelSelectionExpression: 'a' },
    'modelSelectionExpression is not supported on protocolType HTTP',
  ],
  [
    { RouteKey: 'GET /', Target: 'integrations/nothing' },
    'Invalid target specified: integrations/nothing. Expected integrations/{integrationId} of an integration of this API',
  ],
  [
    { RouteKey: 'GET /', Target: 'https://example.com' },
    'Invalid target specified: https://example.com. Expected integrations/{integrationId} of an integration of this API',
  ],
  [{ RouteKey: 'GET /', AuthorizationType: 'CUSTOM' }, custom],
  [{ RouteKey: 'GET /', AuthorizationType: 'CUSTOM', AuthorizerId: '$authorizer.AuthorizerId' }, custom],
  [
    { RouteKey: 'GET /', AuthorizationType: 'JWT', AuthorizerId: 'nothing' },
    'Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.',
  ],
  [
    { RouteKey: 'GET /', AuthorizationScopes: ['read'] },
    'authorizationScopes are of routes with authorization type JWT',
  ],
  [
    { RouteKey: 'GET /', OperationName: 'n'.repeat(65) },
    'Invalid operationName specified: expected at most 64 characters, found 65',
  ],
]
test.each(refusedHttp)('an HTTP API refuses the route %j', (input, message) =>
  playV2Calls([...withHttpApi, jwt, { ...create(input), fails: [bad, message] }]),
)

const refusedMessages: readonly (readonly [input: object, message: string])[] = [
  [
    { RouteKey: '$other' },
    'The provided route key is not formatted properly for WEBSOCKET protocol: found "$other", expected $connect, $disconnect, $default or what the route selection expression gives',
  ],
  [
    { RouteKey: 'a', AuthorizationType: 'JWT' },
    'Authorization type JWT is not supported on protocolType WEBSOCKET',
  ],
  [
    { RouteKey: 'a', AuthorizationScopes: ['read'] },
    'authorizationScopes is not supported on protocolType WEBSOCKET',
  ],
  [{ RouteKey: 'a', RequestModels: { pet: 'Nothing' } }, 'Invalid model identifier specified: Nothing'],
  [
    { RouteKey: 'a', RouteResponseSelectionExpression: '$request.body.a' },
    'Invalid routeResponseSelectionExpression specified: $request.body.a. expected $default: found $request.body.a',
  ],
  [
    { RouteKey: 'a', RequestParameters: { token: {} } },
    'Invalid requestParameters specified: token. Expected route.request.header.{name} or route.request.querystring.{name}',
  ],
]
test.each(refusedMessages)('a WebSocket API refuses the route %j', (input, message) =>
  playV2Calls([...withWebSocketApi, { ...create(input), fails: [bad, message] }]),
)
