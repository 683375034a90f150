import { test } from 'bun:test'
import type { Quotas } from '#model/quotas.ts'
import { playCalls, withApi, withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const reached = (noun: string, of: string): readonly [string, string] => [
  'LimitExceededException',
  `Maximum number of ${noun} for this ${of} has been reached.  Please contact AWS if you need additional ${noun}.`,
]
const under = (pathPart: string): PlayedCall => ({
  call: 'CreateResource',
  with: { restApiId: '$api.id', parentId: '$api.rootResourceId', pathPart },
})
const document = (...paths: readonly string[]): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      openapi: '3.0.1',
      info: { title: 'pets', version: '1' },
      paths: Object.fromEntries(paths.map((path) => [path, { get: { responses: {} } }])),
    }),
  )
const regional = { name: 'x', endpointConfiguration: { types: ['REGIONAL'] } }
const deploy = (stageName: string): PlayedCall => ({
  call: 'CreateDeployment',
  with: { restApiId: '$api.id', stageName },
  as: 'deployment',
})

const cases: Readonly<Record<string, readonly [Partial<Quotas>, readonly PlayedCall[]]>> = {
  'resources, the root not among them': [
    { resourcesPerApi: 2 },
    [...withApi, under('a'), under('b'), { ...under('c'), fails: reached('Resources', 'API') }],
  ],
  'resources of a document': [
    { resourcesPerApi: 2 },
    [
      { call: 'ImportRestApi', with: { body: document('/a', '/b') }, as: 'api' },
      { call: 'ImportRestApi', with: { body: document('/a/b/c') }, fails: reached('Resources', 'API') },
      {
        call: 'PutRestApi',
        with: { restApiId: '$api.id', body: document('/c'), mode: 'merge' },
        fails: reached('Resources', 'API'),
      },
      { call: 'PutRestApi', with: { restApiId: '$api.id', body: document('/c'), mode: 'overwrite' } },
    ],
  ],
  'APIs, each kind of endpoint for itself': [
    { edgeApis: 1, regionalApis: 1 },
    [
      ...withApi,
      { call: 'CreateRestApi', with: { name: 'x' }, fails: reached('Edge-optimized APIs', 'account') },
      { call: 'CreateRestApi', with: regional },
      { call: 'CreateRestApi', with: regional, fails: reached('Regional APIs', 'account') },
      {
        call: 'ImportRestApi',
        with: { body: document('/a') },
        fails: reached('Edge-optimized APIs', 'account'),
      },
      {
        call: 'CreateRestApi',
        with: { name: 'x', cloneFrom: '$api.id' },
        fails: reached('Edge-optimized APIs', 'account'),
      },
    ],
  ],
  'APIs that become of another kind': [
    { edgeApis: 1, regionalApis: 1 },
    [
      { call: 'CreateRestApi', with: regional, as: 'api' },
      ...[undefined, reached('Edge-optimized APIs', 'account')].flatMap((fails): PlayedCall[] => [
        {
          call: 'UpdateRestApi',
          with: {
            restApiId: '$api.id',
            patchOperations: [
              { op: 'replace', path: '/endpointConfiguration/types/REGIONAL', value: 'EDGE' },
            ],
          },
          ...(fails && { fails }),
        },
        ...(fails === undefined ? [{ call: 'CreateRestApi', with: regional, as: 'api' }] : []),
      ]),
    ],
  ],
  stages: [
    { stagesPerApi: 1 },
    [
      ...withIntegration,
      deploy('a'),
      deploy('a'),
      { ...deploy('b'), fails: reached('Stages', 'API') },
      {
        call: 'CreateStage',
        with: { restApiId: '$api.id', stageName: 'b', deploymentId: '$deployment.id' },
        fails: reached('Stages', 'API'),
      },
    ],
  ],
}

for (const [name, [quotas, calls]] of Object.entries(cases)) test(name, () => playCalls(calls, { quotas }))
