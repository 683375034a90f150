import { expect, test } from 'bun:test'
import { Headers } from '#http/headers.ts'
import type { HttpRequest } from '#http/message.ts'
import { ReaderSessions, sessionMs } from './reader-sessions.ts'

const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs }
const sessions = new ReaderSessions(clock)
const withCookie = (cookie: string): HttpRequest =>
  ({ headers: new Headers(['Cookie', cookie]) }) as unknown as HttpRequest
const begun = sessions.begin('portal', 'ann@example.com; x=1', true)
const [cookie = ''] = begun.split(';')

test('a cookie that scripts do not see', () => {
  expect(begun).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure$/)
  expect(sessions.reader('portal', withCookie(`a=b; ${cookie}`))).toBe('ann@example.com; x=1')
})

test('nobody else’s', () => {
  expect(sessions.reader('another', withCookie(cookie))).toBeUndefined()
  expect(new ReaderSessions(clock).reader('portal', withCookie(cookie))).toBeUndefined()
  expect(sessions.reader('portal', withCookie(cookie.replace('1700', '1900')))).toBeUndefined()
  expect(sessions.reader('portal', withCookie('gatehouse-portal=..'))).toBeUndefined()
  expect(sessions.reader('portal', withCookie(''))).toBeUndefined()
})

test('for an hour', () => {
  const before = clock.nowMs
  clock.nowMs += sessionMs - 1
  expect(sessions.reader('portal', withCookie(cookie))).toBeString()
  clock.nowMs += 1
  expect(sessions.reader('portal', withCookie(cookie))).toBeUndefined()
  clock.nowMs = before
})
