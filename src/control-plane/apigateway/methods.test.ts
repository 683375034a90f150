import { test } from 'bun:test'
import {
  playCalls,
  withApi,
  withIntegration,
  withMethod,
  type PlayedCall,
} from '../../../test/support/play-calls.ts'

const at = { restApiId: '$api.id', resourceId: '$api.rootResourceId', httpMethod: 'GET' }
const bad = 'BadRequestException'
const missing = 'NotFoundException'

const put = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'PutMethod',
  with: { ...at, authorizationType: 'NONE', ...input },
})
const patch = (call: string, id: object, ...patchOperations: object[]): Omit<PlayedCall, 'gives'> => ({
  call,
  with: { ...at, ...id, patchOperations },
})
const plain = { httpMethod: 'GET', authorizationType: 'NONE', apiKeyRequired: false }
const mock = {
  type: 'MOCK',
  cacheKeyParameters: [],
  cacheNamespace: '$api.rootResourceId',
  passthroughBehavior: 'WHEN_NO_MATCH',
  timeoutInMillis: 29000,
}
const putIntegration = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'PutIntegration',
  with: { ...at, ...input },
})
const http = { type: 'HTTP_PROXY', integrationHttpMethod: 'GET', uri: 'http://backend.test/' }
const invalidAuthorizer =
  'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.'
const invalidMapping = (what: string) =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${what}]`
const lambda =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations'

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a method from PUT to DELETE': [
    ...withApi,
    { ...put({}), gives: plain },
    { ...put({}), fails: ['ConflictException', 'Method already exists for this resource'] },
    { call: 'GetMethod', with: at, gives: plain },
    { call: 'DeleteMethod', with: at, gives: {} },
    { call: 'GetMethod', with: at, fails: [missing, 'Invalid Method identifier specified'] },
    { call: 'DeleteMethod', with: at, fails: [missing, 'Invalid Method identifier specified'] },
  ],
  'methods that are refused': [
    ...withApi,
    { ...put({ restApiId: 'nowhere' }), fails: [missing, 'Invalid Resource identifier specified'] },
    {
      ...put({ resourceId: 'nowhere', httpMethod: 'X' }),
      fails: [missing, 'Invalid Resource identifier specified'],
    },
    {
      ...put({ httpMethod: 'X' }),
      fails: [
        bad,
        'Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY',
      ],
    },
    { ...put({ authorizationType: 'CUSTOM' }), fails: [bad, invalidAuthorizer] },
    { ...put({ authorizationType: 'CUSTOM', authorizerId: 'x' }), fails: [bad, invalidAuthorizer] },
    { ...put({ requestValidatorId: 'x' }), fails: [bad, 'Invalid Request Validator identifier specified'] },
    {
      ...put({ requestModels: { 'application/json': 'Pet' } }),
      fails: [bad, 'Invalid model identifier specified: Pet'],
    },
    {
      ...put({
        requestParameters: { 'method.request.querystring.a': false, 'method.request.header.a': true },
      }),
      fails: [bad, 'Parameter names must be unique across querystring, header and path'],
    },
    {
      ...put({ requestParameters: { 'method.request.cookie.a': false } }),
      fails: [bad, invalidMapping('Invalid mapping expression specified: method.request.cookie.a')],
    },
  ],
  'a name of the prototype is no method': [
    ...withApi,
    {
      call: 'GetMethod',
      with: { ...at, httpMethod: 'constructor' },
      fails: [missing, 'Invalid Method identifier specified'],
    },
    {
      call: 'GetMethodResponse',
      with: { ...at, httpMethod: '__proto__', statusCode: '200' },
      fails: [missing, 'Invalid Method identifier specified'],
    },
  ],
  'a method is patched': [
    ...withMethod,
    {
      ...patch(
        'UpdateMethod',
        {},
        { op: 'add', path: '/requestParameters/method.request.querystring.q', value: 'true' },
        { op: 'add', path: '/requestModels/application~1json', value: 'Empty' },
      ),
      gives: {
        ...plain,
        requestParameters: { 'method.request.querystring.q': true },
        requestModels: { 'application/json': 'Empty' },
      },
    },
    {
      ...patch(
        'UpdateMethod',
        {},
        { op: 'replace', path: '/authorizationType', value: 'AWS_IAM' },
        { op: 'replace', path: '/apiKeyRequired', value: 'true' },
        { op: 'replace', path: '/operationName', value: 'listPets' },
        { op: 'replace', path: '/authorizerId', value: 'dropped' },
        { op: 'remove', path: '/requestParameters/method.request.querystring.q' },
        { op: 'remove', path: '/requestModels/application~1json' },
      ),
      gives: {
        httpMethod: 'GET',
        authorizationType: 'AWS_IAM',
        apiKeyRequired: true,
        operationName: 'listPets',
      },
    },
    {
      ...patch('UpdateMethod', {}, { op: 'replace', path: '/apiKeyRequired', value: 'x' }),
      has: { apiKeyRequired: false },
    },
    {
      ...patch('UpdateMethod', {}, { op: 'add', path: '/operationName', value: 'x' }),
      fails: [bad, 'Invalid patch operation specified. Must be one of: [replace]'],
    },
    ...['/httpMethod', '/requestParameters', '/requestModels/application/json'].map((path): PlayedCall => ({
      ...patch('UpdateMethod', {}, { op: 'replace', path, value: 'x' }),
      fails: [bad, `Invalid patch path ${path}`],
    })),
    {
      ...patch('UpdateMethod', {}, { op: 'replace', path: '/authorizationType', value: 'CUSTOM' }),
      fails: [bad, invalidAuthorizer],
    },
  ],
  'method responses': [
    ...withMethod,
    {
      call: 'PutMethodResponse',
      with: { ...at, statusCode: '200', responseModels: {}, responseParameters: {} },
      gives: { statusCode: '200', responseModels: {}, responseParameters: {} },
    },
    {
      call: 'PutMethodResponse',
      with: { ...at, statusCode: '200' },
      fails: ['ConflictException', 'Response already exists for this resource'],
    },
    {
      ...patch(
        'UpdateMethodResponse',
        { statusCode: '200' },
        { op: 'add', path: '/responseParameters/method.response.header.a', value: 'true' },
        { op: 'add', path: '/responseModels/application~1json', value: 'Empty' },
      ),
      gives: {
        statusCode: '200',
        responseParameters: { 'method.response.header.a': true },
        responseModels: { 'application/json': 'Empty' },
      },
    },
    {
      ...patch(
        'UpdateMethodResponse',
        { statusCode: '200' },
        { op: 'replace', path: '/responseParameters/b', value: 'true' },
      ),
      fails: [missing, 'Invalid parameter name specified'],
    },
    {
      ...patch('UpdateMethodResponse', { statusCode: '200' }, { op: 'remove', path: '/responseModels/b' }),
      fails: [missing, 'Content-Type specified was not found'],
    },
    {
      ...patch('UpdateMethodResponse', { statusCode: '201' }, { op: 'remove', path: '/responseModels/b' }),
      fails: [missing, 'Invalid Response status code specified'],
    },
    { call: 'GetMethod', with: at, has: { methodResponses: { 200: { statusCode: '200' } } } },
    { call: 'DeleteMethodResponse', with: { ...at, statusCode: '200' }, gives: {} },
    { call: 'GetMethod', with: at, gives: plain },
  ],
  'integrations that are kept': [
    ...withIntegration,
    { call: 'GetIntegration', with: at, gives: mock },
    {
      ...putIntegration({ ...http, timeoutInMillis: 1000 }),
      gives: {
        ...mock,
        type: 'HTTP_PROXY',
        httpMethod: 'GET',
        uri: 'http://backend.test/',
        connectionType: 'INTERNET',
        timeoutInMillis: 1000,
      },
    },
    {
      ...putIntegration({
        type: 'AWS_PROXY',
        integrationHttpMethod: 'POST',
        uri: lambda,
        connectionType: 'INTERNET',
      }),
      gives: { ...mock, type: 'AWS_PROXY', httpMethod: 'POST', uri: lambda },
    },
    { call: 'DeleteIntegration', with: at, gives: {} },
    { call: 'GetIntegration', with: at, fails: [missing, 'Invalid Integration identifier specified'] },
    {
      call: 'GetIntegration',
      with: { ...at, httpMethod: 'PUT' },
      fails: [missing, 'Invalid Method identifier specified'],
    },
  ],
  'integrations that are refused': [
    ...withMethod,
    {
      ...putIntegration({ type: 'HTTP', uri: 'http://x/' }),
      fails: [bad, 'Enumeration value for HttpMethod must be non-empty'],
    },
    {
      ...putIntegration({ ...http, uri: 'backend.test' }),
      fails: [bad, 'Invalid HTTP endpoint specified for URI'],
    },
    {
      ...putIntegration({ type: 'AWS', integrationHttpMethod: 'POST', uri: 'http://x/' }),
      fails: [bad, 'Invalid ARN specified in the request'],
    },
    {
      ...putIntegration({
        type: 'AWS',
        integrationHttpMethod: 'POST',
        uri: 'arn:aws:apigateway:us-east-1:sqs:x',
      }),
      fails: [bad, 'AWS ARN for integration must contain path or action'],
    },
    {
      ...putIntegration({
        type: 'AWS_PROXY',
        integrationHttpMethod: 'POST',
        uri: 'arn:aws:apigateway:us-east-1:sqs:path/q',
      }),
      fails: [
        bad,
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
      ],
    },
    {
      ...putIntegration({ ...http, timeoutInMillis: 49 }),
      fails: [bad, 'Timeout should be between 50 ms and 300000 ms'],
    },
    {
      ...putIntegration({ ...http, requestParameters: { 'integration.request.header.a': 'true' } }),
      fails: [bad, invalidMapping('Invalid mapping expression specified: true')],
    },
    {
      ...putIntegration({
        ...http,
        requestParameters: { 'integration.request.path.a': 'method.request.path.a' },
      }),
      fails: [bad, invalidMapping('Invalid mapping expression parameter specified: method.request.path.a')],
    },
    {
      ...putIntegration({ ...http, requestParameters: { 'integration.request.cookie.a': "'x'" } }),
      fails: [
        bad,
        invalidMapping('Invalid mapping expression parameter specified: integration.request.cookie.a'),
      ],
    },
    {
      ...putIntegration({ type: 'MOCK', requestTemplates: { 123: 'x' } }),
      fails: [bad, 'Validation Result: warnings : [], errors : [Invalid content type specified: 123]'],
    },
    {
      ...putIntegration({ ...http, connectionType: 'VPC_LINK' }),
      fails: [bad, 'connectionId must be specified when connectionType is VPC_LINK'],
    },
  ],
  'an integration is patched': [
    ...withMethod,
    putIntegration({ ...http, connectionType: 'VPC_LINK', connectionId: 'a' }),
    {
      ...patch(
        'UpdateIntegration',
        {},
        { op: 'replace', path: '/connectionId', value: 'b' },
        { op: 'replace', path: '/timeoutInMillis', value: '1000' },
        { op: 'add', path: '/requestTemplates/text~1plain', value: 't' },
        { op: 'add', path: '/requestParameters/integration.request.header.a', value: "'x'" },
        { op: 'add', path: '/cacheKeyParameters/method.request.path.id' },
        { op: 'replace', path: '/passthroughBehavior', value: 'NEVER' },
      ),
      has: {
        connectionId: 'b',
        timeoutInMillis: 1000,
        requestTemplates: { 'text/plain': 't' },
        requestParameters: { 'integration.request.header.a': "'x'" },
        cacheKeyParameters: ['method.request.path.id'],
        passthroughBehavior: 'NEVER',
      },
    },
    {
      ...patch('UpdateIntegration', {}, { op: 'replace', path: '/timeoutInMillis', value: '' }),
      fails: [bad, 'Timeout should be between 50 ms and 300000 ms'],
    },
    {
      ...patch('UpdateIntegration', {}, { op: 'replace', path: '/uri', value: '' }),
      fails: [bad, 'Invalid HTTP endpoint specified for URI'],
    },
  ],
  'integration responses': [
    ...withIntegration,
    {
      call: 'PutIntegrationResponse',
      with: {
        ...at,
        statusCode: '200',
        selectionPattern: '',
        responseTemplates: { 'application/json': 'a' },
      },
      gives: { statusCode: '200', selectionPattern: '', responseTemplates: { 'application/json': 'a' } },
    },
    {
      ...patch(
        'UpdateIntegrationResponse',
        { statusCode: '200' },
        { op: 'replace', path: '/selectionPattern', value: 'p' },
      ),
      has: { selectionPattern: 'p', responseTemplates: { 'application/json': 'a' } },
    },
    {
      call: 'PutIntegrationResponse',
      with: { ...at, statusCode: '200', responseTemplates: { 'application/json': 'b' } },
      gives: { statusCode: '200', responseTemplates: { 'application/json': 'b' } },
    },
    {
      call: 'GetMethod',
      with: at,
      gives: {
        ...plain,
        methodIntegration: {
          ...mock,
          integrationResponses: {
            200: { statusCode: '200', responseTemplates: { 'application/json': 'b' } },
          },
        },
      },
    },
    {
      call: 'PutIntegrationResponse',
      with: { ...at, statusCode: '200', responseParameters: { 'method.response.header.a': "'x'" } },
      fails: [
        bad,
        invalidMapping('Invalid mapping expression parameter specified: method.response.header.a'),
      ],
    },
    {
      call: 'GetIntegrationResponse',
      with: { ...at, statusCode: '201' },
      fails: [missing, 'Invalid Response status code specified'],
    },
    {
      call: 'DeleteIntegrationResponse',
      with: { ...at, statusCode: '200', httpMethod: 'PUT' },
      fails: [missing, 'Invalid Integration identifier specified'],
    },
    {
      call: 'DeleteIntegrationResponse',
      with: { ...at, statusCode: '201' },
      fails: [missing, 'Invalid Response status code specified'],
    },
    { call: 'DeleteIntegrationResponse', with: { ...at, statusCode: '200' }, gives: {} },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
