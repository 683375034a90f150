import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { defineHttpApi, toFunction } from '../conformance/http-api/support/definition.ts'
import { answering, LocalFunctions } from '../conformance/rest/support/functions.ts'
import { startHouse } from '../conformance/rest/support/house.ts'

// Whatever a function answers, the client gets one answer of HTTP: the function's, or the gateway's 500.

const evil = fc.constantFrom(
  'a',
  '',
  'x\r\nEvil: 1',
  'é',
  '😀',
  '\u0000',
  '\ud800',
  'a: b',
  'Content-Length',
  'x-ok',
  '100',
)
const value = fc.oneof(evil, fc.jsonValue({ maxDepth: 2 }), fc.integer(), fc.constant(null))
const map = fc.oneof(fc.dictionary(evil, value, { maxKeys: 3 }), value)
const answer = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .record(
      {
        statusCode: fc.oneof(
          fc.integer({ min: 90, max: 620 }),
          value,
          fc.constantFrom('200', ' 200', '2e2', 200.5),
        ),
        headers: map,
        multiValueHeaders: fc.oneof(
          fc.dictionary(evil, fc.array(value, { maxLength: 2 }), { maxKeys: 2 }),
          map,
        ),
        cookies: fc.oneof(fc.array(value, { maxLength: 2 }), map),
        body: value,
        isBase64Encoded: fc.oneof(fc.boolean(), value),
      },
      { requiredKeys: [] },
    )
    .map((each) => JSON.stringify(each)),
)

for (const payloadFormatVersion of ['1.0', '2.0'] as const) {
  test(`any answer in format ${payloadFormatVersion}`, async () => {
    const house = await startHouse()
    try {
      const { snapshot, stage } = defineHttpApi('answers', {
        routes: { 'GET /': toFunction('f', { payloadFormatVersion }) },
        api: { corsConfiguration: { allowOrigins: ['https://a.test'] } },
      })
      house.planTable.swap(compileHttpApi(snapshot, stage).plan)
      await fc.assert(
        fc.asyncProperty(answer, async (text) => {
          house.functions = new LocalFunctions({ f: answering(text) })
          const headers = ['Origin: https://a.test']
          const reply = await house.send('answers', { target: 'raw:/', headers })
          const lines = (name: string): string[] =>
            reply.headers.filter((line) => line.toLowerCase().startsWith(`${name}:`))
          expect(reply.status).toBeGreaterThanOrEqual(200)
          expect(reply.status).toBeLessThan(600)
          expect(lines('apigw-requestid').length).toBe(1)
          expect(lines('access-control-allow-origin')).toEqual([
            'access-control-allow-origin: https://a.test',
          ])
          expect(lines('evil')).toEqual([])
          const length = lines('content-length')
          const hasNone = reply.status === 204 || reply.status === 304
          expect(length).toEqual(hasNone ? [] : [`Content-Length: ${reply.body.length}`])
          if (hasNone) expect(reply.body).toBe('')
          for (const line of reply.headers)
            expect(line).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[\t\x20-\x7e\x80-\xff]*$/)
          const parsed = json(text)
          const isForm = typeof parsed === 'object' && parsed !== null && 'statusCode' in parsed
          if (isForm) return
          // Format 2.0 takes what has no status code for the body; format 1.0 has no such thing.
          const inferred = { status: 200, body: typeof parsed === 'string' ? parsed : text }
          const told =
            payloadFormatVersion === '2.0'
              ? inferred
              : { status: 500, body: '{"message":"Internal Server Error"}' }
          expect({ status: reply.status, body: Buffer.from(reply.body, 'latin1').toString('utf8') }).toEqual({
            ...told,
            body: told.body.toWellFormed(),
          })
        }),
        { numRuns: 400 },
      )
    } finally {
      await house.stop()
    }
  }, 60_000)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
