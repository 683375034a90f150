import { expect, test } from 'bun:test'
import { join, sep } from 'node:path'
import fc from 'fast-check'
import { logPath, ROTATED, rotatedPath } from './log-path.ts'

const cases: readonly (readonly [group: string, file: string])[] = [
  ['API-Gateway-Execution-Logs_abc/prod', 'API-Gateway-Execution-Logs_abc/prod.log'],
  ['/aws/apigateway/shop', 'aws/apigateway/shop.log'],
  ['a//b/', 'a/b.log'],
  ['../../etc/passwd', '%2E%2E/%2E%2E/etc/passwd.log'],
  ['.', '%2E.log'],
  ['', 'log.log'],
  ['a b\\c:d\0', 'a%20b%5Cc%3Ad%00.log'],
]

test.each(cases)('the file of %j', (group, file) => {
  expect(logPath('/data/logs', group)).toBe(join('/data/logs', file))
})

test('the file of any name is below the folder', () => {
  const piece = fc.constantFrom('..', '.', '/', '\\', 'a', '\0', '\ud800', 'é', '%2E', '~', 'C:')
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const path = logPath(`${sep}data`, pieces.join(''))
      expect(path.startsWith(`${sep}data${sep}`)).toBe(true)
      expect(path.split(sep)).not.toContain('..')
    }),
  )
})

test('long names are cut, and stay apart', () => {
  const [one, other] = ['1', '2'].map((end) => logPath('/', 'x'.repeat(500) + end))
  expect(one).not.toBe(other)
  expect(one?.length).toBeLessThan(250)
})

test('a log that was put aside is told from one that is written to', () => {
  const rotated = rotatedPath('/l/a.b.log', Date.UTC(2026, 10, 21, 14, 33, 57, 123), 0)
  expect(rotated).toBe('/l/a.b.20261121T143357123Z.log')
  expect(ROTATED.exec(rotated)?.slice(1)).toEqual(['/l/a.b', '20261121T143357123Z'])
  expect(ROTATED.test(rotatedPath('/l/a.log', 0, 2))).toBe(true)
  expect(ROTATED.test('/l/a.b.log')).toBe(false)
})
