import { test } from 'bun:test'
import { playBoth } from '../../../test/support/play-both-versions.ts'
import { withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const name = 'api.example.com'
const mixing =
  "Mixing of REST APIs and HTTP APIs on the same domain name can only be accomplished through API Gateway's V2 DomainName interface. Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs. This must also occur through API Gateway's V2 DomainName interface."

const domain: PlayedCall = {
  call: 'v2:CreateDomainName',
  with: {
    DomainName: name,
    DomainNameConfigurations: [{ CertificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/a' }],
  },
}
/** An HTTP API with its `$default` stage, a WebSocket API and a REST API with a stage each. */
const setting: readonly PlayedCall[] = [
  domain,
  { call: 'v2:CreateApi', with: { Name: 'http', ProtocolType: 'HTTP' }, as: 'http' },
  { call: 'v2:CreateStage', with: { ApiId: '$http.ApiId', StageName: '$default' } },
  { call: 'v2:CreateStage', with: { ApiId: '$http.ApiId', StageName: 'dev' } },
  {
    call: 'v2:CreateApi',
    with: { Name: 'chat', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    as: 'chat',
  },
  { call: 'v2:CreateStage', with: { ApiId: '$chat.ApiId', StageName: 'prod' } },
  ...withIntegration,
  { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'prod' } },
]
const toHttp = { ApiId: '$http.ApiId', Stage: '$default' }
const toRest = { ApiId: '$api.id', Stage: 'prod' }
const toChat = { ApiId: '$chat.ApiId', Stage: 'prod' }

const map = (target: object, ApiMappingKey?: string, as = 'made'): PlayedCall => ({
  call: 'v2:CreateApiMapping',
  with: { DomainName: name, ...target, ApiMappingKey },
  as,
})
const one = { DomainName: name, ApiMappingId: '$made.ApiMappingId' }
const shown = (target: object, ApiMappingKey: string, as = 'made'): object => ({
  ...target,
  ApiMappingKey,
  ApiMappingId: `$${as}.ApiMappingId`,
})
const byVersion1 = (more: object): PlayedCall => ({
  call: 'CreateBasePathMapping',
  with: { domainName: name, restApiId: '$api.id', stage: 'prod', ...more },
})

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a mapping from creation to deletion': [
    ...setting,
    { ...map(toHttp, 'orders/v1'), gives: shown(toHttp, 'orders/v1') },
    { call: 'v2:GetApiMapping', with: one, gives: shown(toHttp, 'orders/v1') },
    { call: 'v2:GetApiMappings', with: { DomainName: name }, gives: { Items: [shown(toHttp, 'orders/v1')] } },
    { call: 'v2:DeleteApiMapping', with: one, gives: {} },
    { call: 'v2:GetApiMapping', with: one, fails: [missing, 'Invalid API mapping identifier specified'] },
    { call: 'v2:DeleteApiMapping', with: one, fails: [missing, 'Invalid API mapping identifier specified'] },
  ],
  'no key and an empty one are the same': [
    ...setting,
    { ...map(toHttp), has: { ApiMappingKey: '' } },
    {
      ...map(toHttp, '', 'again'),
      fails: ['ConflictException', 'ApiMapping key already exists for this domain name'],
    },
  ],
  'what an update leaves out stays, its id always': [
    ...setting,
    map(toHttp, 'orders'),
    {
      call: 'v2:UpdateApiMapping',
      with: { ...one, ApiId: '$http.ApiId', Stage: 'dev' },
      gives: shown({ ...toHttp, Stage: 'dev' }, 'orders'),
    },
    {
      call: 'v2:UpdateApiMapping',
      with: { ...one, ApiId: '$http.ApiId', ApiMappingKey: 'orders/v2' },
      gives: shown({ ...toHttp, Stage: 'dev' }, 'orders/v2'),
    },
    {
      call: 'v2:UpdateApiMapping',
      with: { ...one, ApiId: '$api.id', Stage: 'prod' },
      gives: shown(toRest, 'orders/v2'),
    },
    {
      call: 'v2:GetApiMappings',
      with: { DomainName: name },
      gives: { Items: [shown(toRest, 'orders/v2')] },
    },
    map(toHttp, 'pets', 'pets'),
    {
      call: 'v2:UpdateApiMapping',
      with: { ...one, ApiId: '$api.id', ApiMappingKey: 'pets' },
      fails: ['ConflictException', 'ApiMapping key already exists for this domain name'],
    },
  ],
  'what a mapping names is there': [
    ...setting,
    { ...map({ ApiId: 'nothing', Stage: 'dev' }), fails: [bad, 'Invalid API identifier specified'] },
    { ...map({ ...toHttp, Stage: 'prod' }), fails: [bad, 'Invalid stage identifier specified'] },
    { ...map({ ...toRest, Stage: 'dev' }), fails: [bad, 'Invalid stage identifier specified'] },
    {
      ...map(toHttp, 'x'),
      with: { ...toHttp, DomainName: 'other.example.com' },
      fails: [missing, 'Invalid domain name identifier specified'],
    },
  ],
  'keys that are none': [
    ...setting,
    ...['/', 'a//b', '/a', 'a/', 'a b', 'ä'].map((key) => ({
      ...map(toHttp, key),
      fails: [bad, "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()/"] as const,
    })),
    {
      ...map(toHttp, 'a'.repeat(301)),
      fails: [bad, 'An ApiMapping key has at most 300 characters; found 301'],
    },
  ],
  'HTTP and REST APIs share a domain name; version 1 sees its own': [
    ...setting,
    map(toHttp, 'http'),
    map(toRest, 'rest', 'rest'),
    map(toRest, 'rest/deep', 'deep'),
    {
      call: 'v2:GetApiMappings',
      with: { DomainName: name },
      gives: {
        Items: [shown(toHttp, 'http'), shown(toRest, 'rest', 'rest'), shown(toRest, 'rest/deep', 'deep')],
      },
    },
    {
      call: 'GetBasePathMappings',
      with: { domainName: name },
      gives: { items: [{ basePath: 'rest', restApiId: '$api.id', stage: 'prod' }] },
    },
    ...['http', 'rest/deep'].map((basePath) => ({
      call: 'GetBasePathMapping',
      with: { domainName: name, basePath },
      fails: [missing, 'Invalid base path mapping identifier specified'] as const,
    })),
    { ...byVersion1({ basePath: 'more' }), fails: [bad, mixing] },
  ],
  'a mapping of version 1 is one of version 2': [
    ...setting,
    byVersion1({ basePath: 'old' }),
    {
      call: 'v2:GetApiMappings',
      with: { DomainName: name },
      as: 'all',
      has: { Items: [{ ApiId: '$api.id', ApiMappingKey: 'old', Stage: 'prod' }] },
    },
    {
      call: 'v2:GetApiMapping',
      with: { DomainName: name, ApiMappingId: '$all.Items.0.ApiMappingId' },
      has: { ApiMappingKey: 'old' },
    },
  ],
  'WebSocket APIs have domain names to themselves': [
    ...setting,
    map(toChat, 'chat'),
    map(toChat, 'talk', 'talk'),
    {
      ...map(toChat, 'a/b', 'deep'),
      fails: [bad, 'Multi-level API mappings are not supported for WebSocket APIs'],
    },
    ...[toHttp, toRest].map((target) => ({
      ...map(target, 'other', 'other'),
      fails: [bad, 'WebSocket APIs can only be attached to a domain name with other WebSocket APIs'] as const,
    })),
    { ...byVersion1({ basePath: 'more' }), fails: [bad, mixing] },
  ],
  'what domain names lead to stays': [
    ...setting,
    map(toHttp, 'orders'),
    {
      call: 'v2:DeleteStage',
      with: { ApiId: '$http.ApiId', StageName: '$default' },
      fails: [
        bad,
        'Deleting stage $default failed. Please remove all API mappings for the stage from your custom domain names.',
      ],
    },
    { call: 'v2:DeleteStage', with: { ApiId: '$http.ApiId', StageName: 'dev' } },
    {
      call: 'v2:DeleteApi',
      with: { ApiId: '$http.ApiId' },
      fails: [
        bad,
        'Deleting API $http.ApiId failed. Please remove all API mappings for the API from your custom domain names.',
      ],
    },
    { call: 'v2:DeleteApiMapping', with: one },
    { call: 'v2:DeleteApi', with: { ApiId: '$http.ApiId' } },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playBoth(calls))

test('keys of several levels have a quota of their own', () =>
  playBoth(
    [
      ...setting,
      map(toHttp, 'a/b'),
      map(toHttp, 'a', 'flat'),
      {
        ...map(toHttp, 'a/c', 'more'),
        fails: [
          'LimitExceededException',
          'Maximum number of multi-level API mappings for this domain name has been reached.  Please contact AWS if you need additional multi-level API mappings.',
        ],
      },
    ],
    { quotas: { multiLevelMappings: 1 } },
  ))
