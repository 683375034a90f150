import { expect, test } from 'bun:test'
import { redisAddress, shownAddress } from './redis-address.ts'

const good: readonly [text: string, expected: Partial<ReturnType<typeof redisAddress>>, shown: string][] = [
  ['redis://cache', { hostname: 'cache', port: 6379, tls: false, database: 0 }, 'redis://cache:6379/0'],
  [
    'redis://:p%40ss@10.0.0.1:7000/3',
    { port: 7000, user: 'default', password: 'p@ss', database: 3 },
    'redis://10.0.0.1:7000/3',
  ],
  [
    'rediss://me:x@[::1]?ca=/etc/ca.pem',
    { hostname: '::1', user: 'me', tls: true, ca: '/etc/ca.pem' },
    'rediss://::1:6379/0',
  ],
  [
    'redis+unix:///run/redis.sock?db=2',
    { socketPath: '/run/redis.sock', database: 2 },
    'redis+unix:///run/redis.sock?db=2',
  ],
]

test.each([...good])('%s', (text, expected, shown) => {
  expect(redisAddress(text)).toMatchObject(expected)
  expect(shownAddress(redisAddress(text))).toBe(shown)
})

test.each([
  '',
  'cache:6379',
  'http://cache',
  'redis://:secret@',
  'redis://:secret@host/x',
  'redis://h?secret=1',
])('refused: %s', (text) => {
  expect(() => redisAddress(text)).toThrow('expected redis://')
  expect(() => redisAddress(text)).not.toThrow(/:secret/)
})
