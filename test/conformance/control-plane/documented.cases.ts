import type { WireCase } from './support/wire-case.ts'

// Limits of the developer guide, "Quotas for configuring and running a REST API". The wording is ours.

const deployable: WireCase['calls'] = [
  { ask: 'POST /restapis', body: { name: 'pets' }, keeps: { api: 'id', root: 'rootResourceId' } },
  { ask: 'PUT /restapis/{api}/resources/{root}/methods/GET', body: { authorizationType: 'NONE' } },
  { ask: 'PUT /restapis/{api}/resources/{root}/methods/GET/integration', body: { type: 'MOCK' } },
]
const numbered = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, 'v']))
const deploy = (variables: object): WireCase['calls'][number] => ({
  ask: 'POST /restapis/{api}/deployments',
  body: { stageName: 'dev', variables },
})
const tooMany = ['LimitExceededException', 'A stage can have at most 100 stage variables, found 101'] as const

export const documentedCases: readonly WireCase[] = [
  {
    name: 'a stage has at most 100 variables, however they come',
    calls: [
      ...deployable,
      { ...deploy(numbered(101)), fails: tooMany },
      deploy(numbered(100)),
      { ...deploy({ more: 'v' }), fails: tooMany },
      {
        ask: 'PATCH /restapis/{api}/stages/dev',
        body: { patchOperations: [{ op: 'replace', path: '/variables/more', value: 'v' }] },
        fails: tooMany,
      },
      {
        ask: 'PATCH /restapis/{api}/stages/dev',
        body: {
          patchOperations: [
            { op: 'remove', path: '/variables/n0' },
            { op: 'replace', path: '/variables/more', value: 'v' },
          ],
        },
        has: { variables: { more: 'v' } },
      },
    ],
  },
  {
    name: 'names of stage variables have at most 64 characters, values 512',
    calls: [
      ...deployable,
      deploy({ ['n'.repeat(64)]: 'v'.repeat(512) }),
      {
        ...deploy({ ['n'.repeat(65)]: 'v' }),
        fails: [
          'BadRequestException',
          `Invalid stage variable name: ${'n'.repeat(65)}.  Names can be at most 64 characters.`,
        ],
      },
      {
        ...deploy({ n: 'v'.repeat(513) }),
        fails: [
          'BadRequestException',
          'Invalid stage variable value of n: found 513 characters, expected at most 512',
        ],
      },
    ],
  },
]
