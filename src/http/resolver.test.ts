import { expect, test } from 'bun:test'
import type { HttpError } from './errors.ts'
import { Resolver, type ResolverOptions } from './resolver.ts'
import { systemLookup, type ResolvedAddress } from './system-lookup.ts'

const four = (address: string, ttlSeconds?: number): ResolvedAddress => ({ address, family: 4, ttlSeconds })
const six = (address: string, ttlSeconds?: number): ResolvedAddress => ({ address, family: 6, ttlSeconds })
const failure = (code: string): Error => Object.assign(new Error(code), { code })

type Answer = readonly ResolvedAddress[] | Error | Promise<readonly ResolvedAddress[]>

/** A resolver whose clock and source are the test's. */
function scripted(answers: readonly Answer[], options: ResolverOptions = {}) {
  const asked: string[] = []
  const clock = { nowMs: 1_000_000 }
  const left = [...answers]
  const resolver = new Resolver({
    lookup: async (name) => {
      asked.push(name)
      const answer = left.shift() ?? failure('EAI_AGAIN')
      if (answer instanceof Error) throw answer
      return answer
    },
    nowMs: () => clock.nowMs,
    ...options,
  })
  const ask = async (name = 'a.example'): Promise<string> => {
    try {
      return (await resolver.resolve(name)).join(' ')
    } catch (error) {
      return (error as HttpError).failure
    }
  }
  return { resolver, asked, clock, ask }
}

test('an answer is used as long as it says, then asked for anew', async () => {
  const { asked, clock, ask } = scripted([[four('10.0.0.1', 30)], [four('10.0.0.2', 30)]])
  expect(await ask()).toBe('10.0.0.1')
  clock.nowMs += 29_999
  expect(await ask()).toBe('10.0.0.1')
  expect(asked).toHaveLength(1)
  clock.nowMs += 1
  expect(await ask()).toBe('10.0.0.2')
  expect(asked).toHaveLength(2)
})

const lifetimes: readonly [name: string, found: readonly ResolvedAddress[], ms: number][] = [
  ['the shortest of several counts', [four('10.0.0.1', 60), four('10.0.0.2', 20)], 20_000],
  ['none at all is a second', [four('10.0.0.1', 0)], 1000],
  ['a very long one is an hour', [four('10.0.0.1', 1e9)], 3_600_000],
  ['one that is not told is ten seconds', [four('10.0.0.1')], 10_000],
]
for (const [name, found, ms] of lifetimes) {
  test(`lifetimes: ${name}`, async () => {
    const { asked, clock, ask } = scripted([found, found])
    await ask()
    clock.nowMs += ms - 1
    await ask()
    expect(asked).toHaveLength(1)
    clock.nowMs += 1
    await ask()
    expect(asked).toHaveLength(2)
  })
}

test('a remembered answer is given at once, without a promise', async () => {
  const { resolver, ask } = scripted([[four('10.0.0.1', 30)]])
  await ask()
  expect(resolver.resolve('a.example')).toEqual(['10.0.0.1'])
})

test('callers at once share one look-up', async () => {
  const source = Promise.withResolvers<readonly ResolvedAddress[]>()
  const { asked, ask } = scripted([source.promise])
  const all = Promise.all([ask(), ask(), ask()])
  source.resolve([four('10.0.0.1', 30)])
  expect(await all).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.1'])
  expect(asked).toHaveLength(1)
})

test('a failure is remembered for a second', async () => {
  const { asked, clock, ask } = scripted([failure('ENOTFOUND'), [four('10.0.0.1', 30)]])
  expect(await ask()).toBe('dns')
  clock.nowMs += 999
  expect(await ask()).toBe('dns')
  expect(asked).toHaveLength(1)
  clock.nowMs += 1
  expect(await ask()).toBe('10.0.0.1')
})

test('old addresses serve while nobody can be asked, for a while', async () => {
  const { asked, clock, ask } = scripted([[four('10.0.0.1', 30)]])
  await ask()
  clock.nowMs += 30_000
  expect(await ask()).toBe('10.0.0.1')
  expect(await ask()).toBe('10.0.0.1')
  expect(asked).toHaveLength(2)
  clock.nowMs += 300_000
  expect(await ask()).toBe('dns')
})

test('old addresses serve while the answer is slow', async () => {
  const source = Promise.withResolvers<readonly ResolvedAddress[]>()
  const { clock, ask } = scripted([[four('10.0.0.1', 30)], source.promise], { refreshWaitMs: 10 })
  await ask()
  clock.nowMs += 30_000
  expect(await ask()).toBe('10.0.0.1')
  source.resolve([four('10.0.0.2', 30)])
  expect(await ask()).toBe('10.0.0.2')
})

test('a name that is gone has no old addresses', async () => {
  const { clock, ask } = scripted([[four('10.0.0.1', 30)], failure('DNS_ENOTFOUND')])
  await ask()
  clock.nowMs += 30_000
  expect(await ask()).toBe('dns')
})

test('families alternate, IPv6 first; every caller begins with the next', async () => {
  const { ask } = scripted([
    [four('10.0.0.1', 9), four('10.0.0.2', 9), four('10.0.0.3', 9), six('::1', 9), six('::2', 9)],
  ])
  expect(await ask()).toBe('::1 10.0.0.1 ::2 10.0.0.2 10.0.0.3')
  expect(await ask()).toBe('::2 10.0.0.2 ::1 10.0.0.3 10.0.0.1')
  expect(await ask()).toBe('::1 10.0.0.3 ::2 10.0.0.1 10.0.0.2')
})

test('the name used longest ago is forgotten first', async () => {
  const answer = [four('10.0.0.1', 30)]
  const { asked, ask } = scripted([answer, answer, answer, answer, answer], { namesMax: 2 })
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(name)
  expect(asked).toEqual(['a', 'b', 'c', 'b'])
})

test('nothing found, and names that cannot be, fail', async () => {
  const { asked, ask } = scripted([[]])
  expect(await ask()).toBe('dns')
  expect(await ask('a'.repeat(300))).toBe('dns')
  expect(asked).toEqual(['a.example'])
})

test('the system knows localhost', async () => {
  const found = await systemLookup('localhost')
  expect(found.every(({ address }) => address === '127.0.0.1' || address === '::1')).toBe(true)
  expect(found.length).toBeGreaterThan(0)
})

test('the system knows no name under .invalid', async () => {
  const error = await systemLookup('no-such-name.invalid').catch((reason: unknown) => reason)
  expect((error as { code: string }).code).toMatch(/ENOTFOUND|EAI|TIMEOUT|REFUSED|SERVFAIL/)
})
