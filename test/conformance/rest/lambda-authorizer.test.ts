import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { awsLimits } from '#data-plane/limits.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { compile, type CompileOptions } from '#compiler/compile.ts'
import {
  ACCOUNT,
  define,
  functionUri,
  mock,
  REGION,
  STAGE,
  type ApiDefinition,
} from './support/definition.ts'
import { LocalFunctions, throwing, type FunctionBehaviour } from './support/functions.ts'
import { hostOf, startHouse, type House } from './support/house.ts'

// What authorizers answer is kept: how long, for whom, and what ends it.

let house: House
let nowMs: number
let count = 0
let apiId: string
/** Every token or event that the function was asked about. */
let asked: string[]

beforeAll(async () => {
  house = await startHouse({ clock: { now: () => nowMs } })
})
afterAll(() => house.stop())

beforeEach(() => {
  nowMs = 1_700_000_000_000
  apiId = `kept${++count}`
  asked = []
  serve(answerOf)
})

const OF_API = (): string => `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/${STAGE}`

/** `deny…` is denied, others may GET. Its context has how many were asked before. */
function answerOf(payload: string): object {
  const { authorizationToken: token = payload } = JSON.parse(payload) as { authorizationToken?: string }
  asked.push(token)
  const Effect = token.startsWith('deny') ? 'Deny' : 'Allow'
  const statement = { Effect, Action: 'execute-api:Invoke', Resource: `${OF_API()}/GET/*` }
  return {
    principalId: token.slice(0, 100),
    policyDocument: { Version: '2012-10-17', Statement: statement },
    context: { asked: asked.length },
    usageIdentifierKey: `key of ${token}`,
  }
}

const payloadOf = (value: unknown) => ({ payload: Buffer.from(JSON.stringify(value)) })

function serve(answer: (payload: string) => unknown): void {
  const auth: FunctionBehaviour = async (payload) => payloadOf(await answer(payload))
  house.functions = new LocalFunctions({ auth, failing: throwing('no database') })
}

function api(authorizer: Partial<Authorizer> = {}): ApiDefinition {
  const guard = {
    authorizationType: 'CUSTOM',
    authorizerId: 'auth',
    integration: mock('$context.authorizer.principalId $context.authorizer.asked'),
  }
  return {
    paths: { '/x': { ANY: guard }, '/y': { ANY: guard } },
    authorizers: [{ id: 'auth', authorizerUri: functionUri('auth'), ...authorizer }],
  }
}

async function ask(token: string, method = 'GET', target = '/x'): Promise<string> {
  const { status, body } = await house.send(apiId, { method, target, headers: [`Authorization: ${token}`] })
  return status === 200 ? body : String(status)
}

describe('an answer is kept', () => {
  test('for the identity that it is about, and for every method', async () => {
    house.deploy(apiId, api())
    expect(await ask('a')).toBe('a 1')
    expect(await ask('a')).toBe('a 1')
    expect(await ask('a', 'GET', '/y')).toBe('a 1')
    expect(await ask('a', 'PUT')).toBe('403')
    expect(await ask('b')).toBe('b 2')
    expect(await ask('A')).toBe('A 3')
    expect(asked).toEqual(['a', 'b', 'A'])
  })

  test('for 300 seconds, or as long as the authorizer says', async () => {
    house.deploy(apiId, api())
    await ask('a')
    nowMs += 299_999
    expect(await ask('a')).toBe('a 1')
    nowMs += 1
    expect(await ask('a')).toBe('a 2')
    house.deploy(apiId, api({ authorizerResultTtlInSeconds: 3600 }))
    expect(await ask('a')).toBe('a 3')
    nowMs += 3_599_999
    expect(await ask('a')).toBe('a 3')
    nowMs += 1
    expect(await ask('a')).toBe('a 4')
  })

  test('not at all where the authorizer says 0', async () => {
    house.deploy(apiId, api({ authorizerResultTtlInSeconds: 0 }))
    expect([await ask('a'), await ask('a'), await ask('a', 'PUT')]).toEqual(['a 1', 'a 2', '403'])
    expect(asked).toEqual(['a', 'a', 'a'])
  })

  test('not where nothing tells one caller from another', async () => {
    house.deploy(apiId, api({ type: 'REQUEST', identitySource: undefined }))
    expect([await ask('a'), await ask('b')]).not.toContain('401')
    expect(asked).toHaveLength(2)
    house.deploy(apiId, api({ type: 'TOKEN', identitySource: undefined }))
    expect(await ask('a')).toBe('500')
    expect(asked).toHaveLength(2)
  })

  test('also when it denies, but not when there is none', async () => {
    house.deploy(apiId, api())
    expect([await ask('deny'), await ask('deny')]).toEqual(['403', '403'])
    expect(asked).toEqual(['deny'])
    const functions = new LocalFunctions({ auth: throwing('Unauthorized') })
    house.functions = functions
    expect([await ask('x'), await ask('x')]).toEqual(['401', '401'])
    expect(functions.calls).toHaveLength(2)
    const broken = new LocalFunctions({ auth: () => payloadOf(null) })
    house.functions = broken
    expect([await ask('x'), await ask('x')]).toEqual(['500', '500'])
    expect(broken.calls).toHaveLength(2)
  })

  test('by all of its identity sources, whatever is in them', async () => {
    const identitySource = 'method.request.querystring.a,method.request.querystring.b'
    house.deploy(apiId, api({ type: 'REQUEST', identitySource }))
    const targets = ['/x?a=1&b=2', '/x?a=2&b=1', '/x?a=1","2&b=3', '/x?a=1&b=2","3', '/x?b=2&a=1']
    for (const target of targets) await ask('', 'GET', target)
    expect(asked).toHaveLength(4)
  })

  test('until its stage is flushed; others keep theirs', async () => {
    house.deploy(apiId, api())
    await ask('a')
    house.authorizerAnswers.flush(`${apiId}/other`)
    expect(await ask('a')).toBe('a 1')
    house.authorizerAnswers.flush(`${apiId}/${STAGE}`)
    expect(await ask('a')).toBe('a 2')
    expect(await ask('a')).toBe('a 2')
  })

  test('until there is another deployment, or another authorizer, or another function by a stage variable', async () => {
    const definition = api({ authorizerUri: functionUri('${stageVariables.which}') })
    const serving = (deploymentId: string, variables: Record<string, string>): void => {
      const { snapshot, stage } = define(apiId, definition)
      const deployed = { ...snapshot, deploymentId }
      house.planTable.swap(compile(deployed, { ...stage, deploymentId, variables }).plan)
    }
    serving('d1', { which: 'auth' })
    expect(await ask('a')).toBe('a 1')
    serving('d1', { which: 'auth', more: '1' })
    expect(await ask('a')).toBe('a 1')
    serving('d2', { which: 'auth' })
    expect(await ask('a')).toBe('a 2')
    serving('d2', { which: 'failing' })
    expect(await ask('a')).toBe('500')
  })
})

describe('while the function is asked', () => {
  /** Answers when told to. */
  function slowly(): { answer: () => void; begun: (calls: number) => Promise<void> } {
    const gate = Promise.withResolvers<void>()
    serve(async (payload) => {
      const answer = answerOf(payload)
      await gate.promise
      return answer
    })
    const begun = async (calls: number): Promise<void> => {
      while (asked.length < calls) await Bun.sleep(1)
    }
    return { answer: gate.resolve, begun }
  }

  test('others of that identity wait for the same answer, of another method too', async () => {
    house.deploy(apiId, api())
    const { answer, begun } = slowly()
    const waiting = [
      ask('a'),
      ...Array.from({ length: 20 }, (_, at) => ask('a', 'GET', at % 2 ? '/x' : '/y')),
    ]
    const other = ask('b')
    await begun(2)
    await Bun.sleep(20)
    answer()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([`a ${asked.indexOf('a') + 1}`]))
    expect(await other).toStartWith('b ')
    expect(asked.sort()).toEqual(['a', 'b'])
  })

  test('the one who asked first may leave', async () => {
    house.deploy(apiId, api())
    const { answer, begun } = slowly()
    const socket = connect(house.port, '127.0.0.1')
    socket.write(`GET /${STAGE}/x HTTP/1.1\r\nHost: ${hostOf(apiId)}\r\nAuthorization: a\r\n\r\n`)
    await begun(1)
    const second = ask('a')
    socket.resetAndDestroy()
    await Bun.sleep(20)
    answer()
    expect(await second).toBe('a 1')
    expect(asked).toEqual(['a'])
  })

  test('a flush is for those who come after it: they ask anew, and the older answer is not kept', async () => {
    house.deploy(apiId, api())
    const { answer, begun } = slowly()
    const before = ask('a')
    await begun(1)
    house.authorizerAnswers.flush(`${apiId}/${STAGE}`)
    const after = ask('a')
    await begun(2)
    answer()
    expect(await before).toBe('a 1')
    expect(await after).toBe('a 2')
    expect(await ask('a')).toBe('a 2')
  })

  test('all who wait share a failure, and the next asks again', async () => {
    house.deploy(apiId, api())
    const gate = Promise.withResolvers<void>()
    serve(async (payload) => {
      answerOf(payload)
      await gate.promise
      throw new Error('lost')
    })
    const waiting = [ask('a'), ask('a'), ask('a')]
    while (asked.length < 1) await Bun.sleep(1)
    await Bun.sleep(20)
    gate.resolve()
    expect(await Promise.all(waiting)).toEqual(['500', '500', '500'])
    expect(asked).toHaveLength(1)
    serve(answerOf)
    expect(await ask('a')).toBe('a 2')
  })

  test('one that is out of time is cancelled and lets nobody in', async () => {
    let cancelled = 0
    house.functions = {
      invoke: ({ onCancel }) => {
        onCancel?.(() => cancelled++)
        return new Promise(() => {})
      },
    }
    house.deploy(apiId, api(), { limits: { ...awsLimits, integrationTimeoutMsMax: 30 } })
    expect(await Promise.all([ask('a'), ask('a')])).toEqual(['500', '500'])
    expect(cancelled).toBe(1)
  })

  test('where nothing is kept, a client that leaves takes its call along', async () => {
    const cancelled = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    house.functions = {
      invoke: ({ onCancel }) => {
        onCancel?.(cancelled.resolve)
        begun.resolve()
        return new Promise(() => {})
      },
    }
    house.deploy(apiId, api({ authorizerResultTtlInSeconds: 0 }))
    const socket = connect(house.port, '127.0.0.1')
    socket.write(`GET /${STAGE}/x HTTP/1.1\r\nHost: ${hostOf(apiId)}\r\nAuthorization: a\r\n\r\n`)
    await begun.promise
    socket.resetAndDestroy()
    await cancelled.promise
  })
})

test('the role of the authorizer is whose name the function is called in, for the authorizer’s own ARN', async () => {
  const authorizerCredentials = `arn:aws:iam::${ACCOUNT}:role/invoker`
  house.deploy(apiId, api({ authorizerCredentials }))
  const functions = new LocalFunctions({ auth: (payload) => payloadOf(answerOf(payload)) })
  house.functions = functions
  await ask('a')
  expect(functions.calls[0]).toMatchObject({
    roleArn: authorizerCredentials,
    sourceArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/authorizers/auth`,
    sourceAccount: ACCOUNT,
    invocationType: 'RequestResponse',
  })
})

test('whoever looks at an exchange afterwards finds what the authorizer said, and how it was asked', async () => {
  const seen: Exchange[] = []
  const options: CompileOptions = { observers: [(exchange) => void seen.push(exchange)] }
  house.deploy(apiId, api(), options)
  serve(async (payload) => {
    nowMs += 7
    return answerOf(payload)
  })
  for (const token of ['a', 'a', 'deny', 'deny']) await ask(token)
  serve(() => null)
  await ask('broken')
  const called = seen.map(({ authorizer, authorizerCall }) => [
    authorizer?.usageIdentifierKey,
    authorizerCall?.status,
    authorizerCall?.latencyMs,
    authorizerCall?.integrationStatus,
    authorizerCall?.error,
  ])
  expect(called).toEqual([
    ['key of a', 200, 7, 200, undefined],
    ['key of a', 200, 0, undefined, undefined],
    [undefined, 403, 7, 200, undefined],
    [undefined, 403, 0, undefined, undefined],
    [undefined, 500, 0, undefined, 'Could not parse policy: found null, expected a map'],
  ])
})
