import { test } from 'bun:test'
import {
  now,
  playCalls,
  withApi,
  withIntegration,
  type PlayedCall,
} from '../../../test/support/play-calls.ts'

const plain = {
  id: '$api.id',
  name: 'pets',
  createdDate: now,
  apiKeySource: 'HEADER',
  endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
  disableExecuteApiEndpoint: false,
  rootResourceId: '$api.rootResourceId',
}

const refused = (input: object, message: string): PlayedCall => ({
  call: 'CreateRestApi',
  with: { name: 'pets', ...input },
  fails: ['BadRequestException', message],
})

const patched = (operation: object, has: object): PlayedCall => ({
  call: 'UpdateRestApi',
  with: { restApiId: '$api.id', patchOperations: [operation] },
  has,
})

const unpatched = (operation: object, message: string): PlayedCall => ({
  call: 'UpdateRestApi',
  with: { restApiId: '$api.id', patchOperations: [operation] },
  fails: ['BadRequestException', message],
})

const dual = (types: string[]) => ({ endpointConfiguration: { types, ipAddressType: 'dualstack' } })

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'an API comes with defaults, a root and two models': [
    { call: 'CreateRestApi', with: { name: 'pets' }, as: 'api', gives: plain },
    { call: 'GetRestApi', with: { restApiId: '$api.id' }, gives: { ...plain, tags: {} } },
    {
      call: 'GetResources',
      with: { restApiId: '$api.id' },
      gives: { items: [{ id: '$api.rootResourceId', path: '/' }] },
    },
    {
      call: 'GetModels',
      with: { restApiId: '$api.id' },
      has: { items: [{ name: 'Empty', contentType: 'application/json' }, { name: 'Error' }] },
    },
  ],
  'what is given is kept': [
    {
      call: 'CreateRestApi',
      with: {
        name: 'pets',
        description: 'd',
        version: 'v1',
        binaryMediaTypes: ['image/png'],
        minimumCompressionSize: 0,
        tags: { team: 'a' },
        apiKeySource: 'AUTHORIZER',
        disableExecuteApiEndpoint: true,
        endpointConfiguration: { types: ['REGIONAL'] },
      },
      has: {
        description: 'd',
        version: 'v1',
        binaryMediaTypes: ['image/png'],
        minimumCompressionSize: 0,
        tags: { team: 'a' },
        apiKeySource: 'AUTHORIZER',
        disableExecuteApiEndpoint: true,
        endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' },
      },
    },
    {
      call: 'CreateRestApi',
      with: { name: 'private', endpointConfiguration: { types: ['PRIVATE'] } },
      has: dual(['PRIVATE']),
    },
  ],
  'creation is refused': [
    refused({ name: '' }, 'Name cannot be empty'),
    refused({ description: '' }, 'Description cannot be an empty string'),
    refused(
      { endpointConfiguration: { types: [] } },
      'REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.',
    ),
    refused(
      { endpointConfiguration: { types: ['EDGE', 'REGIONAL'] } },
      'Cannot create an api with multiple Endpoint Types.',
    ),
    refused(
      { description: '', endpointConfiguration: { types: ['EDGE', 'REGIONAL'] } },
      'Description cannot be an empty string',
    ),
    refused(
      { endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'ipv4' } },
      'Only dualstack ipAddressType is supported for Private APIs.',
    ),
    refused(
      { minimumCompressionSize: -1 },
      'Invalid minimum compression size, must be between 0 and 10485760',
    ),
    refused(
      { policy: '{' },
      'Invalid policy document. Please check the policy syntax and ensure that Principals are valid.',
    ),
    refused({ cloneFrom: 'nowhere' }, 'Invalid API identifier specified to clone from'),
    { call: 'GetRestApis', gives: { items: [] } },
  ],
  'an unknown API, also in the wrong case': [
    ...withApi,
    ...['GetRestApi', 'UpdateRestApi', 'DeleteRestApi', 'GetResources', 'GetDeployments', 'GetStages'].map(
      (call): PlayedCall => ({
        call,
        with: { restApiId: 'NOWHERE' },
        fails: ['NotFoundException', 'Invalid API identifier specified 111111111111:NOWHERE'],
      }),
    ),
  ],
  'lists are paged': [
    ...['a', 'b', 'c'].map((name): PlayedCall => ({ call: 'CreateRestApi', with: { name } })),
    { call: 'GetRestApis', with: { limit: 2 }, as: 'first', has: { items: [{}, {}] } },
    {
      call: 'GetRestApis',
      with: { limit: 2, position: '$first.position' },
      as: 'last',
      has: { items: [{}] },
    },
    { call: 'GetRestApis', with: { limit: 3, position: '' }, has: { items: [{}, {}, {}] } },
    {
      call: 'GetRestApis',
      with: { position: '*' },
      fails: ['BadRequestException', 'Invalid position parameter specified'],
    },
    { call: 'GetRestApis', with: { limit: 0 }, has: { items: [{}, {}, {}] } },
  ],
  'members are patched, and the answer has tags': [
    ...withApi,
    {
      call: 'UpdateRestApi',
      with: { restApiId: '$api.id', patchOperations: [{ op: 'replace', path: '/name', value: 'dogs' }] },
      gives: { ...plain, name: 'dogs', tags: {} },
    },
    patched({ op: 'replace', path: '/description', value: 'd' }, { description: 'd' }),
    patched({ op: 'replace', path: '/minimumCompressionSize', value: '10' }, { minimumCompressionSize: 10 }),
    patched({ op: 'replace', path: '/apiKeySource', value: 'AUTHORIZER' }, { apiKeySource: 'AUTHORIZER' }),
    patched(
      { op: 'replace', path: '/disableExecuteApiEndpoint', value: 'True' },
      { disableExecuteApiEndpoint: true },
    ),
    patched({ op: 'add', path: '/binaryMediaTypes/image~1png' }, { binaryMediaTypes: ['image/png'] }),
    patched(
      { op: 'add', path: '/binaryMediaTypes/image~1jpeg' },
      { binaryMediaTypes: ['image/png', 'image/jpeg'] },
    ),
    patched(
      { op: 'replace', path: '/binaryMediaTypes/image~1png', value: 'image/gif' },
      { binaryMediaTypes: ['image/jpeg', 'image/gif'] },
    ),
    patched({ op: 'remove', path: '/binaryMediaTypes/image~1gif' }, { binaryMediaTypes: ['image/jpeg'] }),
    patched({ op: 'replace', path: '/endpointConfiguration/types/0', value: 'PRIVATE' }, dual(['PRIVATE'])),
    patched(
      { op: 'replace', path: '/policy', value: '{"Version": "2012-10-17"}' },
      // The text is escaped once more, as AWS answers it.
      { policy: '{\\"Version\\":\\"2012-10-17\\"}' },
    ),
    {
      call: 'UpdateRestApi',
      with: {
        restApiId: '$api.id',
        patchOperations: [
          { op: 'replace', path: '/minimumCompressionSize', value: '' },
          { op: 'replace', path: '/policy', value: '' },
          { op: 'remove', path: '/description' },
          { op: 'remove', path: '/binaryMediaTypes/image~1jpeg' },
        ],
      },
      gives: {
        ...plain,
        name: 'dogs',
        tags: {},
        apiKeySource: 'AUTHORIZER',
        disableExecuteApiEndpoint: true,
        ...dual(['PRIVATE']),
      },
    },
  ],
  'patches are refused, and leave all as it was': [
    ...withApi,
    unpatched({ op: 'add', path: '/binaryMediaTypes', value: 'x' }, 'Invalid patch path /binaryMediaTypes'),
    unpatched({ op: 'replace' }, 'Invalid patch path null'),
    unpatched({ op: 'replace', path: '/a~2b' }, 'Invalid patch path /a~2b'),
    unpatched(
      { op: 'add', path: '/minimumCompressionSize', value: '1' },
      'Invalid patch operation specified. Must be one of: [replace]',
    ),
    unpatched(
      { op: 'replace', path: '/minimumCompressionSize', value: '1e3' },
      'Invalid minimum compression size, must be between 0 and 10485760',
    ),
    unpatched(
      { op: 'add', path: '/endpointConfiguration/types/0', value: 'EDGE' },
      "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
    ),
    unpatched(
      { op: 'replace', path: '/endpointConfiguration/types/0', value: 'x' },
      'Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE',
    ),
    unpatched(
      { op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'x' },
      'ipAddressType must be either ipv4 or dualstack.',
    ),
    {
      call: 'UpdateRestApi',
      with: {
        restApiId: '$api.id',
        patchOperations: [
          { op: 'replace', path: '/name', value: 'dogs' },
          { op: 'replace', path: '/nowhere', value: 'x' },
        ],
      },
      fails: ['BadRequestException', 'Invalid patch path /nowhere'],
    },
    { call: 'GetRestApi', with: { restApiId: '$api.id' }, gives: { ...plain, tags: {} } },
  ],
  'deleting an API deletes all below it': [
    ...withIntegration,
    { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'dev' }, as: 'deployment' },
    { call: 'DeleteRestApi', with: { restApiId: '$api.id' }, gives: {} },
    {
      call: 'GetStage',
      with: { restApiId: '$api.id', stageName: 'dev' },
      fails: ['NotFoundException', 'Invalid stage identifier specified'],
    },
    {
      call: 'GetDeployment',
      with: { restApiId: '$api.id', deploymentId: '$deployment.id' },
      fails: ['NotFoundException', 'Invalid Deployment identifier specified'],
    },
    {
      call: 'GetResource',
      with: { restApiId: '$api.id', resourceId: '$api.rootResourceId' },
      fails: ['NotFoundException', 'Invalid Resource identifier specified'],
    },
    {
      call: 'GetModel',
      with: { restApiId: '$api.id', modelName: 'Empty' },
      fails: ['NotFoundException', 'Invalid model name specified: Empty'],
    },
  ],
  'a clone has the same definition under ids of its own': [
    ...withIntegration,
    { call: 'CreateRestApi', with: { name: 'clone', cloneFrom: '$api.id' }, as: 'clone' },
    {
      call: 'GetIntegration',
      with: { restApiId: '$clone.id', resourceId: '$clone.rootResourceId', httpMethod: 'GET' },
      has: { type: 'MOCK', cacheNamespace: '$clone.rootResourceId' },
    },
    { call: 'GetDeployments', with: { restApiId: '$clone.id' }, gives: { items: [] } },
  ],
  'tags of what is not there, or cannot have any': [
    {
      call: 'GetTags',
      with: { resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/nowhere' },
      fails: ['NotFoundException', 'Invalid API identifier specified 111111111111:nowhere'],
    },
    {
      call: 'GetTags',
      with: { resourceArn: 'arn:aws:s3:::bucket' },
      fails: [
        'BadRequestException',
        'Invalid ARN specified in the request: arn:aws:s3:::bucket. Expected arn:aws:apigateway:us-east-1::/{path} of something that carries tags, such as /restapis/{id} or /apis/{id}/stages/{name}.',
      ],
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
