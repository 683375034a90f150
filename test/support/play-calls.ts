import { expect } from 'bun:test'
import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { apiGatewayHandlers, type ApiGatewayOptions } from '#control-plane/apigateway/service.ts'
import { newMethodTester } from './method-tester.ts'

/** For tests: one call and what it must answer. */
export interface PlayedCall {
  readonly call: string
  readonly with?: object
  /** Name for the answer: later texts `$name.member` stand for what it holds. */
  readonly as?: string
  /** The whole answer, less what is absent. */
  readonly gives?: object
  /** A part of the answer. */
  readonly has?: object
  /** Code and message. */
  readonly fails?: readonly [code: string, message: string]
}

export const account = '111111111111'
export const region = 'us-east-1'
/** Epoch milliseconds of every date that the handlers make. */
export const now = 1_700_000_000_000

type Handler = (input: unknown, call: Call) => unknown

/** What a play has other than usual. */
export type PlayOptions = Pick<ApiGatewayOptions, 'quotas' | 'usageMeter' | 'trustStores' | 'sealer'>

/** Plays calls in order against an empty store. */
export async function playCalls(calls: readonly PlayedCall[], options: PlayOptions = {}): Promise<void> {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    await playCallsOn(store, calls, options)
  } finally {
    await store.close()
  }
}

export async function playCallsOn(
  store: Store,
  calls: readonly PlayedCall[],
  options: PlayOptions = {},
): Promise<void> {
  const clock = { now: () => now }
  const methodTester = newMethodTester(clock)
  await playHandlers(apiGatewayHandlers({ store, clock, log: silentLog, methodTester, ...options }), calls)
}

/** Plays calls in order against a service's handlers. */
export async function playHandlers(handlers: object, calls: readonly PlayedCall[]): Promise<void> {
  const named = new Map<string, unknown>()
  for (const [index, played] of calls.entries()) {
    const where = `call ${index}, ${played.call}`
    const handler = (handlers as Readonly<Record<string, Handler | undefined>>)[played.call]
    if (handler === undefined) throw new Error(`${where}: there is no such operation`)
    const answer = await answerOf(handler, filled(played.with ?? {}, named), played.call)
    if (played.fails !== undefined) {
      const error = answer instanceof AwsError ? [answer.code, answer.message] : answer
      expect({ where, error }).toEqual({ where, error: filled(played.fails, named) })
      continue
    }
    if (answer instanceof AwsError) throw new Error(`${where}: ${answer.code}: ${answer.message}`)
    if (played.as !== undefined) named.set(played.as, answer)
    const shown: unknown = JSON.parse(JSON.stringify(answer))
    if (played.gives !== undefined) {
      expect({ where, answer: shown }).toEqual({ where, answer: filled(played.gives, named) })
    }
    if (played.has !== undefined) {
      expect({ where, answer: shown }).toMatchObject({
        where,
        answer: filled(played.has, named) as object,
      })
    }
  }
}

async function answerOf(handler: Handler, input: unknown, operation: string): Promise<unknown> {
  const call: Call = {
    service: 'apigateway',
    operation,
    account,
    region,
    requestId: 'request',
    principal: { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account },
  }
  try {
    return await handler(input, call)
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
}

/** `$api.id` as what the answer named `api` has there, alone or within a text. */
function filled(value: unknown, named: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string') {
    const whole = /^\$(\w+)((?:\.\w+)*)$/.exec(value)
    if (whole !== null) return memberOf(whole[1], whole[2], named) ?? value
    return value.replace(/\$(\w+)((?:\.\w+)+)/g, (text, name: string, path: string) => {
      const found = memberOf(name, path, named)
      return typeof found === 'string' ? found : text
    })
  }
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map((item) => filled(item, named))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [filled(name, named), filled(member, named)]),
  )
}

function memberOf(name = '', path = '', named: ReadonlyMap<string, unknown>): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce<unknown>(
      (at, member) => (at as Readonly<Record<string, unknown>> | undefined)?.[member],
      named.get(name),
    )
}

/** The beginnings of most scripts. */
export const withApi: readonly PlayedCall[] = [{ call: 'CreateRestApi', with: { name: 'pets' }, as: 'api' }]

/** An API whose root answers GET by itself. */
export const withMethod: readonly PlayedCall[] = [
  ...withApi,
  {
    call: 'PutMethod',
    with: {
      restApiId: '$api.id',
      resourceId: '$api.rootResourceId',
      httpMethod: 'GET',
      authorizationType: 'NONE',
    },
  },
]

export const withIntegration: readonly PlayedCall[] = [
  ...withMethod,
  {
    call: 'PutIntegration',
    with: { restApiId: '$api.id', resourceId: '$api.rootResourceId', httpMethod: 'GET', type: 'MOCK' },
  },
]
