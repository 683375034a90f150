import { expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { apiKeyDigest } from '#model/api-key-digest.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import {
  account,
  now,
  playCalls,
  playCallsOn,
  region,
  withIntegration,
  type PlayedCall,
  type PlayOptions,
} from '../../../test/support/play-calls.ts'
import { readApiKeyFile } from './api-key-file.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const noKey: readonly [string, string] = [missing, 'Invalid API Key identifier specified']
const value = 'a-value-of-twenty-and-more'
const key = {
  id: '$key.id',
  name: 'pets',
  enabled: true,
  stageKeys: [],
  createdDate: now,
  lastUpdatedDate: now,
}
const withKey: readonly PlayedCall[] = [
  { call: 'CreateApiKey', with: { name: 'pets', enabled: true, value }, as: 'key' },
]
const patch = (op: string, path: string, text?: string): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateApiKey',
  with: { apiKey: '$key.id', patchOperations: [{ op, path, value: text }] },
})
const file = (...lines: readonly string[]): Uint8Array => Buffer.from(lines.join('\n'))
const importing = (...lines: readonly string[]): Omit<PlayedCall, 'gives'> => ({
  call: 'ImportApiKeys',
  with: { format: 'csv', body: file(...lines) },
})

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a key from creation to deletion': [
    { ...(withKey[0] as PlayedCall), gives: { ...key, value } },
    { call: 'GetApiKey', with: { apiKey: '$key.id' }, gives: { ...key, tags: {} } },
    {
      call: 'GetApiKey',
      with: { apiKey: '$key.id', includeValue: true },
      gives: { ...key, value, tags: {} },
    },
    { call: 'GetApiKeys', gives: { items: [key] } },
    { call: 'GetApiKeys', with: { includeValues: true }, gives: { items: [{ ...key, value }] } },
    { ...patch('replace', '/enabled', 'false'), gives: { ...key, enabled: false, tags: {} } },
    { ...patch('replace', '/enabled', 'maybe'), has: { enabled: false } },
    { ...patch('replace', '/description', 'new'), has: { description: 'new' } },
    { ...patch('replace', '/customerId', 'c'), has: { customerId: 'c' } },
    { ...patch('replace', '/name', 'other'), has: { name: 'other' } },
    { call: 'DeleteApiKey', with: { apiKey: '$key.id' }, gives: {} },
    { call: 'GetApiKey', with: { apiKey: '$key.id' }, fails: noKey },
    { call: 'DeleteApiKey', with: { apiKey: '$key.id' }, fails: noKey },
    // Its value is free again.
    { call: 'CreateApiKey', with: { value }, has: { value, enabled: false } },
  ],
  'keys that are refused': [
    ...withKey,
    { call: 'CreateApiKey', with: { value }, fails: ['ConflictException', 'API Key already exists'] },
    {
      call: 'CreateApiKey',
      with: { value: 'x'.repeat(19) },
      fails: [bad, 'API Key value should be at least 20 characters'],
    },
    {
      call: 'CreateApiKey',
      with: { value: 'x'.repeat(129) },
      fails: [bad, 'API Key value exceeds maximum size of 128 characters'],
    },
    {
      call: 'CreateApiKey',
      with: { name: 'x'.repeat(1025) },
      fails: [bad, 'Invalid API Key name, can be at most 1024 characters.'],
    },
    {
      call: 'CreateApiKey',
      with: { stageKeys: [{ restApiId: 'none', stageName: 'dev' }] },
      fails: [missing, 'Invalid stage identifier specified'],
    },
    {
      ...patch('replace', '/value', 'x'),
      fails: [
        bad,
        "Invalid patch path  '/value' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]",
      ],
    },
    {
      ...patch('move', '/name', 'x'),
      fails: [bad, "Invalid patch path  '/name' specified for op 'move'. Please choose supported operations"],
    },
  ],
  'keys are found by the beginning of their name and by customer': [
    ...['pets-a', 'pets-b', 'toys'].map((name): PlayedCall => ({
      call: 'CreateApiKey',
      with: { name, customerId: name.slice(-1) },
      as: name,
    })),
    { call: 'GetApiKeys', with: { nameQuery: 'toy' }, has: { items: [{ name: 'toys' }] } },
    {
      call: 'GetApiKeys',
      with: { nameQuery: 'pets', customerId: 'b' },
      has: { items: [{ name: 'pets-b' }] },
    },
    { call: 'GetApiKeys', with: { nameQuery: 'oys' }, gives: { items: [] } },
  ],
  'stages of keys, as before there were usage plans': [
    ...withIntegration,
    { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'dev' } },
    {
      call: 'CreateApiKey',
      with: { stageKeys: [{ restApiId: '$api.id', stageName: 'dev' }] },
      as: 'key',
      has: { stageKeys: ['$api.id/dev'] },
    },
    { ...patch('remove', '/stages', '$api.id/dev'), has: { stageKeys: [] } },
    { ...patch('add', '/stages', '$api.id/dev'), has: { stageKeys: ['$api.id/dev'] } },
    {
      ...patch('add', '/stages', '$api.id/nowhere'),
      fails: [missing, 'Invalid stage identifier specified'],
    },
  ],
  'keys come from a file': [
    { call: 'CreateUsagePlan', with: { name: 'gold' }, as: 'gold' },
    { call: 'CreateUsagePlan', with: { name: 'blue' }, as: 'blue' },
    ...withKey,
    {
      call: 'ImportApiKeys',
      with: {
        format: 'csv',
        body: file('Key,name,description,unknown,enabled', `${value},Again,"said ""so"", twice",x,false`),
      },
      gives: { ids: ['$key.id'] },
    },
    {
      call: 'GetApiKey',
      with: { apiKey: '$key.id' },
      has: { name: 'Again', description: 'said "so", twice', enabled: false },
    },
    {
      ...importing('name,key', 'a,short', `b,${'b'.repeat(20)}`),
      as: 'ids',
      has: { warnings: ['Line 2: API Key value should be at least 20 characters'] },
    },
    { call: 'GetApiKeys', with: { nameQuery: 'b' }, has: { items: [{ name: 'b', enabled: true }] } },
    {
      call: 'ImportApiKeys',
      with: { format: 'csv', failOnWarnings: true, body: file('name,key', `c,${'c'.repeat(20)}`, 'd,short') },
      fails: [bad, 'Line 3: API Key value should be at least 20 characters'],
    },
    { call: 'GetApiKeys', with: { nameQuery: 'c' }, gives: { items: [] } },
    {
      ...importing('name,value', 'a,b'),
      fails: [
        bad,
        'Invalid API key file: expected a first line with the columns Name and Key, found "name,value"',
      ],
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))

test('values that are made have 40 letters and digits, and differ', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  await playCallsOn(store, [{ call: 'CreateApiKey' }, { call: 'CreateApiKey', with: { value: '' } }])
  const keys = await store.list(records.apiKey, { account, region, parent: '' })
  const values = keys.map((each) => each.value.value)
  expect(values.every((each) => /^[A-Za-z0-9]{40}$/.test(each))).toBe(true)
  expect(new Set(values).size).toBe(2)
  // What serves requests finds the key by one read.
  const place = { account, region, parent: '', id: apiKeyDigest(values[0] as string) }
  expect((await store.read(records.apiKeyValue, place))?.value).toEqual({ keyId: keys[0]?.id as string })
  await store.close()
})

test('a file puts its keys into plans', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  await playCallsOn(store, [{ call: 'CreateUsagePlan', with: { name: 'gold' } }])
  const [plan] = await store.list(records.usagePlan, { account, region, parent: '' })
  const row = `a,${'a'.repeat(20)},'${plan?.id},nowhere'`
  await playCallsOn(store, [
    {
      ...importing('name,key,usageplanIds', row),
      has: { warnings: ['Line 2: Invalid Usage Plan ID specified'] },
    },
    // Once more changes nothing.
    {
      ...importing('name,key,usageplanIds', row),
      has: { warnings: ['Line 2: Invalid Usage Plan ID specified'] },
    },
    { call: 'GetUsagePlanKeys', with: { usagePlanId: plan?.id }, has: { items: [{ name: 'a' }] } },
  ])
  await store.close()
})

test('pages end where they say', () =>
  playCalls([
    ...['a', 'b', 'c'].map((name): PlayedCall => ({ call: 'CreateApiKey', with: { name } })),
    { call: 'GetApiKeys', with: { limit: 2 }, as: 'page' },
    { call: 'GetApiKeys', with: { limit: 2, position: '$page.position' }, as: 'rest', has: { items: [{}] } },
  ]))

const limits: PlayOptions = { quotas: { apiKeys: 1, usagePlans: 1, vpcLinks: 0, clientCertificates: 0 } }
const reached = (noun: string): readonly [string, string] => [
  'LimitExceededException',
  `Maximum number of ${noun} for this account has been reached.  Please contact AWS if you need additional ${noun}.`,
]

test('an account has as much as its quotas allow', () =>
  playCalls(
    [
      ...withKey,
      { call: 'CreateApiKey', fails: reached('API Keys') },
      { ...importing('name,key', `b,${'b'.repeat(20)}`), fails: reached('API Keys') },
      { call: 'CreateUsagePlan', with: { name: 'gold' } },
      { call: 'CreateUsagePlan', with: { name: 'blue' }, fails: reached('Usage Plans') },
      { call: 'GenerateClientCertificate', fails: reached('Client Certificates') },
    ],
    limits,
  ))

const long = 'k'.repeat(20)
const fileLimits = { rowsMax: 10, plansMax: 2 }
const files: readonly (readonly [string, string, readonly (readonly string[])[]])[] = [
  ['CRLF, no end of line', `name,key\r\na,${long}\r\nb,${long}`, [['a'], ['b']]],
  ['empty lines', `\nname,key\n\na,${long}\n\n`, [['a']]],
  ['a quoted line feed', `name,key\n"a\nb",${long}\nc,${long}\n`, [['a\nb'], ['c']]],
  ['single quotes', `key,name,usageplanids\n${long},'it''s','x, y'\n`, [["it's", 'x', 'y']]],
  ['fields that are not there', `key,name,usageplanids\n${long}\n`, [['']]],
  ['a plan twice', `name,key,usageplanids\na,${long},"x, y ,,x"`, [['a', 'x', 'y']]],
  ['two empty fields', `,name,,key\n,a,,${long}\n`, [['a']]],
  ['no rows', 'name,key', []],
]
for (const [name, text, expected] of files) {
  test(`a file with ${name}`, () => {
    const { rows } = readApiKeyFile(Buffer.from(text), fileLimits)
    expect(rows.map((row) => [row.name, ...row.usagePlanIds])).toEqual(expected.map((row) => [...row]))
  })
}

const malformed: readonly (readonly [string, Uint8Array, string])[] = [
  ['an open quote', file('name,key', '"a'), 'line 2 has a quote that is not closed'],
  ['text after a quote', file('name,key', '"a"b,c'), 'line 2 has a quote that is not closed'],
  ['too many columns', file(','.repeat(100)), 'line 1 has more than 100 columns'],
  ['bytes that are no text', Buffer.of(0xff), 'expected text in UTF-8'],
  ['too many keys', file('name,key', ...Array.from({ length: 11 }, () => 'a,b')), 'found more than 10 keys'],
  ['too many bytes', Buffer.alloc(5_000_000), 'found 5000000 bytes, expected at most 4194304'],
]
for (const [name, body, message] of malformed) {
  test(`a file with ${name} is refused`, () => {
    expect(() => readApiKeyFile(body, fileLimits)).toThrow(message)
  })
}

test('a key with too many plans is not imported', () => {
  const plans = Array.from({ length: 3 }, (_, at) => `p${at}`).join()
  const { rows, warnings } = readApiKeyFile(file('name,key,usageplanids', `a,${long},"${plans}"`), fileLimits)
  expect(rows).toEqual([])
  expect(warnings).toEqual(['Line 2: found more than 2 usage plans of a key'])
})
