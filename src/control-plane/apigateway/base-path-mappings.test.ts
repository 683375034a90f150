import { test } from 'bun:test'
import { playCalls, withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const name = 'api.example.com'
const unknownName = [missing, 'Invalid domain name identifier specified'] as const
const mapping = (call: string, more: object): PlayedCall => ({ call, with: { domainName: name, ...more } })
const withDomain: readonly PlayedCall[] = [
  ...withIntegration,
  { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'dev' } },
  {
    call: 'CreateDomainName',
    with: {
      domainName: name,
      regionalCertificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/c',
      endpointConfiguration: { types: ['REGIONAL'] },
    },
  },
]
const map = (more: object): PlayedCall => mapping('CreateBasePathMapping', { restApiId: '$api.id', ...more })
const patchMapping = (basePath: string, ...patchOperations: readonly object[]): PlayedCall =>
  mapping('UpdateBasePathMapping', { basePath, patchOperations })
const unknownMapping = [missing, 'Invalid base path mapping identifier specified'] as const

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'mappings from creation to deletion': [
    ...withDomain,
    { ...map({}), gives: { basePath: '(none)', restApiId: '$api.id' } },
    {
      ...map({ basePath: 'v1', stage: 'dev' }),
      gives: { basePath: 'v1', restApiId: '$api.id', stage: 'dev' },
    },
    {
      ...mapping('GetBasePathMappings', {}),
      has: { items: [{ basePath: '(none)' }, { basePath: 'v1', stage: 'dev' }] },
    },
    { ...mapping('GetBasePathMapping', { basePath: '(none)' }), has: { restApiId: '$api.id' } },
    {
      ...patchMapping(
        'v1',
        { op: 'replace', path: '/basePath', value: 'v2' },
        { op: 'replace', path: '/stage', value: '(none)' },
      ),
      gives: { basePath: 'v2', restApiId: '$api.id' },
    },
    { ...mapping('GetBasePathMapping', { basePath: 'v1' }), fails: unknownMapping },
    { ...mapping('DeleteBasePathMapping', { basePath: 'v2' }), gives: {} },
    { ...mapping('DeleteBasePathMapping', { basePath: 'v2' }), fails: unknownMapping },
    { ...patchMapping('v2'), fails: unknownMapping },
  ],
  'mappings that are refused': [
    ...withDomain,
    map({ basePath: 'v1' }),
    map({}),
    {
      ...map({ basePath: 'v1' }),
      fails: ['ConflictException', 'Base path already exists for this domain name'],
    },
    {
      ...patchMapping('v1', { op: 'replace', path: '/basePath', value: '' }),
      fails: ['ConflictException', 'Base path already exists for this domain name'],
    },
    {
      ...map({ basePath: 'a/b' }),
      fails: [
        bad,
        "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.",
      ],
    },
    {
      ...map({ basePath: 'a b' }),
      fails: [
        bad,
        "Invalid base path specified: a b. Expected at most 300 letters, numbers and characters of $-_.+!*'()",
      ],
    },
    {
      ...mapping('CreateBasePathMapping', { restApiId: 'none' }),
      fails: ['ConflictException', 'Base path already exists for this domain name'],
    },
    {
      ...mapping('CreateBasePathMapping', { restApiId: 'none', basePath: 'x' }),
      fails: [bad, 'Invalid REST API identifier specified'],
    },
    {
      ...patchMapping('v1', { op: 'replace', path: '/restapiId', value: 'none' }),
      fails: [bad, 'Invalid REST API identifier specified'],
    },
    { ...map({ basePath: 'x', stage: 'none' }), fails: [bad, 'Invalid stage identifier specified'] },
    { ...map({ domainName: 'b.example.com' }), fails: unknownName },
    { ...mapping('GetBasePathMappings', { domainName: 'b.example.com' }), fails: unknownName },
  ],
  'what a mapping leads to stays': [
    ...withDomain,
    map({ stage: 'dev' }),
    {
      call: 'DeleteStage',
      with: { restApiId: '$api.id', stageName: 'dev' },
      fails: [
        bad,
        `Deleting stage dev failed. Please remove all base path mappings related to the stage in your domains: ${name}`,
      ],
    },
    {
      call: 'DeleteRestApi',
      with: { restApiId: '$api.id' },
      fails: [
        bad,
        `Deleting RestApi $api.id failed. Please remove all base path mappings related to the RestApi in your domains: ${name}`,
      ],
    },
    { call: 'DeleteDomainName', with: { domainName: name } },
    { call: 'DeleteRestApi', with: { restApiId: '$api.id' }, gives: {} },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playCalls(calls))
