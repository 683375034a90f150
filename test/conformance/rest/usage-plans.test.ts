import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { ExecutionLog } from '#data-plane/execution-log.ts'
import { awsLimits } from '#data-plane/limits.ts'
import { UsagePlanTable } from '#data-plane/usage/usage-plan-table.ts'
import type { UsagePlan } from '#model/usage-plan.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'
import { functionUri, lambdaProxy, mock, STAGE, type ApiDefinition } from './support/definition.ts'
import { echo, LocalFunctions, returning, type FunctionBehaviour } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'

// A case is an API with its plans and keys, and requests one after the other at times of a clock that it sets.

/** 2026-11-21, a Saturday, noon. */
const NOON_MS = Date.UTC(2026, 10, 21, 12)
const SECOND = 1000
const DAY = 86_400_000

const KEY = 'the-value-of-a-key-0001'
const OTHER = 'the-value-of-a-key-0002'

interface Asked {
  /** Milliseconds after noon; as before when left out. */
  readonly at?: number
  readonly key?: string
  /** `GET /x` when left out. */
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly string[]
  readonly expect: 200 | 'Forbidden' | 'Too Many Requests' | 'Limit Exceeded'
}

type PlanDefinition = Partial<Omit<UsagePlan, 'apiStages'>> & {
  /** Method throttles of the stage; undefined: the plan does not have the stage. */
  readonly stage?: UsagePlan['apiStages'][0]['throttle']
  /** Value → whether it is enabled. */
  readonly keys: Readonly<Record<string, boolean>>
}

interface UsageCase {
  readonly name: string
  readonly source?: string
  readonly plans: readonly PlanDefinition[]
  readonly api?: Partial<ApiDefinition>
  readonly functions?: Readonly<Record<string, FunctionBehaviour>>
  readonly accountThrottle?: { readonly perSecond: number; readonly burst: number }
  readonly asked: readonly Asked[]
}

const OK = { expect: 200 } as const
const ok: Asked = { key: KEY, ...OK }
const slow: Asked = { key: KEY, expect: 'Too Many Requests' }
const over: Asked = { key: KEY, expect: 'Limit Exceeded' }

const plan = (more: Partial<PlanDefinition> = {}): PlanDefinition => ({
  stage: {},
  keys: { [KEY]: true, [OTHER]: true },
  ...more,
})

const times = (count: number, asked: Asked): Asked[] => Array.from({ length: count }, () => asked)

const INSIDE = {
  authorizationType: 'CUSTOM',
  authorizerId: 'auth',
  apiKeyRequired: true,
  integration: mock('inside'),
}

const byAuthorizer: Partial<ApiDefinition> = {
  api: { apiKeySource: 'AUTHORIZER' },
  paths: { '/x': { GET: INSIDE } },
  authorizers: [{ id: 'auth', authorizerUri: functionUri('auth') }],
}

const naming = (usageIdentifierKey?: string): Record<string, FunctionBehaviour> => ({
  auth: returning({
    principalId: 'user',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    },
    usageIdentifierKey,
  }),
})

const usageCases: readonly UsageCase[] = [
  {
    name: 'keys that let nobody in: none, unknown, disabled, empty, too long',
    plans: [plan({ keys: { [KEY]: false, [OTHER]: true } })],
    asked: [
      { expect: 'Forbidden' },
      { key: 'the-value-of-a-key-0003', expect: 'Forbidden' },
      { key: KEY, expect: 'Forbidden' },
      { key: '', expect: 'Forbidden' },
      { key: OTHER.repeat(10), expect: 'Forbidden' },
      { key: OTHER, expect: 200 },
    ],
  },
  {
    name: 'a plan that has another stage',
    plans: [{ keys: { [KEY]: true } }],
    asked: [{ key: KEY, expect: 'Forbidden' }],
  },
  {
    name: 'a key in one of several plans of the stage',
    plans: [plan({ keys: { [OTHER]: true } }), plan({ keys: { [KEY]: true } })],
    asked: [ok, { key: OTHER, expect: 200 }],
  },
  {
    name: 'a key in a query, or in the body of a header of another name, is none',
    plans: [plan()],
    asked: [
      { target: `/x?x-api-key=${KEY}`, expect: 'Forbidden' },
      { headers: [`api-key: ${KEY}`], expect: 'Forbidden' },
      { headers: [`X-API-KEY: ${KEY}`], expect: 200 },
    ],
  },
  {
    name: 'an authorizer names the key',
    plans: [plan()],
    api: byAuthorizer,
    functions: naming(KEY),
    asked: [{ headers: ['Authorization: a'], expect: 200 }],
  },
  {
    name: 'an authorizer names no key: the header is not looked at',
    plans: [plan()],
    api: byAuthorizer,
    functions: naming(),
    asked: [{ headers: ['Authorization: a'], key: KEY, expect: 'Forbidden' }],
  },
  {
    name: 'a method that needs no key counts nothing',
    plans: [plan({ quota: { limit: 1, offset: 0, period: 'DAY' } })],
    asked: [...times(3, { ...ok, target: '/open' }), ok, over, { ...ok, target: '/open' }],
  },
  {
    name: "a plan's throttle: a burst, then the rate; each key its own",
    plans: [plan({ throttle: { rateLimit: 2, burstLimit: 3 } })],
    asked: [
      ...times(3, ok),
      ...times(2, slow),
      { ...ok, key: OTHER },
      { ...slow, at: 499 },
      { ...ok, at: 500 },
      { ...slow, at: 999 },
      { ...ok, at: SECOND },
      { ...ok, at: 10 * SECOND },
      ...times(2, ok),
      slow,
    ],
  },
  {
    name: 'a rate or a burst of 0 lets nobody in',
    plans: [
      plan({ keys: { [KEY]: true }, throttle: { rateLimit: 0, burstLimit: 5 } }),
      plan({ keys: { [OTHER]: true }, throttle: { rateLimit: 5, burstLimit: 0 } }),
    ],
    asked: [slow, { ...slow, key: OTHER }],
  },
  {
    name: "a method's throttle comes before the plan's, and both hold",
    source:
      'AWS re:Post: a method throttle does not change that the overall limit of the plan is global to the key',
    plans: [
      plan({
        throttle: { rateLimit: 1, burstLimit: 3 },
        stage: { '/x/GET': { rateLimit: 1, burstLimit: 2 } },
      }),
    ],
    asked: [
      ok,
      ok,
      // By the method: the plan's bucket still has one.
      slow,
      { ...ok, target: '/y' },
      { ...slow, target: '/y' },
      { ...ok, key: OTHER },
    ],
  },
  {
    name: 'what a throttle refuses is not counted against the quota',
    plans: [
      plan({ throttle: { rateLimit: 1, burstLimit: 1 }, quota: { limit: 2, offset: 0, period: 'DAY' } }),
    ],
    asked: [ok, ...times(5, slow), { ...ok, at: SECOND }, { ...over, at: 2 * SECOND }, slow],
  },
  {
    name: 'a quota of a day',
    plans: [plan({ quota: { limit: 2, offset: 0, period: 'DAY' } })],
    asked: [
      ...times(2, ok),
      ...times(2, over),
      { ...ok, key: OTHER },
      { ...over, at: DAY / 2 - 1 },
      { ...ok, at: DAY / 2 },
      ok,
      over,
    ],
  },
  {
    name: 'a quota of a week that begins on Sundays',
    plans: [plan({ quota: { limit: 1, offset: 0, period: 'WEEK' } })],
    asked: [ok, over, { ...ok, at: DAY / 2 }, { ...over, at: 7 * DAY }, { ...ok, at: 7.5 * DAY }],
  },
  {
    name: 'a quota of a month that begins on the third',
    plans: [plan({ quota: { limit: 1, offset: 2, period: 'MONTH' } })],
    asked: [ok, { ...over, at: 11 * DAY }, { ...ok, at: 11.5 * DAY }],
  },
  {
    name: "the stage's throttle of a method, and of all methods: each has a bucket",
    plans: [plan()],
    api: {
      methodSettings: {
        '*/*': { throttlingRateLimit: 1, throttlingBurstLimit: 2 },
        'y/GET': { throttlingRateLimit: 1, throttlingBurstLimit: 1 },
      },
    },
    asked: [
      ...times(2, ok),
      slow,
      { ...slow, key: OTHER },
      { target: '/y', ...OK, key: KEY },
      { ...slow, target: '/y' },
      ...times(2, { ...OK, target: '/open' }),
      { ...slow, target: '/open' },
    ],
  },
  {
    name: 'settings that say what each account has anyway limit nothing',
    plans: [],
    api: { methodSettings: { '*/*': { loggingLevel: 'OFF' } } },
    asked: times(20, { ...OK, target: '/open' }),
  },
  {
    name: "the account's throttle is of all methods together, and comes last",
    plans: [plan()],
    accountThrottle: { perSecond: 1, burst: 3 },
    asked: [ok, { ...ok, target: '/y' }, { ...OK, target: '/open' }, slow, { ...slow, target: '/open' }],
  },
]

const plans = new UsagePlanTable()
const writer = new UsageTableWriter(1024)
let nowMs = NOON_MS
let house: House

beforeAll(async () => {
  house = await startHouse({ clock: { now: () => nowMs }, usage: { plans, keys: writer.table } })
})

afterAll(async () => {
  await house.stop()
})

let plansMade = 0
let apisMade = 0

function setUp({ plans: defined, api, functions = {}, accountThrottle }: UsageCase): string {
  const apiId = `api${++apisMade}`
  for (const { keys, stage, ...more } of defined) {
    const number = ++plansMade
    const apiStages = [{ apiId, stage: stage === undefined ? 'elsewhere' : STAGE, throttle: stage }]
    plans.put({ number, plan: { id: `plan${number}`, apiStages, ...more } })
    for (const [value, enabled] of Object.entries(keys)) {
      const digest = createHash('sha256').update(value).digest()
      writer.put({ digest, keyId: `id-${value.slice(-4)}`, plan: number, enabled })
    }
  }
  const keyed = { apiKeyRequired: true, integration: mock('inside') }
  const paths = {
    '/x': { GET: keyed },
    '/y': { GET: keyed },
    '/open': { GET: { integration: mock('open') } },
  }
  house.functions = new LocalFunctions(functions)
  const limits = { ...awsLimits, accountThrottle }
  expect(house.deploy(apiId, { paths, ...api }, { limits })).toEqual([])
  return apiId
}

const TYPES = {
  Forbidden: [403, 'ForbiddenException'],
  'Too Many Requests': [429, 'TooManyRequestsException'],
  'Limit Exceeded': [429, 'LimitExceededException'],
} as const

describe('keys, plans, throttles and quotas', () => {
  for (const each of usageCases) {
    test(each.name, async () => {
      nowMs = NOON_MS
      const apiId = setUp(each)
      for (const [i, { at, key, target = '/x', headers = [], expect: expected }] of each.asked.entries()) {
        if (at !== undefined) nowMs = NOON_MS + at
        const sent = key === undefined ? headers : [...headers, `x-api-key: ${key}`]
        const reply = await house.send(apiId, { method: 'GET', target, headers: sent })
        const type = reply.headers.find((line) => line.startsWith('x-amzn-ErrorType: '))
        const told = [i, reply.status, type, reply.status === 200 ? '' : reply.body]
        if (expected === 200) expect(told).toEqual([i, 200, undefined, ''])
        else {
          const [status, name] = TYPES[expected]
          expect(told).toEqual([i, status, `x-amzn-ErrorType: ${name}`, `{"message":"${expected}"}`])
        }
      }
    })
  }
})

test('functions are told the key and its id; a gateway response may name them', async () => {
  nowMs = NOON_MS
  const apiId = setUp({
    name: '',
    plans: [plan({ quota: { limit: 1, offset: 0, period: 'DAY' } })],
    api: {
      paths: { '/x': { GET: { apiKeyRequired: true, integration: lambdaProxy('echo') } } },
      gatewayResponses: [
        {
          responseType: 'QUOTA_EXCEEDED',
          statusCode: '402',
          responseTemplates: { 'application/json': '{"who":"$context.identity.apiKeyId"}' },
        },
      ],
    },
    functions: { echo },
    asked: [],
  })
  const send = () => house.send(apiId, { method: 'GET', target: '/x', headers: [`x-api-key: ${KEY}`] })
  const { requestContext } = JSON.parse((await send()).body) as {
    requestContext: { identity: { apiKey: string; apiKeyId: string } }
  }
  expect(requestContext.identity).toMatchObject({ apiKey: KEY, apiKeyId: 'id-0001' })
  expect(await send()).toMatchObject({ status: 402, body: '{"who":"id-0001"}' })
})

test('the execution log tells why, and of a key its end alone', () => {
  const lines: string[] = []
  const log = new ExecutionLog((line) => lines.push(typeof line === 'string' ? line : line()))
  log.keyShown('r1', KEY, 'api/prod')
  log.keyRefused(KEY, "'GET /x'", 'api/prod', false)
  log.planAllowed(KEY, "'GET /x'", 'api/prod')
  const shown = `${'*'.repeat(KEY.length - 6)}y-0001`
  expect(lines).toEqual([
    `Verifying Usage Plan for request: r1. API Key: ${shown} API Stage: api/prod`,
    `API Key ${shown} not authorized because method 'GET /x' requires API Key and API Key is not associated with a Usage Plan for API Stage api/prod: API Stage is not in a Usage Plan`,
    `API Key ${shown} authorized because method 'GET /x' requires API Key and API Key is associated with a Usage Plan for API Stage api/prod`,
    `Usage Plan check succeeded for API Key ${shown} and API Stage api/prod`,
  ])
})
