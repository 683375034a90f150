import { expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Change } from '#store/store.ts'
import {
  account,
  now,
  playCalls,
  playCallsOn,
  region,
  withApi,
  withIntegration,
  withMethod,
  type PlayedCall,
} from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const stage = {
  stageName: 's1',
  deploymentId: '$deployment.id',
  cacheClusterEnabled: false,
  cacheClusterStatus: 'NOT_AVAILABLE',
  methodSettings: {},
  tracingEnabled: false,
  createdDate: now,
  lastUpdatedDate: now,
}
const setting = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: 5000,
  throttlingRateLimit: 10000,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
}
const deployed: readonly PlayedCall[] = [
  ...withIntegration,
  { call: 'CreateDeployment', with: { restApiId: '$api.id' }, as: 'deployment' },
  {
    call: 'CreateStage',
    with: { restApiId: '$api.id', stageName: 's1', deploymentId: '$deployment.id' },
    gives: stage,
  },
]
const patch = (
  ...operations: (readonly [op: string, path: string, value?: string])[]
): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateStage',
  with: {
    restApiId: '$api.id',
    stageName: 's1',
    patchOperations: operations.map(([op, path, value]) => ({ op, path, value })),
  },
})
const noSetting = (path: string): readonly [string, string] => [
  bad,
  `Cannot remove method setting ${path} because there is no method setting for this method `,
]
const accessLog: readonly [string, string] = [
  bad,
  'Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]',
]
const arn = 'arn:aws:logs:us-east-1:111111111111:log-group:g'

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'nothing to deploy': [
    ...withApi,
    {
      call: 'CreateDeployment',
      with: { restApiId: '$api.id' },
      fails: [bad, "The REST API doesn't contain any methods"],
    },
  ],
  'a method without integration is not deployed': [
    ...withMethod,
    {
      call: 'CreateDeployment',
      with: { restApiId: '$api.id', stageName: 'dev' },
      fails: [bad, 'No integration defined for method'],
    },
    { call: 'GetStages', with: { restApiId: '$api.id' }, gives: { item: [] } },
    { call: 'GetDeployments', with: { restApiId: '$api.id' }, gives: { items: [] } },
  ],
  'a private API without a policy is not deployed': [
    ...withIntegration,
    {
      call: 'UpdateRestApi',
      with: {
        restApiId: '$api.id',
        patchOperations: [{ op: 'replace', path: '/endpointConfiguration/types/EDGE', value: 'PRIVATE' }],
      },
    },
    {
      call: 'CreateDeployment',
      with: { restApiId: '$api.id', stageName: 'dev' },
      fails: [bad, "Private REST API doesn't have a resource policy attached to it"],
    },
  ],
  'a deployment with empty texts makes no stage, as Terraform sends them': [
    ...withIntegration,
    {
      call: 'CreateDeployment',
      with: { restApiId: '$api.id', stageName: '', description: '', stageDescription: '', variables: {} },
      as: 'deployment',
      gives: { id: '$deployment.id', createdDate: now },
    },
    { call: 'GetStages', with: { restApiId: '$api.id' }, gives: { item: [] } },
    {
      call: 'GetDeployment',
      with: { restApiId: '$api.id', deploymentId: '$deployment.id', embed: ['apisummary'] },
      has: { apiSummary: { '/': { GET: { authorizationType: 'NONE', apiKeyRequired: false } } } },
    },
  ],
  'deploying again moves the stage and keeps what it was set to': [
    ...withIntegration,
    {
      call: 'CreateDeployment',
      with: { restApiId: '$api.id', stageName: 's1', stageDescription: 'd', variables: { a: '1', b: '1' } },
      as: 'first',
    },
    patch(['replace', '/*/*/metrics/enabled', 'true']),
    {
      call: 'CreateDeployment',
      with: { restApiId: '$api.id', stageName: 's1', variables: { b: '2' } },
      as: 'deployment',
    },
    {
      call: 'GetStages',
      with: { restApiId: '$api.id', deploymentId: '$deployment.id' },
      gives: {
        item: [
          {
            ...stage,
            description: 'd',
            variables: { a: '1', b: '2' },
            methodSettings: { '*/*': { ...setting, metricsEnabled: true } },
          },
        ],
      },
    },
    { call: 'GetStages', with: { restApiId: '$api.id', deploymentId: '$first.id' }, gives: { item: [] } },
    { call: 'DeleteDeployment', with: { restApiId: '$api.id', deploymentId: '$first.id' }, gives: {} },
    {
      call: 'DeleteDeployment',
      with: { restApiId: '$api.id', deploymentId: '$deployment.id' },
      fails: [bad, 'Active stages pointing to this deployment must be moved or deleted'],
    },
    { call: 'DeleteStage', with: { restApiId: '$api.id', stageName: 's1' }, gives: {} },
    { call: 'DeleteDeployment', with: { restApiId: '$api.id', deploymentId: '$deployment.id' }, gives: {} },
  ],
  'a deployment is described afterwards': [
    ...deployed,
    {
      call: 'UpdateDeployment',
      with: {
        restApiId: '$api.id',
        deploymentId: '$deployment.id',
        patchOperations: [{ op: 'replace', path: '/description', value: 'new' }],
      },
      gives: { id: '$deployment.id', createdDate: now, description: 'new' },
    },
  ],
  'stages that are refused': [
    ...deployed,
    {
      call: 'CreateStage',
      with: { restApiId: '$api.id', stageName: 's1', deploymentId: '$deployment.id' },
      fails: ['ConflictException', 'Stage already exists'],
    },
    {
      call: 'CreateStage',
      with: { restApiId: '$api.id', stageName: 's2', deploymentId: 'nowhere' },
      fails: [bad, 'Deployment id does not exist'],
    },
    {
      call: 'CreateStage',
      with: { restApiId: '$api.id', stageName: 'a/b', deploymentId: '$deployment.id' },
      fails: [bad, 'Stage name only allows a-zA-Z0-9_-'],
    },
    {
      call: 'CreateStage',
      with: {
        restApiId: '$api.id',
        stageName: 's2',
        deploymentId: '$deployment.id',
        documentationVersion: 'v1',
      },
      fails: ['NotFoundException', 'Invalid Documentation version identifier specified'],
    },
    {
      ...patch(['replace', '/documentationVersion', 'v1']),
      fails: ['NotFoundException', 'Invalid Documentation version identifier specified'],
    },
    {
      call: 'CreateDeployment',
      with: { restApiId: '$api.id', stageName: 's2', variables: { 'a:b': 'x' } },
      fails: [bad, 'Invalid stage variable name: a:b.  Please use names with only word characters.'],
    },
    {
      ...patch(['replace', '/variables/a', '']),
      fails: [
        bad,
        "Invalid stage variable value: .  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.",
      ],
    },
  ],
  'method settings start from those of all methods': [
    ...deployed,
    {
      ...patch(
        ['replace', '/description', 'new'],
        ['replace', '/variables/v', 'x'],
        ['replace', '/tracingEnabled', 'true'],
        ['replace', '/*/*/throttling/burstLimit', '123'],
        ['replace', '/*/*/caching/enabled', 'true'],
        ['replace', '/test/GET/throttling/burstLimit', '124'],
      ),
      gives: {
        ...stage,
        description: 'new',
        variables: { v: 'x' },
        tracingEnabled: true,
        methodSettings: {
          '*/*': { ...setting, cachingEnabled: true, throttlingBurstLimit: 123 },
          'test/GET': { ...setting, cachingEnabled: true, throttlingBurstLimit: 124 },
        },
      },
    },
    {
      ...patch(['replace', '/*/*/throttling/burstLimit', '100']),
      has: { methodSettings: { 'test/GET': { throttlingBurstLimit: 124 } } },
    },
    {
      ...patch(
        ['remove', '/test/GET'],
        ['remove', '/*/*'],
        ['remove', '/variables/v'],
        ['replace', '/description', ''],
      ),
      gives: { ...stage, tracingEnabled: true },
    },
    { ...patch(['remove', '/*/*']), fails: noSetting('*/*') },
  ],
  'paths of method settings, escaped and with their slash': [
    ...deployed,
    {
      ...patch(
        ['replace', '/~1a~1b/GET/logging/loglevel', 'INFO'],
        ['replace', '/a~1b/GET/throttling/rateLimit', '5.000000'],
        ['replace', '/~1/GET/metrics/enabled', 'true'],
      ),
      has: {
        methodSettings: {
          '~1a~1b/GET': { ...setting, loggingLevel: 'INFO', throttlingRateLimit: 5 },
          '~1/GET': { ...setting, metricsEnabled: true },
        },
      },
    },
    {
      ...patch(['replace', '/*/*/logging/loglevel', 'LOUD']),
      fails: [bad, 'Invalid logging level LOUD, must be one of: [OFF, ERROR, INFO]'],
    },
    {
      ...patch(['replace', '/*/*/caching/ttlInSeconds', '3601']),
      fails: [bad, 'Invalid cache ttl value 3601, must be between 0 and 3600'],
    },
  ],
  'access logs': [
    ...deployed,
    {
      ...patch(['add', '/accessLogSettings/destinationArn', arn]),
      gives: { ...stage, accessLogSettings: { destinationArn: arn } },
    },
    {
      ...patch(['replace', '/accessLogSettings/format', '$context.requestId']),
      has: { accessLogSettings: { destinationArn: arn, format: '$context.requestId' } },
    },
    ...['/accessLogSettings', '/accessLogSettings/*', '/accessLogSettings/x'].flatMap(
      (path): PlayedCall[] => [
        { ...patch(['add', path, 'x']), fails: accessLog },
        { ...patch(['replace', path, 'x']), fails: accessLog },
      ],
    ),
    { ...patch(['remove', '/accessLogSettings/*']), fails: noSetting('accessLogSettings/*') },
    {
      ...patch(['remove', '/accessLogSettings/destinationArn']),
      fails: noSetting('accessLogSettings/destinationArn'),
    },
    {
      ...patch(['replace', '/accessLogSettings/destinationArn', '']),
      fails: [bad, 'Access Log value must not be empty'],
    },
    {
      ...patch(['replace', '/accessLogSettings/format', '']),
      fails: [bad, 'Access Log value must not be empty'],
    },
    {
      ...patch(['replace', '/accessLogSettings/format', '$context.status']),
      fails: [bad, 'Access Log format must include either $context.requestId or $context.extendedRequestId'],
    },
    {
      ...patch(['replace', '/accessLogSettings/format', '{\n"id":"$context.requestId"}']),
      fails: [
        bad,
        'Access Log format must be single line, new line character is allowed only at end of the format',
      ],
    },
    {
      ...patch(['replace', '/accessLogSettings/destinationArn', 'arn:aws']),
      fails: [bad, 'Invalid ARN. ARN is not well formed arn:aws'],
    },
    { ...patch(['remove', '/accessLogSettings']), gives: stage },
  ],
  'other patches of a stage': [
    ...deployed,
    {
      ...patch(['replace', '/cacheClusterEnabled', 'true']),
      has: { cacheClusterSize: '0.5', cacheClusterStatus: 'AVAILABLE' },
    },
    { ...patch(['replace', '/deploymentId', 'nowhere']), fails: [bad, 'Deployment id does not exist'] },
    {
      ...patch(['copy', '/deploymentId']),
      fails: [
        bad,
        'Invalid copy operation with path: /deploymentId and from null. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]',
      ],
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))

test('an unknown path is answered with the list of AWS, its missing commas included', () =>
  playCalls([
    ...deployed,
    {
      ...patch(['replace', '/tags/a', 'x']),
      fails: [
        bad,
        'Invalid method setting path: /tags/a. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]',
      ],
    },
  ]))

test('a deployment, its snapshot and its stage are one commit', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    const commits: (readonly Change[])[] = []
    store.watch((changes) => void commits.push(changes))
    await playCallsOn(store, [
      ...withIntegration,
      { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'dev' } },
    ])
    const last = commits.at(-1) ?? []
    expect(last.map(({ kind }) => kind).sort()).toEqual(['deployment', 'snapshot', 'stage'])
    const snapshotKey = last.find(({ kind }) => kind === 'snapshot')?.key
    expect(snapshotKey).toMatchObject({ account, region })
    const snapshot = snapshotKey && (await store.read(records.snapshot, snapshotKey))
    expect(snapshot?.value).toMatchObject({
      protocol: 'REST',
      deploymentId: snapshotKey?.id,
      resources: [{ path: '/', methods: { GET: { integration: { type: 'MOCK' } } } }],
      models: [{ name: 'Empty' }, { name: 'Error' }],
    })
  } finally {
    await store.close()
  }
})
