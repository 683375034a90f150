import { expect, test } from 'bun:test'
import type { Kind } from '#base/kind.ts'
import { silentLog } from '#base/log.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import {
  now,
  playCalls,
  playCallsOn,
  withApi,
  withIntegration,
  withMethod,
  type PlayedCall,
} from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const unknownApi = [missing, 'Invalid API identifier specified 111111111111:none'] as const
const unknownPart = [missing, 'Invalid Documentation part identifier specified'] as const
const part = (location: object, properties = '{"description":"d"}'): PlayedCall => ({
  call: 'CreateDocumentationPart',
  with: { restApiId: '$api.id', location, properties },
})
const list = (more: object = {}): PlayedCall => ({
  call: 'GetDocumentationParts',
  with: { restApiId: '$api.id', ...more },
})
const patch = (op: string, path: string, value?: string): PlayedCall => ({
  call: 'UpdateDocumentationPart',
  with: {
    restApiId: '$api.id',
    documentationPartId: '$made.id',
    patchOperations: [{ op, path, value }],
  },
})
const one = { restApiId: '$api.id', documentationPartId: '$made.id' }
const document = (documentationParts: readonly object[]): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({ openapi: '3.0.0', 'x-amazon-apigateway-documentation': { documentationParts } }),
  )
const importParts = (body: Uint8Array, more: object = {}): PlayedCall => ({
  call: 'ImportDocumentationParts',
  with: { restApiId: '$api.id', body, ...more },
})
const version = { restApiId: '$api.id', documentationVersion: 'v1' }

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a part from creation to deletion': [
    ...withApi,
    {
      ...part({ type: 'API' }, '{ "a": 1 }'),
      as: 'made',
      gives: { id: '$made.id', location: { type: 'API' }, properties: '{ "a": 1 }' },
    },
    {
      call: 'GetDocumentationPart',
      with: one,
      gives: { id: '$made.id', location: { type: 'API' }, properties: '{ "a": 1 }' },
    },
    { ...patch('replace', '/properties', '{"b":2}'), has: { properties: '{"b":2}' } },
    { ...list(), gives: { items: [{ id: '$made.id', location: { type: 'API' }, properties: '{"b":2}' }] } },
    { call: 'DeleteDocumentationPart', with: one, gives: {} },
    ...['GetDocumentationPart', 'DeleteDocumentationPart', 'UpdateDocumentationPart'].map((call) => ({
      call,
      with: one,
      fails: unknownPart,
    })),
  ],
  'an unknown API': [
    {
      call: 'CreateDocumentationPart',
      with: { restApiId: 'none', location: { type: 'API' }, properties: '{}' },
      fails: unknownApi,
    },
    { call: 'GetDocumentationParts', with: { restApiId: 'none' }, fails: unknownApi },
    {
      call: 'DeleteDocumentationPart',
      with: { restApiId: 'none', documentationPartId: 'x' },
      fails: unknownApi,
    },
    {
      call: 'GetDocumentationPart',
      with: { restApiId: 'none', documentationPartId: 'x' },
      fails: unknownPart,
    },
    {
      call: 'UpdateDocumentationPart',
      with: { restApiId: 'none', documentationPartId: 'x' },
      fails: unknownPart,
    },
  ],
  'patches that are refused': [
    ...withApi,
    { ...part({ type: 'API' }), as: 'made' },
    {
      ...patch('add', '/properties', '{}'),
      fails: [
        bad,
        "Invalid patch path  '/properties' specified for op 'add'. Please choose supported operations",
      ],
    },
    {
      ...patch('replace', '/invalidPath', '{}'),
      fails: [
        bad,
        "Invalid patch path  '/invalidPath' specified for op 'replace'. Must be one of: [/properties]",
      ],
    },
    {
      ...patch('replace', '/properties', ''),
      fails: [bad, 'Documentation part properties must be non-empty'],
    },
    {
      ...patch('replace', '/properties', '[]'),
      fails: [bad, 'Documentation part properties must be a JSON object'],
    },
  ],
  'locations have the fields of their type, and a path': [
    ...withApi,
    { ...part({ type: 'RESOURCE' }), has: { location: { type: 'RESOURCE', path: '/' } } },
    {
      ...part({ type: 'RESPONSE', path: '/pets' }),
      as: 'made',
      gives: {
        id: '$made.id',
        location: { type: 'RESPONSE', path: '/pets' },
        properties: '{"description":"d"}',
      },
    },
    {
      ...part({ type: 'METHOD', path: '/pets', method: '', statusCode: '', name: '' }),
      as: 'made',
      gives: {
        id: '$made.id',
        location: { type: 'METHOD', path: '/pets' },
        properties: '{"description":"d"}',
      },
    },
    {
      ...part({ type: 'METHOD', path: '/pets', method: '*' }),
      fails: [
        'ConflictException',
        "Documentation part already exists for the specified location: type 'METHOD', path '/pets', method '*'.",
      ],
    },
    {
      ...part({ type: 'RESOURCE', path: '/' }),
      fails: [
        'ConflictException',
        "Documentation part already exists for the specified location: type 'RESOURCE', path '/'.",
      ],
    },
    {
      ...part({ type: 'RESOURCE', method: 'GET' }),
      fails: [
        bad,
        "Invalid documentation part location: method is not valid for type 'RESOURCE'. Valid fields are [type, path]",
      ],
    },
    {
      ...part({ type: 'RESPONSE_HEADER' }),
      fails: [bad, "Invalid documentation part location: name is required for type 'RESPONSE_HEADER'"],
    },
  ],
  'parts are listed by location, filtered, in pages': [
    ...withApi,
    part({ type: 'QUERY_PARAMETER', path: '/pets', method: 'GET', name: 'pageSize' }),
    part({ type: 'METHOD', path: '/pets', method: 'GET' }),
    part({ type: 'API' }),
    { ...list({ type: 'METHOD' }), has: { items: [{ location: { type: 'METHOD' } }] } },
    { ...list({ nameQuery: 'Size' }), has: { items: [{ location: { name: 'pageSize' } }] } },
    { ...list({ path: '/none' }), gives: { items: [] } },
    {
      ...list({ limit: 2 }),
      as: 'page',
      has: { items: [{ location: { type: 'API' } }, { location: { type: 'METHOD' } }] },
    },
    {
      ...list({ limit: 2, position: '$page.position' }),
      has: { items: [{ location: { type: 'QUERY_PARAMETER' } }] },
    },
  ],
  'what is not documented yet': [
    ...withMethod,
    {
      call: 'PutMethodResponse',
      with: {
        restApiId: '$api.id',
        resourceId: '$api.rootResourceId',
        httpMethod: 'GET',
        statusCode: '200',
        responseParameters: { 'method.response.header.x-a': false },
        responseModels: { 'application/json': 'Empty' },
      },
    },
    {
      call: 'UpdateMethod',
      with: {
        restApiId: '$api.id',
        resourceId: '$api.rootResourceId',
        httpMethod: 'GET',
        patchOperations: [
          { op: 'add', path: '/requestParameters/method.request.querystring.q.r', value: 'false' },
          { op: 'add', path: '/requestModels/application~1json', value: 'Empty' },
        ],
      },
    },
    part({ type: 'API' }),
    part({ type: 'METHOD', method: 'GET' }),
    {
      ...list({ locationStatus: 'UNDOCUMENTED' }),
      gives: {
        items: [
          { location: { type: 'MODEL', name: 'Empty' } },
          { location: { type: 'MODEL', name: 'Error' } },
          { location: { type: 'QUERY_PARAMETER', path: '/', method: 'GET', name: 'q.r' } },
          { location: { type: 'REQUEST_BODY', path: '/', method: 'GET' } },
          { location: { type: 'RESOURCE', path: '/' } },
          { location: { type: 'RESPONSE', path: '/', method: 'GET', statusCode: '200' } },
          { location: { type: 'RESPONSE_BODY', path: '/', method: 'GET', statusCode: '200' } },
          { location: { type: 'RESPONSE_HEADER', path: '/', method: 'GET', statusCode: '200', name: 'x-a' } },
        ],
      },
    },
  ],
  'an import is laid over what there is, or takes its place': [
    ...withApi,
    { ...part({ type: 'API' }, '{"a":1,"b":1}'), as: 'made' },
    {
      ...importParts(
        document([
          { location: { type: 'API' }, properties: { b: 2 } },
          { location: { type: 'METHOD', method: 'GET' }, properties: { d: 1 } },
        ]),
      ),
      as: 'merged',
      has: { ids: ['$made.id', '$merged.ids.1'] },
    },
    {
      ...list(),
      gives: {
        items: [
          { id: '$made.id', location: { type: 'API' }, properties: '{"a":1,"b":2}' },
          {
            id: '$merged.ids.1',
            location: { type: 'METHOD', path: '/', method: 'GET' },
            properties: '{"d":1}',
          },
        ],
      },
    },
    {
      ...importParts(document([{ location: { type: 'MODEL', name: 'M' }, properties: { t: 1 } }]), {
        mode: 'overwrite',
      }),
      as: 'over',
      gives: { ids: ['$over.ids.0'] },
    },
    { ...list(), has: { items: [{ id: '$over.ids.0', location: { type: 'MODEL', name: 'M' } }] } },
  ],
  'imports that are refused': [
    ...withApi,
    ...[
      'test:\n    value:\n        - "value ... "escaped": $var, "dt": $(var +"%a")}"\n        ',
      "{'key:value}",
    ].map((text) => ({
      ...importParts(new TextEncoder().encode(text), { mode: 'overwrite' }),
      fails: [bad, 'Unable to build importer with provided input.'] as const,
    })),
    {
      ...importParts(document([{ location: { type: 'API', path: '/' }, properties: { b: 2 } }])),
      fails: [
        bad,
        "Errors found during import:\n\tUnable to create documentation part: Invalid documentation part location: path is not valid for type 'API'. Valid fields are [type] (line 1, column 79)",
      ],
    },
    { ...list(), gives: { items: [] } },
  ],
  'an imported API brings its documentation': [
    {
      call: 'ImportRestApi',
      with: {
        body: new TextEncoder().encode(
          JSON.stringify({
            openapi: '3.0.0',
            info: { title: 'doc', version: '1' },
            paths: {},
            'x-amazon-apigateway-documentation': {
              documentationParts: [
                { location: { type: 'RESPONSE', method: 'GET', statusCode: '200' }, properties: { d: 1 } },
              ],
            },
          }),
        ),
      },
      as: 'api',
    },
    {
      ...list(),
      has: {
        items: [
          {
            location: { type: 'RESPONSE', path: '/', method: 'GET', statusCode: '200' },
            properties: '{"d":1}',
          },
        ],
      },
    },
  ],
  'a version from creation to deletion': [
    ...withIntegration,
    { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'dev' } },
    part({ type: 'API' }),
    {
      call: 'CreateDocumentationVersion',
      with: { ...version, stageName: 'dev' },
      gives: { version: 'v1', createdDate: now },
    },
    {
      call: 'GetStage',
      with: { restApiId: '$api.id', stageName: 'dev' },
      has: { documentationVersion: 'v1' },
    },
    {
      call: 'CreateDocumentationVersion',
      with: version,
      fails: ['ConflictException', 'Documentation version already exists for this REST API: v1'],
    },
    {
      call: 'UpdateDocumentationVersion',
      with: { ...version, patchOperations: [{ op: 'replace', path: '/description', value: 'new' }] },
      gives: { version: 'v1', createdDate: now, description: 'new' },
    },
    {
      call: 'UpdateDocumentationVersion',
      with: { ...version, patchOperations: [{ op: 'replace', path: '/version', value: 'new' }] },
      fails: [
        bad,
        "Invalid patch path  '/version' specified for op 'replace'. Must be one of: [/description]",
      ],
    },
    {
      call: 'GetDocumentationVersions',
      with: { restApiId: '$api.id' },
      gives: { items: [{ version: 'v1', createdDate: now, description: 'new' }] },
    },
    {
      call: 'DeleteDocumentationVersion',
      with: version,
      fails: [
        'BadRequestException',
        'Cannot delete documentation version because there are API Stages associated with it.',
      ],
    },
    { call: 'DeleteStage', with: { restApiId: '$api.id', stageName: 'dev' } },
    { call: 'DeleteDocumentationVersion', with: version, gives: {} },
    {
      call: 'GetDocumentationVersion',
      with: version,
      fails: [missing, 'Invalid Documentation version identifier specified'],
    },
  ],
  'versions that are refused': [
    ...withApi,
    {
      call: 'CreateDocumentationVersion',
      with: { restApiId: '$api.id', documentationVersion: 'a b' },
      fails: [
        bad,
        'Invalid documentation version specified: a b. Expected 1 to 64 characters of a-zA-Z0-9._-',
      ],
    },
    {
      call: 'CreateDocumentationVersion',
      with: { ...version, stageName: 'none' },
      fails: [missing, 'Invalid stage identifier specified'],
    },
    { call: 'CreateDocumentationVersion', with: { ...version, restApiId: 'none' }, fails: unknownApi },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))

test('an API that is deleted leaves nothing behind', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    await playCallsOn(store, [
      ...withIntegration,
      { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'dev' } },
      part({ type: 'API' }),
      { call: 'CreateDocumentationVersion', with: version },
      { call: 'FlushStageCache', with: { restApiId: '$api.id', stageName: 'dev' } },
      { call: 'DeleteRestApi', with: { restApiId: '$api.id' } },
    ])
    const left = await Promise.all(Object.values(records).map((kind) => store.scan(kind as Kind<unknown>)))
    expect(left.flat()).toEqual([])
  } finally {
    await store.close()
  }
})
