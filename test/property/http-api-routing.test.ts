import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { defineHttpApi, toFunction } from '../conformance/http-api/support/definition.ts'
import { LocalFunctions, returning } from '../conformance/rest/support/functions.ts'
import { startHouse } from '../conformance/rest/support/house.ts'

// Which stage and route takes a request, over real sockets, beside a reference that only knows the guide's sentences.

const segment = fc.constantFrom('a', 'b', 'dev', '{p}')
const tail = fc.constantFrom('', '', '/{g+}')
const method = fc.constantFrom('GET', 'POST', 'ANY')
/** Parameters get names of their own: `GET /a/{p1}/{g+}`. */
const key: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('$default') },
  {
    weight: 8,
    arbitrary: fc.tuple(method, fc.array(segment, { maxLength: 3 }), tail).map(([verb, segments, end]) => {
      const path = segments.map((each, at) => (each === '{p}' ? `/{p${at}}` : `/${each}`)).join('') + end
      return `${verb} ${path === '' ? '/' : path}`
    }),
  },
)
const stages = fc.subarray(['$default', 'dev', 'a'], { minLength: 1 })
const request = fc.record({
  verb: fc.constantFrom('GET', 'POST', 'DELETE'),
  path: fc
    .array(fc.constantFrom('a', 'b', 'dev', 'x', '%61', '$default'), { maxLength: 4 })
    .chain((segments) => fc.constantFrom(`/${segments.join('/')}`, `/${[...segments, ''].join('/')}`)),
})

interface Expected {
  readonly stage: string
  readonly routeKey: string
  readonly pathParameters: Readonly<Record<string, string>> | undefined
}

/**
 * Developer guide, "Working with routes for HTTP APIs": a stage that the first segment names in full, else `$default`;
 * a full match of route and method, then one with a greedy variable, then `$default`. Of several the most specific.
 */
function reference(
  keys: readonly string[],
  given: readonly string[],
  { verb, path }: { verb: string; path: string },
): Expected | undefined {
  const first = path.split('/')[1] ?? ''
  const stage = first !== '$default' && given.includes(first) ? first : '$default'
  if (!given.includes(stage)) return undefined
  const rest = (stage === '$default' ? path : path.slice(first.length + 1)) || '/'
  const candidates = keys
    .filter((each) => each !== '$default')
    .flatMap((routeKey) => {
      const [of = '', pattern = ''] = routeKey.split(' ')
      const expression = pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)').replace(/\{(\w+)\+\}/g, '(?<$1>.*)')
      const match = new RegExp(`^${expression}$`).exec(rest)
      if (match === null || (of !== verb && of !== 'ANY')) return []
      // Full before greedy; then segment by segment text, parameter, greedy; then the method's own.
      const rank =
        (pattern.includes('+') ? '1' : '0') +
        pattern.replace(/\/[^/]*/g, (part) => (part.includes('+}') ? '2' : part.includes('}') ? '1' : '0')) +
        (of === 'ANY' ? '~1' : '~0')
      return [{ routeKey, rank, values: match.groups }]
    })
    .toSorted((one, other) => (one.rank < other.rank ? -1 : 1))
  const [best] = candidates
  if (best === undefined)
    return keys.includes('$default') ? { stage, routeKey: '$default', pathParameters: undefined } : undefined
  const values = Object.entries(best.values ?? {}).map(([name, value]) => [name, decodeURIComponent(value)])
  return {
    stage,
    routeKey: best.routeKey,
    pathParameters: values.length === 0 ? undefined : (Object.fromEntries(values) as Record<string, string>),
  }
}

test('stages and routes take what the guide says', async () => {
  const house = await startHouse()
  let count = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { minLength: 1, maxLength: 8, selector: (each) => each }),
        stages,
        fc.array(request, { minLength: 1, maxLength: 4 }),
        async (keys, stageNames, requests) => {
          const apiId = `routed${++count}`
          for (const stageName of stageNames) {
            const { snapshot, stage } = defineHttpApi(apiId, {
              routes: Object.fromEntries(keys.map((each) => [each, toFunction('f')])),
              stage: { stageName },
            })
            const { plan, diagnostics } = compileHttpApi(snapshot, stage)
            expect(diagnostics).toEqual([])
            house.planTable.swap(plan)
          }
          for (const each of requests) {
            const functions = new LocalFunctions({ f: returning({ statusCode: 200 }) })
            house.functions = functions
            const { status } = await house.send(apiId, { method: each.verb, target: `raw:${each.path}` })
            const [call] = functions.calls
            const expected = reference(keys, stageNames, each)
            expect(status).toBe(expected === undefined ? 404 : 200)
            if (call === undefined) continue
            const event = JSON.parse(Buffer.from(call.payload).toString('utf8')) as Expected & {
              requestContext: { stage: string }
            }
            const { routeKey, pathParameters, requestContext } = event
            expect({ stage: requestContext.stage, routeKey, pathParameters }).toEqual(expected as Expected)
          }
          for (const stageName of stageNames) house.planTable.remove(apiId, stageName)
        },
      ),
      { numRuns: 300 },
    )
  } finally {
    await house.stop()
  }
}, 60_000)
