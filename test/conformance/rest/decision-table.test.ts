import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IpRanges, parseRange, type IpRange } from '#base/ip-range.ts'
import type { KeyLookup } from '#base/caller.ts'
import {
  ACCOUNT,
  functionUri,
  mock,
  REGION,
  STAGE,
  type ApiDefinition,
  type MethodDefinition,
} from './support/definition.ts'
import { LocalFunctions, returning, throwing, type FunctionBehaviour } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'
import type { RawReply } from './support/raw-http.ts'
import { document, signed, userKey } from './support/signed.ts'
import { jwkOf, rsaKey, tokenOf } from './support/token-issuer.ts'

// The table of docs/authorizers.md, cell by cell: it is what is documented that is played.

const AWAY = '999999999999'
const ANY = `arn:aws:execute-api:${REGION}:${ACCOUNT}:*/${STAGE}/*`
const known: Readonly<Record<string, KeyLookup>> = {
  ALLOWED: userKey('ALLOWED', { allow: '*' }),
  SILENT: userKey('SILENT'),
  DENIED: userKey('DENIED', { allow: '*', deny: '*' }),
  AWAYALLOWED: userKey('AWAYALLOWED', { allow: '*' }, { account: AWAY }),
  AWAYSILENT: userKey('AWAYSILENT', {}, { account: AWAY }),
  AWAYDENIED: userKey('AWAYDENIED', { allow: '*', deny: '*' }, { account: AWAY }),
}

const POOL_ISSUER = 'http://localhost:4566/us-east-1_Pool00001'
const poolKey = rsaKey('key 1')
const claims = {
  sub: 'user',
  iss: POOL_ISSUER,
  aud: 'client',
  token_use: 'id',
  exp: Math.floor(Date.now() / 1000) + 3600,
}

interface Caller {
  readonly method: MethodDefinition
  /** The function behind CUSTOM. */
  readonly auth?: FunctionBehaviour
  readonly headers?: readonly string[]
  /** Whose key signs. */
  readonly key?: string
  readonly secret?: string
}

const answers = (effect: 'Allow' | 'Deny', resource: string): FunctionBehaviour =>
  returning({ principalId: 'user', policyDocument: JSON.parse(document(effect, resource)) as object })
const custom = (auth: FunctionBehaviour, headers = ['Authorization: token']): Caller => ({
  method: { authorizationType: 'CUSTOM', authorizerId: 'auth' },
  auth,
  headers,
})
const cognito = (token: string): Caller => ({
  method: { authorizationType: 'COGNITO_USER_POOLS', authorizerId: 'pool' },
  headers: [`Authorization: ${token}`],
})
const iam = (key: string | undefined, secret?: string): Caller => ({
  method: { authorizationType: 'AWS_IAM' },
  ...(key !== undefined && { key }),
  ...(secret !== undefined && { secret }),
})

/** By the first column. */
const callers: Readonly<Record<string, Caller>> = {
  '`NONE`': { method: {} },
  '`CUSTOM`, function allows': custom(answers('Allow', ANY)),
  '`CUSTOM`, function is silent': custom(answers('Allow', `${ANY}/elsewhere`)),
  '`CUSTOM`, function denies': custom(answers('Deny', ANY)),
  '`CUSTOM`, function says Unauthorized': custom(throwing('Unauthorized')),
  '`CUSTOM`, nothing to ask about': custom(answers('Allow', ANY), []),
  '`CUSTOM`, function fails': custom(throwing('oh')),
  '`COGNITO_USER_POOLS`, token is right': cognito(tokenOf(claims, poolKey)),
  '`COGNITO_USER_POOLS`, token is wrong': cognito(tokenOf(claims, rsaKey('key 1'))),
  '`AWS_IAM`, IAM allows': iam('ALLOWED'),
  '`AWS_IAM`, IAM is silent': iam('SILENT'),
  '`AWS_IAM`, IAM denies': iam('DENIED'),
  '`AWS_IAM`, other account, IAM allows': iam('AWAYALLOWED'),
  '`AWS_IAM`, other account, IAM silent': iam('AWAYSILENT'),
  '`AWS_IAM`, other account, IAM denies': iam('AWAYDENIED'),
  '`AWS_IAM`, not signed': iam(undefined),
  '`AWS_IAM`, signature is wrong': iam('ALLOWED', 'guessed'),
}

/** By the first line. */
const policies: Readonly<Record<string, string | undefined>> = {
  'no resource policy': undefined,
  'it allows': document('Allow', 'execute-api:/*', '*'),
  'it is silent': document('Allow', 'execute-api:/*/elsewhere', '*'),
  'it denies': document('Deny', 'execute-api:/*', '*'),
}

interface Cell {
  readonly who: string
  readonly policy: string
  readonly word: string
}

function tableOf(text: string): Cell[] {
  const lines = text.slice(text.indexOf('| who calls')).split('\n\n', 1)[0]?.split('\n') ?? []
  const [head = [], , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  return rows.flatMap(([who = '', ...words]) =>
    words.map((word, at) => ({ who, policy: head[at + 1] ?? '', word })),
  )
}

const cells = tableOf(readFileSync(join(import.meta.dir, '../../../docs/authorizers.md'), 'utf8'))

let house: House
let outside: House
beforeAll(async () => {
  const callerSource = { find: async (id: string) => known[id] ?? ('unknown' as const) }
  const ranges = new IpRanges([parseRange('127.0.0.0/8') as IpRange])
  const vpcEndpoints = { all: [{ id: 'vpce-1', vpcId: 'vpc-1', ranges }], isProxy: () => false }
  const userPools = {
    find: async () => ({ issuer: POOL_ISSUER, keys: JSON.stringify({ keys: [jwkOf(poolKey)] }) }),
  }
  house = await startHouse({ callers: callerSource, userPools, vpcEndpoints })
  outside = await startHouse({ callers: callerSource, userPools })
})
afterAll(() => Promise.all([house.stop(), outside.stop()]))

let count = 0
async function play(to: House, { who, policy }: Cell, isPrivate: boolean, keyed: boolean) {
  const { method, auth, headers = [], key, secret } = callers[who] as Caller
  const id = `cell${++count}`
  const functions = new LocalFunctions(auth === undefined ? {} : { auth })
  to.functions = functions
  const definition: ApiDefinition = {
    paths: { '/x': { GET: { ...method, apiKeyRequired: keyed, integration: mock('inside') } } },
    authorizers: [
      { id: 'auth', authorizerUri: functionUri('auth') },
      {
        id: 'pool',
        type: 'COGNITO_USER_POOLS',
        providerARNs: [`arn:aws:cognito-idp:${REGION}:${ACCOUNT}:userpool/us-east-1_Pool00001`],
      },
    ],
    api: {
      policy: policies[policy],
      ...(isPrivate && { endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'dualstack' } }),
    },
  }
  to.deploy(id, definition)
  const request = { target: '/x', headers }
  const keys = secret === undefined ? {} : { keys: { secretAccessKey: secret } }
  const reply = await to.send(id, key === undefined ? request : signed(id, key, { ...request, ...keys }))
  return { told: told(reply, id), asked: functions.calls.length }
}

/** In the words of the table. */
function told(reply: RawReply, id: string): string {
  const { status, body } = reply
  if (status === 200) return body === 'inside' ? 'let in' : body
  const value = JSON.parse(body) as { readonly message?: string | null; readonly Message?: string }
  const message = value.Message ?? value.message ?? 'null'
  const named = message
    .replace(`arn:aws:execute-api:${REGION}:********${ACCOUNT.slice(-4)}:${id}/${STAGE}/GET/x`, '…')
    .replace(/arn:aws:iam::\d{12}:user\/[A-Z]+/, 'arn')
    .replace(/(does not match).*$/s, '$1')
  return words[`${status} ${named}`] ?? `${status} ${named}`
}

const INVOKE = 'is not authorized to perform: execute-api:Invoke on resource: …'
const words: Readonly<Record<string, string>> = {
  [`403 User: anonymous ${INVOKE}`]: 'anonymous',
  [`403 User: anonymous ${INVOKE} with an explicit deny`]: 'anonymous, explicit',
  [`403 User: arn ${INVOKE}`]: 'user',
  [`403 User: arn ${INVOKE} with an explicit deny`]: 'user, explicit',
  '403 User is not authorized to access this resource': 'not authorized',
  '403 User is not authorized to access this resource with an explicit deny': 'denied, explicit',
  '401 Unauthorized': '401',
  '500 null': '500',
  '403 Missing Authentication Token': 'missing token',
  '403 The request signature we calculated does not match': 'signature',
  '403 Forbidden': 'forbidden',
}

/** What the table says of private APIs in words. */
function privately({ who, policy, word }: Cell): string {
  if (
    policy !== 'no resource policy' ||
    !['let in', 'not authorized', 'denied, explicit', '401', '500', 'user', 'user, explicit'].includes(word)
  )
    return word
  // Tokens are looked at before policies.
  if (who === '`COGNITO_USER_POOLS`, token is wrong') return word
  return who.startsWith('`AWS_IAM`') ? 'user' : 'anonymous'
}

test('the table is whole', () => {
  expect([...new Set(cells.map(({ who }) => who))]).toEqual(Object.keys(callers))
  expect([...new Set(cells.map(({ policy }) => policy))]).toEqual(Object.keys(policies))
  expect(cells.length).toBe(Object.keys(callers).length * Object.keys(policies).length)
})

describe.each([
  ['a public API', false],
  ['a private API', true],
])('%s', (_, isPrivate) => {
  for (const cell of cells) {
    const expected = isPrivate ? privately(cell) : cell.word
    test(`${cell.who}, ${cell.policy}: ${expected}`, async () => {
      const { told: word, asked } = await play(house, cell, isPrivate, false)
      expect(word).toBe(expected)
      // Nobody is asked about who is refused anyhow.
      if (word.startsWith('anonymous')) expect(asked).toBe(0)
    })
    test(`${cell.who}, ${cell.policy}, without the API key: ${expected}`, async () => {
      const { told: word } = await play(house, cell, isPrivate, true)
      expect(word).toBe(expected === 'let in' ? 'forbidden' : expected)
    })
  }
})

describe('a private API through no endpoint', () => {
  for (const cell of cells) {
    test(`${cell.who}, ${cell.policy}: forbidden`, async () => {
      expect(await play(outside, cell, true, false)).toEqual({ told: 'forbidden', asked: 0 })
    })
  }
})
