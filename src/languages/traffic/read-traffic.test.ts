import { describe, expect, test } from 'bun:test'
import { readTraffic } from './read-traffic.ts'

test('nothing said is nothing set but a budget', () => {
  expect(readTraffic({})).toEqual({
    settings: { budget: { percent: 20, perSecondMin: 10 } } as never,
    findings: [],
  })
})

test('what is left out has its default, and false turns off', () => {
  const { settings } = readTraffic({
    retry: { status: '429,502-504' },
    hedge: false,
    concurrency: { limit: 3 },
  })
  expect(settings?.hedge).toBeUndefined()
  expect(settings?.retry).toMatchObject({
    attempts: 3,
    backoffMs: 25,
    status: [
      [429, 429],
      [502, 504],
    ],
  })
  expect(settings?.retry?.methods).toContain('PUT')
  expect(settings?.concurrency).toEqual([
    { limit: 3, per: undefined, queue: 0, queueMs: 1000, status: 429, adaptive: undefined },
  ])
})

describe('what is wrong', () => {
  const cases: readonly (readonly [given: unknown, messages: readonly string[]])[] = [
    ['no map', ['t: expected a map, found "no map"']],
    [
      { retries: {} },
      [
        't.retries: unknown member, expected one of concurrency, mirror, hedge, retry, targets, circuitBreaker, budget',
      ],
    ],
    [{ retry: { attempts: 0 } }, ['t.retry.attempts: expected a whole number from 1 to 20, found 0']],
    [{ retry: { on: ['busy'] } }, ['t.retry.on.0: expected "connect" or "reset" or "timeout", found "busy"']],
    [
      { retry: { status: '5xx' } },
      ['t.retry.status: expected statuses such as "502-504" or "500,503", or "" for none, found "5xx"'],
    ],
    [
      { concurrency: [{ limit: 1 }, {}] },
      ['t.concurrency.1.limit: expected a whole number from 1 to 100000, found nothing'],
    ],
    [
      { concurrency: { limit: 1, per: 'sourceIp', status: 500 } },
      [
        't.concurrency.per: expected an expression such as "$context.identity.sourceIp", found "sourceIp"',
        't.concurrency.status: expected 429 or 503, found 500',
      ],
    ],
    [
      { mirror: { to: 'shadow/path' } },
      ['t.mirror.to: expected an origin such as "http://shadow.internal:8080", found "shadow/path"'],
    ],
    [
      { mirror: { to: 'http://u:p@host' } },
      ['t.mirror.to: expected an origin such as "http://shadow.internal:8080", found "http://u:p@host"'],
    ],
    [
      { budget: { percent: 101 }, hedge: null },
      ['t.hedge: expected a map, found null', 't.budget.percent: expected a number from 0 to 100, found 101'],
    ],
  ]
  for (const [given, messages] of cases) {
    test(JSON.stringify(given), () => {
      const { settings, findings } = readTraffic(given, ['t'])
      expect(settings).toBeUndefined()
      expect(findings.map(({ message }) => message)).toEqual([...messages])
    })
  }
})
