import { test } from 'bun:test'
import { playCalls, withApi, withMethod, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const uri =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:f/invocations'
const pool = 'arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_abc'
const source = 'method.request.header.Authorization'
const token = { name: 'a', type: 'TOKEN', authorizerUri: uri, identitySource: source }
const request = { ...token, type: 'REQUEST' }
const cognito = { name: 'a', type: 'COGNITO_USER_POOLS', providerARNs: [pool] }
const create = (more: object): PlayedCall => ({
  call: 'CreateAuthorizer',
  with: { restApiId: '$api.id', ...more },
})
const patch = (...patchOperations: readonly object[]): PlayedCall => ({
  call: 'UpdateAuthorizer',
  with: { restApiId: '$api.id', authorizerId: '$made.id', patchOperations },
})
const made = (more: object): readonly PlayedCall[] => [...withApi, { ...create(more), as: 'made' }]
const refused = (given: object, message: string): PlayedCall => ({ ...create(given), fails: [bad, message] })

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a TOKEN authorizer': [
    ...withApi,
    {
      ...create({ ...token, identityValidationExpression: '^Bearer .+' }),
      as: 'made',
      gives: {
        id: '$made.id',
        ...token,
        authType: 'custom',
        identityValidationExpression: '^Bearer .+',
      },
    },
    { call: 'GetAuthorizer', with: { restApiId: '$api.id', authorizerId: '$made.id' }, has: token },
    { call: 'GetAuthorizers', with: { restApiId: '$api.id' }, has: { items: [{ id: '$made.id' }] } },
    { call: 'DeleteAuthorizer', with: { restApiId: '$api.id', authorizerId: '$made.id' }, gives: {} },
    ...['GetAuthorizer', 'DeleteAuthorizer', 'UpdateAuthorizer'].map((name) => ({
      call: name,
      with: { restApiId: '$api.id', authorizerId: '$made.id' },
      fails: [missing, 'Invalid Authorizer identifier specified'] as const,
    })),
  ],
  'a COGNITO_USER_POOLS authorizer': [
    ...withApi,
    {
      ...create(cognito),
      as: 'made',
      gives: {
        id: '$made.id',
        ...cognito,
        authType: 'cognito_user_pools',
      },
    },
    {
      ...patch(
        { op: 'add', path: '/providerARNs', value: `${pool}2` },
        { op: 'remove', path: '/providerARNs', value: pool },
      ),
      has: { providerARNs: [`${pool}2`] },
    },
    {
      ...patch({ op: 'remove', path: '/providerARNs', value: `${pool}2` }),
      fails: [bad, 'Invalid request input: an authorizer of type COGNITO_USER_POOLS needs providerARNs'],
    },
  ],
  'a REQUEST authorizer, with several sources or none': [
    ...withApi,
    {
      ...create({
        ...request,
        identitySource: `${source}, method.request.querystring.q, stageVariables.v, context.identity.sourceIp`,
      }),
      has: { type: 'REQUEST' },
    },
    {
      ...create({ name: 'b', type: 'REQUEST', authorizerUri: uri, authorizerResultTtlInSeconds: 0 }),
      has: { authorizerResultTtlInSeconds: 0 },
    },
  ],
  patches: [
    ...made(token),
    {
      ...patch(
        { op: 'replace', path: '/name', value: 'b' },
        { op: 'replace', path: '/authorizerResultTtlInSeconds', value: '60' },
        { op: 'replace', path: '/identityValidationExpression', value: 'x' },
        { op: 'replace', path: '/authType', value: 'mine' },
        { op: 'replace', path: '/authorizerCredentials', value: 'arn:aws:iam::111111111111:role/r' },
      ),
      gives: {
        id: '$made.id',
        ...token,
        name: 'b',
        authType: 'mine',
        authorizerCredentials: 'arn:aws:iam::111111111111:role/r',
        identityValidationExpression: 'x',
        authorizerResultTtlInSeconds: 60,
      },
    },
    {
      ...patch({ op: 'replace', path: '/authorizerResultTtlInSeconds', value: 'x' }),
      fails: [bad, 'Invalid authorizerResultTtlInSeconds specified: NaN. Must be between 0 and 3600'],
    },
    { ...patch({ op: 'replace', path: '/id', value: 'x' }), fails: [bad, 'Invalid patch path /id'] },
    {
      ...patch({ op: 'replace', path: '/type', value: 'X' }),
      fails: [
        bad,
        'Invalid authorizer type specified: X. Valid options are TOKEN,REQUEST,COGNITO_USER_POOLS',
      ],
    },
  ],
  'the type changes with its default': [
    ...made(token),
    {
      ...patch(
        { op: 'replace', path: '/type', value: 'COGNITO_USER_POOLS' },
        { op: 'add', path: '/providerARNs', value: pool },
      ),
      has: { type: 'COGNITO_USER_POOLS', authType: 'cognito_user_pools' },
    },
  ],
  'authorizers that are refused': [
    ...withApi,
    refused(
      { ...token, authorizerUri: 'arn:aws:lambda:us-east-1:111111111111:function:f' },
      'Invalid Authorizer URI: arn:aws:lambda:us-east-1:111111111111:function:f. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.',
    ),
    refused(
      { ...token, identitySource: 'method.request.querystring.key' },
      "Invalid token source expression: method.request.querystring.key. The source must be a method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'.",
    ),
    refused(
      { ...token, identitySource: '' },
      'Invalid request input: an authorizer of type TOKEN needs an identitySource',
    ),
    refused(
      { ...request, identitySource: undefined },
      'Invalid request input: an authorizer of type REQUEST needs an identitySource unless authorizerResultTtlInSeconds is 0',
    ),
    refused(
      { ...request, identitySource: `${source},method.request.path.id` },
      'Invalid identity source expression: method.request.path.id. The source must be a request header or query string parameter, a stage variable or a context variable.',
    ),
    refused(
      { ...token, authorizerResultTtlInSeconds: 3601 },
      'Invalid authorizerResultTtlInSeconds specified: 3601. Must be between 0 and 3600',
    ),
    refused(
      { ...cognito, providerARNs: ['arn:aws:iam::1:x'] },
      'Invalid Provider ARN specified: arn:aws:iam::1:x. Expected the ARN of a Cognito user pool',
    ),
    refused({ ...token, name: ' ' }, 'Authorizer name cannot be blank'),
    create(token),
    refused(token, 'Authorizer name must be unique. Authorizer a already exists in this RestApi.'),
  ],
  'an unknown API': [
    {
      call: 'CreateAuthorizer',
      with: { restApiId: 'none', ...token },
      fails: [
        'ConflictException',
        'Unable to complete operation due to concurrent modification. Please try again later.',
      ],
    },
    {
      call: 'GetAuthorizers',
      with: { restApiId: 'none' },
      fails: [missing, 'Invalid API identifier specified 111111111111:none'],
    },
  ],
  'an authorizer that a method uses stays': [
    ...withMethod,
    { ...create(token), as: 'made' },
    {
      call: 'UpdateMethod',
      with: {
        restApiId: '$api.id',
        resourceId: '$api.rootResourceId',
        httpMethod: 'GET',
        patchOperations: [
          { op: 'replace', path: '/authorizationType', value: 'CUSTOM' },
          { op: 'replace', path: '/authorizerId', value: '$made.id' },
        ],
      },
      has: { authorizationType: 'CUSTOM', authorizerId: '$made.id' },
    },
    {
      call: 'DeleteAuthorizer',
      with: { restApiId: '$api.id', authorizerId: '$made.id' },
      fails: ['ConflictException', "Cannot delete authorizer 'a', is referenced in method: GET//"],
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
