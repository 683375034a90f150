import { describe, expect, test } from 'bun:test'
import { playCalls } from '../../../test/support/play-calls.ts'
import { checkDocument } from './check/check-document.ts'

const document = (members: string): Buffer =>
  Buffer.from(`openapi: 3.0.1
info: { title: traffic, version: '1' }
paths:
  /pets:
    get:
      responses: {}
${members}`)

const broken: readonly (readonly [name: string, members: string, message: string])[] = [
  [
    'a member of a policy',
    '      x-gatehouse-traffic:\n        retry:\n          attempts: 99\n',
    'paths./pets.get.x-gatehouse-traffic.retry.attempts: expected a whole number from 1 to 20, found 99 (line 9, column 11)',
  ],
  [
    'an unknown member',
    '    x-gatehouse-traffic: { retries: {} }\n',
    'paths./pets.x-gatehouse-traffic.retries: unknown member, expected one of concurrency, mirror, hedge, retry, targets, circuitBreaker, budget (line 7, column 28)',
  ],
  [
    'the document',
    'x-gatehouse-traffic: none\n',
    'x-gatehouse-traffic: expected a map, found "none" (line 7, column 1)',
  ],
  [
    'a name',
    'x-gatehouse-trafic: {}\n',
    'x-gatehouse-trafic: unknown extension of Gatehouse, expected x-gatehouse-traffic (line 7, column 1)',
  ],
]

describe('an import refuses', () => {
  for (const [name, members, message] of broken) {
    test(name, () =>
      playCalls([
        {
          call: 'ImportRestApi',
          with: { body: document(members) },
          fails: ['BadRequestException', `Errors found during import:\n\t${message}`],
        },
      ]),
    )
  }
})

test('a check finds the same', async () => {
  const found = await checkDocument(document('x-gatehouse-traffic: { hedge: { delayMs: soon } }\n'))
  expect(found.map(({ line, message }) => [line, message])).toContainEqual([
    7,
    'x-gatehouse-traffic.hedge.delayMs: expected a whole number from 0 to 86400000, found "soon"',
  ])
})
