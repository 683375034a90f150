import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { awsLimits } from '#data-plane/limits.ts'
import type { ApiAuthorizer } from '#model/http-api.ts'
import { LocalFunctions, returning, type FunctionBehaviour } from '../rest/support/functions.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import { guarded } from './request-authorizer.cases.ts'
import { defineHttpApi } from './support/definition.ts'

// What functions of authorizers are asked, and how often.

let house: House
let nowMs = 1_700_000_000_000
beforeAll(async () => {
  house = await startHouse({ clock: { now: () => nowMs } })
})
afterAll(() => house.stop())

let count = 0
interface Asked {
  /** Sends a request, and tells its status. */
  readonly send: (target: string, token?: string) => Promise<number>
  /** How often the function was asked. */
  readonly asked: () => number
  readonly apiId: string
  readonly functions: LocalFunctions
}

function deploy(authorizer: Partial<ApiAuthorizer>, auth: FunctionBehaviour, timeoutMs = 10_000): Asked {
  const apiId = `asked${++count}`
  const { snapshot, stage } = defineHttpApi(apiId, guarded(authorizer))
  const limits = { ...awsLimits, httpApiAuthorizerTimeoutMsMax: timeoutMs }
  house.planTable.swap(compileHttpApi(snapshot, stage, { limits }).plan)
  const functions = new LocalFunctions({ auth, f: returning('in') })
  return {
    apiId,
    functions,
    async send(target, token = 'token') {
      house.functions = functions
      const headers = [`Authorization: ${token}`]
      return (await house.send(apiId, { target: `raw:${target}`, headers })).status
    },
    asked: () => functions.calls.filter(({ functionArn }) => functionArn.endsWith(':auth')).length,
  }
}

const simple = returning({ isAuthorized: true })

describe('answers are kept', () => {
  test('by the identity, for all routes, as long as is said', async () => {
    const { send, asked } = deploy({ authorizerResultTtlInSeconds: 10 }, simple)
    expect([await send('/x'), await send('/elsewhere'), asked()]).toEqual([200, 200, 1])
    expect([await send('/x', 'other'), asked()]).toEqual([200, 2])
    nowMs += 9999
    expect([await send('/x'), asked()]).toEqual([200, 2])
    nowMs += 1
    expect([await send('/x'), asked()]).toEqual([200, 3])
  })

  test('for 300 s where nothing is said', async () => {
    const { send, asked } = deploy({}, simple)
    await send('/x')
    nowMs += 299_999
    expect([await send('/x'), asked()]).toEqual([200, 1])
    nowMs += 1
    expect([await send('/x'), asked()]).toEqual([200, 2])
  })

  test('by the route where that is among the sources', async () => {
    const identitySource = ['$request.header.Authorization', '$context.routeKey']
    const { send, asked } = deploy({ identitySource }, simple)
    for (const target of ['/x', '/elsewhere', '/x', '/anywhere']) expect(await send(target)).toBe(200)
    expect(asked()).toBe(2)
  })

  test('refusals, too', async () => {
    const { send, asked } = deploy({}, returning({ isAuthorized: false }))
    expect([await send('/x'), await send('/x'), asked()]).toEqual([403, 403, 1])
  })

  test('a policy decides about each route', async () => {
    const Resource = 'arn:aws:execute-api:us-east-1:123456789012:*/$default/GET/x'
    const Statement = [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource }]
    const { send, asked } = deploy(
      { enableSimpleResponses: false },
      returning({ principalId: 'ada', policyDocument: { Version: '2012-10-17', Statement } }),
    )
    expect([await send('/x'), await send('/elsewhere'), await send('/x'), asked()]).toEqual([
      200, 403, 200, 1,
    ])
  })

  test('never without identity sources, nor with a TTL of 0', async () => {
    for (const authorizer of [
      { identitySource: [], authorizerResultTtlInSeconds: 3600 },
      { authorizerResultTtlInSeconds: 0 },
    ]) {
      const { send, asked } = deploy(authorizer, simple)
      expect([await send('/x'), await send('/x'), asked()]).toEqual([200, 200, 2])
    }
  })

  test('not by where one value ends and the next begins', async () => {
    const identitySource = ['$request.querystring.a', '$request.querystring.b']
    const { send, asked } = deploy({ identitySource }, simple)
    for (const target of ['/x?a=1&b=2%2C3', '/x?a=1%2C2&b=3', '/x?a=1%22%2C%222&b=3']) await send(target)
    expect(asked()).toBe(3)
  })

  test('until they are flushed, or the API is deployed again', async () => {
    const { send, asked, apiId } = deploy({}, simple)
    await send('/x')
    house.authorizerAnswers.flush(`${apiId}/$default`)
    expect([await send('/x'), asked()]).toEqual([200, 2])
    const { snapshot, stage } = defineHttpApi(apiId, guarded())
    house.planTable.swap(compileHttpApi({ ...snapshot, deploymentId: 'dep002' }, stage).plan)
    expect([await send('/x'), asked()]).toEqual([200, 3])
  })

  test('failures are not', async () => {
    let isDown = true
    const { send, asked } = deploy({}, (payload, call) => {
      if (isDown) throw new Error('down')
      return simple(payload, call)
    })
    expect([await send('/x'), await send('/x'), asked()]).toEqual([500, 500, 2])
    isDown = false
    expect(await send('/x')).toBe(200)
  })
})

test('simultaneous requests of one identity ask once', async () => {
  const gate = Promise.withResolvers<void>()
  const { send, asked } = deploy({}, async (payload, call) => {
    await gate.promise
    return simple(payload, call)
  })
  const sent = ['a', 'b', 'c', 'd', 'e'].map(() => send('/x'))
  const other = send('/x', 'other')
  while (asked() < 2) await new Promise(setImmediate)
  gate.resolve()
  expect(new Set(await Promise.all([...sent, other]))).toEqual(new Set([200]))
  expect(asked()).toBe(2)
})

test('a function that takes too long is 500, and is cancelled', async () => {
  const cancelled = Promise.withResolvers<void>()
  const { send } = deploy(
    {},
    (_, call) => {
      call.onCancel?.(cancelled.resolve)
      return new Promise(() => {})
    },
    30,
  )
  expect(await send('/x')).toBe(500)
  await cancelled.promise
})

test('how it is called: as the authorizer, or by a role', async () => {
  const first = deploy({}, simple)
  await first.send('/x')
  const [call] = first.functions.calls
  expect(call?.sourceArn).toBe(`arn:aws:execute-api:us-east-1:123456789012:${first.apiId}/authorizers/auth`)
  expect(call?.roleArn).toBeUndefined()
  const roleArn = 'arn:aws:iam::123456789012:role/ask'
  const second = deploy({ authorizerCredentialsArn: roleArn }, simple)
  await second.send('/x')
  expect(second.functions.calls[0]?.roleArn).toBe(roleArn)
})

describe('an authorizer that cannot work lets nobody in', () => {
  const broken: readonly (readonly [name: string, authorizer: Partial<ApiAuthorizer>, told: string])[] = [
    ['no function', { authorizerUri: undefined }, 'invalid authorizerUri'],
    [
      'another service',
      { authorizerUri: 'arn:aws:apigateway:us-east-1:sns:action/Publish' },
      'found the service sns',
    ],
    ['a wrong identity source', { identitySource: ['method.request.header.X'] }, 'begins with "$"'],
    ['another type', { authorizerType: 'JWT' }, 'is of type JWT, expected REQUEST'],
    ['another id', { authorizerId: 'other' }, 'there is no authorizer auth'],
  ]
  test.each(broken)('%s', async (_, authorizer, told) => {
    const { snapshot, stage } = defineHttpApi('broken', guarded(authorizer))
    const { plan, diagnostics } = compileHttpApi(snapshot, stage)
    expect(diagnostics[0]?.message).toContain(told)
    house.planTable.swap(plan)
    const { status } = await house.send('broken', { target: 'raw:/x', headers: ['Authorization: token'] })
    expect(status).toBe(500)
  })
})
