import { test } from 'bun:test'
import { dayMs } from '#model/quota-period.ts'
import type { UsageMeter } from '#model/usage-meter.ts'
import { now, playCalls, withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const conflict = 'ConflictException'
const noPlan: readonly [string, string] = [missing, 'Invalid Usage Plan ID specified']
const stage = { apiId: '$api.id', stage: 'dev' }
const plan = { id: '$plan.id', name: 'gold', apiStages: [stage] }

const withStage: readonly PlayedCall[] = [
  ...withIntegration,
  { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'dev' } },
]
const withPlan: readonly PlayedCall[] = [
  ...withStage,
  { call: 'CreateUsagePlan', with: { name: 'gold', apiStages: [stage] }, as: 'plan', gives: plan },
]
const quota = { limit: 100, period: 'MONTH', offset: 0 }
const withKey: readonly PlayedCall[] = [
  ...withStage,
  { call: 'CreateUsagePlan', with: { name: 'gold', quota, apiStages: [stage] }, as: 'plan' },
  { call: 'CreateApiKey', with: { name: 'pets' }, as: 'key' },
  {
    call: 'CreateUsagePlanKey',
    with: { usagePlanId: '$plan.id', keyId: '$key.id', keyType: 'API_KEY' },
    gives: { id: '$key.id', type: 'API_KEY', value: '$key.value', name: 'pets' },
  },
]
const patch = (
  ...operations: (readonly [op: string, path: string, value?: string])[]
): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateUsagePlan',
  with: {
    usagePlanId: '$plan.id',
    patchOperations: operations.map(([op, path, value]) => ({ op, path, value })),
  },
})
const create = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'CreateUsagePlan',
  with: { name: 'blue', ...input },
})
const noStage = (named: string): readonly [string, string] => [
  missing,
  `Invalid API Stage {${named}} specified for usageplan $plan.id`,
]
const member = { usagePlanId: '$plan.id', keyId: '$key.id' }

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a plan from creation to deletion': [
    ...withPlan,
    { call: 'GetUsagePlan', with: { usagePlanId: '$plan.id' }, gives: { ...plan, tags: {} } },
    { call: 'GetUsagePlans', gives: { items: [plan] } },
    {
      ...patch(
        ['replace', '/throttle/burstLimit', '100'],
        ['replace', '/throttle/rateLimit', '200'],
        ['replace', '/quota/limit', '5000'],
        ['replace', '/quota/period', 'MONTH'],
      ),
      gives: {
        ...plan,
        throttle: { burstLimit: 100, rateLimit: 200 },
        quota: { limit: 5000, offset: 0, period: 'MONTH' },
        tags: {},
      },
    },
    { ...patch(['remove', '/throttle'], ['remove', '/quota']), gives: { ...plan, tags: {} } },
    {
      ...patch(['replace', '/name', 'n'], ['replace', '/description', 'd'], ['replace', '/productCode', 'p']),
      has: { name: 'n', description: 'd', productCode: 'p' },
    },
    {
      call: 'DeleteUsagePlan',
      with: { usagePlanId: '$plan.id' },
      fails: [
        bad,
        'Cannot delete Usage Plan $plan.id because there are API Stages associated with it, including $api.id:dev',
      ],
    },
    { ...patch(['remove', '/apiStages', '$api.id:dev']), has: { apiStages: [] } },
    { call: 'DeleteUsagePlan', with: { usagePlanId: '$plan.id' }, gives: {} },
    { call: 'GetUsagePlan', with: { usagePlanId: '$plan.id' }, fails: noPlan },
    { ...patch(['replace', '/name', 'n']), fails: noPlan },
  ],
  'stages of a plan that are refused': [
    ...withPlan,
    { ...patch(['add', '/apiStages']), fails: [bad, 'Invalid API Stage specified'] },
    { ...patch(['add', '/apiStages', 'dev']), fails: [bad, 'Invalid API Stage specified'] },
    { ...patch(['add', '/apiStages', 'x:dev']), fails: noStage('api: x, stage: dev') },
    { ...patch(['add', '/apiStages', '$api.id:x']), fails: noStage('api: $api.id, stage: x') },
    { ...patch(['remove', '/apiStages', '$api.id:x']), fails: noStage('api: $api.id, stage: x') },
    { ...patch(['remove', '/apiStages']), fails: [bad, 'Invalid API Stage specified'] },
    {
      ...patch(['remove', '/apiStages/$api.id:dev']),
      fails: [
        bad,
        "Invalid patch path  '/apiStages/$api.id:dev' specified for op 'remove'. Must be one of: [/apiStages, /quota, /throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, /apiStages/<apidId:stageName>/throttle]",
      ],
    },
  ],
  'throttles of methods, by escaped paths and by plain ones': [
    ...withPlan,
    {
      ...patch(
        ['replace', '/apiStages/$api.id:dev/throttle/~1pets/GET/rateLimit', '5.000000'],
        ['add', '/apiStages/$api.id:dev/throttle//pets/GET/burstLimit', '7'],
        ['add', '/apiStages/$api.id:dev/throttle/~1pets~1{id}/ANY/burstLimit', '1'],
        ['add', '/apiStages/$api.id:dev/throttle///GET/burstLimit', '2'],
      ),
      has: {
        apiStages: [
          {
            ...stage,
            throttle: {
              '/pets/GET': { rateLimit: 5, burstLimit: 7 },
              '/pets/{id}/ANY': { burstLimit: 1 },
              '//GET': { burstLimit: 2 },
            },
          },
        ],
      },
    },
    // Terraform takes a stage and puts it back; its throttles stay.
    { ...patch(['add', '/apiStages', '$api.id:dev']), has: { apiStages: [{ throttle: { '//GET': {} } }] } },
    {
      ...patch(
        ['remove', '/apiStages/$api.id:dev/throttle//pets/GET'],
        ['remove', '/apiStages/$api.id:dev/throttle/~1/GET'],
      ),
      has: { apiStages: [{ ...stage, throttle: { '/pets/{id}/ANY': { burstLimit: 1 } } }] },
    },
    { ...patch(['remove', '/apiStages/$api.id:dev/throttle']), gives: { ...plan, tags: {} } },
    {
      ...patch(['add', '/apiStages/$api.id:x/throttle//pets/GET/burstLimit', '7']),
      fails: noStage('api: $api.id, stage: x'),
    },
  ],
  'plans that are refused': [
    ...withPlan,
    { ...create({ name: '' }), fails: [bad, 'Name cannot be empty'] },
    { ...create({ apiStages: [{ apiId: 'x' }] }), fails: [bad, 'Invalid API Stage specified'] },
    {
      ...create({ quota: { limit: 1, period: 'DAY', offset: 1 } }),
      fails: [bad, 'Usage Plan quota offset must be zero in the DAY period'],
    },
    {
      ...create({ quota: { limit: 1, period: 'WEEK', offset: 7 } }),
      fails: [bad, 'Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period'],
    },
    {
      ...create({ quota: { limit: 1, period: 'MONTH', offset: -1 } }),
      fails: [bad, 'Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period'],
    },
    {
      ...create({ quota: { limit: 1 } }),
      fails: [bad, 'Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]'],
    },
    {
      ...create({ quota: { period: 'DAY' } }),
      fails: [bad, 'Usage Plan quota limit must be a whole number, at least 0'],
    },
    {
      ...create({ throttle: { burstLimit: -1 } }),
      fails: [bad, 'Usage Plan throttle burst limit must be a whole number, at least 0'],
    },
    {
      ...patch(['replace', '/throttle/rateLimit', 'fast']),
      fails: [bad, 'Usage Plan throttle rate limit must be a number, at least 0'],
    },
    {
      ...patch(['replace', '/quota/period', 'YEAR']),
      fails: [bad, 'Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]'],
    },
    // Nothing of a patch stays when a part of it is refused.
    { ...patch(['replace', '/name', 'x'], ['replace', '/name', '']), fails: [bad, 'Name cannot be empty'] },
    { call: 'GetUsagePlan', with: { usagePlanId: '$plan.id' }, has: { name: 'gold' } },
  ],
  'keys of a plan': [
    ...withKey,
    { call: 'GetUsagePlanKey', with: member, has: { id: '$key.id', type: 'API_KEY', name: 'pets' } },
    { call: 'GetUsagePlanKeys', with: { usagePlanId: '$plan.id' }, has: { items: [{ id: '$key.id' }] } },
    { call: 'GetUsagePlanKeys', with: { usagePlanId: '$plan.id', nameQuery: 'x' }, gives: { items: [] } },
    { call: 'GetUsagePlans', with: { keyId: '$key.id' }, has: { items: [{ id: '$plan.id' }] } },
    { call: 'GetUsagePlans', with: { keyId: 'other' }, gives: { items: [] } },
    {
      call: 'CreateUsagePlanKey',
      with: { ...member, keyType: 'API_KEY' },
      fails: [conflict, 'API Key $key.id is already in Usage Plan $plan.id'],
    },
    {
      call: 'CreateUsagePlanKey',
      with: { ...member, keyType: 'OTHER' },
      fails: [bad, 'Invalid key type specified. Valid options are API_KEY'],
    },
    {
      call: 'CreateUsagePlanKey',
      with: { ...member, keyId: 'x', keyType: 'API_KEY' },
      fails: [missing, 'Invalid API Key identifier specified'],
    },
    {
      call: 'CreateUsagePlanKey',
      with: { ...member, usagePlanId: 'x', keyType: 'API_KEY' },
      fails: noPlan,
    },
    { call: 'DeleteUsagePlanKey', with: member, gives: {} },
    { call: 'GetUsagePlanKey', with: member, fails: noPlan },
    {
      call: 'DeleteUsagePlanKey',
      with: { ...member, keyId: 'x' },
      fails: [missing, 'Invalid API Key identifier specified'],
    },
  ],
  'a key that ends leaves its plans': [
    ...withKey,
    { call: 'DeleteApiKey', with: { apiKey: '$key.id' } },
    { call: 'GetUsagePlanKeys', with: { usagePlanId: '$plan.id' }, gives: { items: [] } },
  ],
  'a plan that ends lets go of its keys': [
    ...withKey,
    patch(['remove', '/apiStages', '$api.id:dev']),
    { call: 'DeleteUsagePlan', with: { usagePlanId: '$plan.id' } },
    { call: 'GetUsagePlans', with: { keyId: '$key.id' }, gives: { items: [] } },
  ],
  'a key is in one plan a stage': [
    ...withKey,
    { ...create({ apiStages: [stage] }), as: 'blue' },
    {
      call: 'CreateUsagePlanKey',
      with: { usagePlanId: '$blue.id', keyId: '$key.id', keyType: 'API_KEY' },
      fails: [
        conflict,
        'API Key $key.id cannot be in Usage Plan $blue.id: it is in Usage Plan $plan.id, which has the API Stage $api.id:dev, too',
      ],
    },
    { ...create({}), as: 'red' },
    {
      call: 'CreateUsagePlanKey',
      with: { usagePlanId: '$red.id', keyId: '$key.id', keyType: 'API_KEY' },
    },
    {
      call: 'UpdateUsagePlan',
      with: {
        usagePlanId: '$red.id',
        patchOperations: [{ op: 'add', path: '/apiStages', value: '$api.id:dev' }],
      },
      fails: [
        conflict,
        'API Key $key.id cannot be in Usage Plan $red.id: it is in Usage Plan $plan.id, which has the API Stage $api.id:dev, too',
      ],
    },
  ],
  'stages that end leave their plans': [
    ...withPlan,
    { call: 'DeleteStage', with: { restApiId: '$api.id', stageName: 'dev' } },
    { call: 'GetUsagePlan', with: { usagePlanId: '$plan.id' }, has: { apiStages: [] } },
  ],
  'stages of an API that ends leave their plans': [
    ...withPlan,
    { call: 'DeleteRestApi', with: { restApiId: '$api.id' } },
    { call: 'GetUsagePlan', with: { usagePlanId: '$plan.id' }, has: { apiStages: [] } },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))

const keyLimit = 'Maximum number of Usage Plans for this API Key has been reached.'
test('a key is in as many plans as its quota allows', () =>
  playCalls(
    [
      ...withKey,
      { ...create({}), as: 'blue' },
      {
        call: 'CreateUsagePlanKey',
        with: { usagePlanId: '$blue.id', keyId: '$key.id', keyType: 'API_KEY' },
        fails: [
          'LimitExceededException',
          `${keyLimit}  Please contact AWS if you need additional Usage Plans.`,
        ],
      },
    ],
    { quotas: { usagePlansPerKey: 1 } },
  ))

const ask = (startDate: string, endDate: string): Omit<PlayedCall, 'gives'> => ({
  call: 'GetUsage',
  with: { usagePlanId: '$plan.id', startDate, endDate },
})
const extend = (op: string, path: string, value?: string): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateUsage',
  with: { ...member, patchOperations: [{ op, path, value }] },
})

/** Counts the day of the month: today, the 14th, 14 requests. */
const meter: UsageMeter = {
  async requests(_, keyIds, firstDayMs, days) {
    const used = Array.from({ length: days }, (_each, day) => {
      const ms = firstDayMs + day * dayMs
      return ms > now ? 0 : new Date(ms).getUTCDate()
    })
    return new Map(keyIds.map((keyId) => [keyId, used]))
  },
}

const told = (startDate: string, endDate: string, ...days: readonly (readonly number[])[]): PlayedCall => ({
  ...ask(startDate, endDate),
  gives: { usagePlanId: '$plan.id', startDate, endDate, items: { '$key.id': days } },
})

test('usage is told day by day, with what remains of the period', () =>
  playCalls(
    [
      ...withKey,
      told('2023-10-31', '2023-11-03', [31, 0], [1, 99], [2, 97], [3, 94]),
      told('2023-11-14', '2023-11-15', [14, 0], [0, 0]),
      // 105 were let through so far, and 50 more may be.
      {
        ...extend('replace', '/remaining', '50'),
        gives: {
          usagePlanId: '$plan.id',
          startDate: '2023-11-14',
          endDate: '2023-11-14',
          items: { '$key.id': [[14, 50]] },
        },
      },
      told('2023-11-13', '2023-11-15', [13, 9], [14, 50], [0, 50]),
      // The next month is as the plan says.
      told('2023-12-01', '2023-12-01', [0, 100]),
      patch(['replace', '/quota/period', 'WEEK'], ['replace', '/quota/offset', '2']),
      // Weeks begin on Tuesdays: the 7th and the 14th.
      told('2023-11-06', '2023-11-08', [6, 48], [7, 93], [8, 85]),
      patch(['remove', '/quota']),
      told('2023-11-01', '2023-11-02', [1], [2]),
      {
        ...extend('replace', '/remaining', '1'),
        fails: [bad, 'Usage Plan $plan.id has no quota that could be extended'],
      },
    ],
    { usageMeter: meter },
  ))

test('where nobody counts, nothing is used', () =>
  playCalls([
    ...withKey,
    told('2023-11-13', '2023-11-14', [0, 100], [0, 100]),
    { ...extend('replace', '/remaining', '7'), has: { items: { '$key.id': [[0, 7]] } } },
    // What a key was granted in a plan ends when it leaves.
    { call: 'DeleteUsagePlanKey', with: member },
    { call: 'CreateUsagePlanKey', with: { ...member, keyType: 'API_KEY' } },
    told('2023-11-14', '2023-11-14', [0, 100]),
  ]))

test('questions about usage that are refused', () =>
  playCalls([
    ...withKey,
    {
      ...ask('2023-11-2', '2023-11-03'),
      fails: [bad, 'Invalid date specified: 2023-11-2. Expected yyyy-MM-dd'],
    },
    {
      ...ask('2023-02-30', '2023-11-03'),
      fails: [bad, 'Invalid date specified: 2023-02-30. Expected yyyy-MM-dd'],
    },
    {
      ...ask('2023-11-03', '2023-11-02'),
      fails: [bad, 'Invalid date range: endDate 2023-11-02 is before startDate 2023-11-03'],
    },
    {
      ...ask('2022-11-03', '2023-11-02'),
      fails: [bad, 'Invalid date range: found 365 days, expected at most 90'],
    },
    {
      call: 'GetUsage',
      with: { usagePlanId: 'x', startDate: '2023-11-01', endDate: '2023-11-01' },
      fails: noPlan,
    },
    {
      call: 'GetUsage',
      with: { ...member, keyId: 'x', startDate: '2023-11-01', endDate: '2023-11-01' },
      fails: [missing, 'Invalid API Key identifier specified'],
    },
    {
      ...extend('add', '/remaining', '5'),
      fails: [bad, "Invalid patch path  '/remaining' specified for op 'add'. Must be one of: []"],
    },
    {
      ...extend('replace', '/extension', '5'),
      fails: [
        bad,
        "Invalid patch path  '/extension' specified for op 'replace'. Must be one of: [/remaining]",
      ],
    },
    {
      ...extend('replace', '/remaining', '-5'),
      fails: [bad, 'Invalid remaining quota specified: -5. Expected a whole number'],
    },
  ]))
