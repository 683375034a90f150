import { expect, test } from 'bun:test'
import { createMutex } from './mutex.ts'

test('work runs one at a time, in the order of the calls', async () => {
  const exclusively = createMutex()
  const seen: string[] = []
  const step = (name: string) =>
    exclusively(async () => {
      seen.push(`${name} starts`)
      await Promise.resolve()
      seen.push(`${name} ends`)
      return name
    })
  expect(await Promise.all([step('a'), step('b'), step('c')])).toEqual(['a', 'b', 'c'])
  expect(seen).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'])
})

test('a failure reaches its caller alone', async () => {
  const exclusively = createMutex()
  const failing = exclusively(() => Promise.reject(new Error('no')))
  const next = exclusively(() => Promise.resolve('yes'))
  expect(await Promise.allSettled([failing, next])).toMatchObject([
    { status: 'rejected', reason: { message: 'no' } },
    { status: 'fulfilled', value: 'yes' },
  ])
})
