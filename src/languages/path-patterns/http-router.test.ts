import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { buildHttpRouter } from './http-router.ts'
import { checkHttpRouteKeys, parseHttpRouteKey } from './route-key.ts'

/** The selected key and its parameters: `GET /pets/{id} 1`. */
function selected(keys: readonly string[], request: string): string | undefined {
  const [method = '', path = ''] = request.split(' ')
  const match = buildHttpRouter(keys.map((key) => ({ key, route: key })))(method, {
    target: `/prod${path}?a=/b/c`,
    pathStart: 5,
    pathEnd: 5 + path.length,
  })
  return match && [match.route, ...match.pathValues].join(' ')
}

const guide = ['GET /pets/dog/1', 'GET /pets/dog/{id}', 'GET /pets/{proxy+}', 'ANY /{proxy+}', '$default']

const cases: readonly (readonly [keys: readonly string[], request: string, selected: string | undefined])[] =
  [
    // Developer guide, "Working with routes for HTTP APIs", table.
    [guide, 'GET /pets/dog/1', 'GET /pets/dog/1'],
    [guide, 'GET /pets/dog/2', 'GET /pets/dog/{id} 2'],
    [guide, 'GET /pets/cat/1', 'GET /pets/{proxy+} cat/1'],
    [guide, 'POST /test/5', 'ANY /{proxy+} test/5'],
    [['GET /pets', '$default'], 'PUT /pets', '$default'],
    [['GET /pets'], 'PUT /pets', undefined],
    [['GET /pets', 'ANY /pets'], 'GET /pets', 'GET /pets'],
    [['GET /pets', 'ANY /pets'], 'PUT /pets', 'ANY /pets'],
    [['ANY /pets', '$default'], 'PURGE /pets', '$default'],
    [['GET /pets'], 'HEAD /pets', undefined],
    // A path without the method is passed by, unlike in REST APIs.
    [['GET /pets/{id}', 'ANY /{proxy+}'], 'POST /pets/1', 'ANY /{proxy+} pets/1'],
    [['GET /pets/mine', 'POST /pets/{id}'], 'POST /pets/mine', 'POST /pets/{id} mine'],
    // A full match comes first, however late its parameters begin.
    [['GET /a/{rest+}', 'GET /{x}/b'], 'GET /a/b', 'GET /{x}/b a'],
    [['GET /a/{rest+}', 'GET /{x}/{y+}'], 'GET /a/b', 'GET /a/{rest+} b'],
    [['GET /{x}/{y}/c', 'GET /{x}/{rest+}'], 'GET /1/2/3', 'GET /{x}/{rest+} 1 2/3'],
    // Slashes count.
    [['GET /'], 'GET /', 'GET /'],
    [['GET /'], 'GET ', 'GET /'],
    [['GET /pets'], 'GET /pets/', undefined],
    [['GET /pets', 'GET /pets/{rest+}'], 'GET /pets/', 'GET /pets/{rest+} '],
    [['GET /pets', 'GET /pets/{rest+}'], 'GET /pets', 'GET /pets'],
    [['GET /pets/{id}'], 'GET /pets/', undefined],
    [['ANY /{proxy+}'], 'GET /a//b/', 'ANY /{proxy+} a//b/'],
    [['GET /a/{b}/c'], 'GET /a//c', undefined],
    // Nothing is decoded, case counts.
    [['GET /files/{name}'], 'GET /files/a%2Fb', 'GET /files/{name} a%2Fb'],
    [['GET /pets'], 'GET /Pets', undefined],
    [['GET /pets'], 'GET /constructor', undefined],
    [['GET /{a}', 'GET /{b}'], 'GET /1', 'GET /{a} 1'],
  ]

const refused: readonly (readonly [key: string, column: number])[] = [
  ['', 1],
  ['GET', 4],
  ['get /pets', 1],
  ['PURGE /pets', 1],
  ['/pets', 1],
  ['GET pets', 5],
  ['GET /pets/', 5],
  ['GET //pets', 5],
  ['GET /{a', 6],
  ['GET /pets/x{a}', 12],
  ['GET /{}', 6],
  ['GET /{a+}/b', 10],
  ['GET /{a}/{a}', 5],
  ['GET /a b', 7],
  ['GET /a?b=c', 7],
  ['GET /{a}/#', 10],
  ['$connect', 1],
]

describe('the router of HTTP APIs', () => {
  for (const [keys, request, expected] of cases) {
    test(`${request} of ${keys.join(', ')}`, () => expect(selected(keys, request)).toBe(expected as string))
  }

  test('agrees with a matcher that tries every route', () => {
    const part = fc.constantFrom('a', 'b', '{p}', '{q}')
    const path = fc.tuple(fc.array(part, { maxLength: 4 }), fc.boolean()).map(([parts, greedy]) => {
      const names = new Set<string>()
      const unique = parts.filter((each) => !each.startsWith('{') || !(names.has(each) || !names.add(each)))
      return `/${[...unique, ...(greedy ? ['{r+}'] : [])].join('/')}`
    })
    const key = fc.tuple(fc.constantFrom('GET', 'PUT', 'ANY'), path).map((pair) => pair.join(' '))
    const keys = fc.uniqueArray(fc.oneof({ weight: 9, arbitrary: key }, fc.constant('$default')), {
      minLength: 1,
      maxLength: 8,
      selector: (each) => each.replaceAll(/\{[pq]\}/g, '{}'),
    })
    const request = fc
      .tuple(
        fc.constantFrom('GET', 'PUT', 'POST'),
        fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 5 }),
      )
      .map(([method, segments]) => `${method} /${segments.join('/')}`)
    fc.assert(
      fc.property(keys, fc.array(request), (given, requests) => {
        for (const each of requests) expect(selected(given, each)).toBe(naive(given, each) as string)
      }),
      { numRuns: 500 },
    )
  })
})

describe('route keys', () => {
  for (const [key, column] of refused) {
    test(`${JSON.stringify(key)} is refused`, () => {
      expect(() => parseHttpRouteKey(key)).toThrow()
      expect(checkHttpRouteKeys([key])).toMatchObject([{ severity: 'error', where: key, line: 1, column }])
    })
  }

  test('a key that another one hides is told', () => {
    expect(
      checkHttpRouteKeys(['GET /a/{x}', 'GET /{x}', 'PUT /a/{y}', 'GET /a/{y}', '$default']),
    ).toMatchObject([{ where: 'GET /a/{y}', message: 'never reached: GET /a/{x} is for the same requests' }])
  })
})

/** Every route as a regular expression, the full ones before the greedy ones, each ranked segment by segment. */
function naive(keys: readonly string[], request: string): string | undefined {
  const [method, path = ''] = request.split(' ')
  const ranked = keys
    .filter((key) => key !== '$default')
    .map((key) => {
      const [verb = '', pattern = ''] = key.split(' ')
      const greedy = pattern.endsWith('+}')
      const kinds = pattern
        .split('/')
        .map((part) => (part.endsWith('+}') ? '2' : part.startsWith('{') ? '1' : '0'))
      const source = pattern.replace(/\{r\+\}/, '(.*)').replaceAll(/\{[pq]\}/g, '([^/]+)')
      return {
        key,
        verb,
        found: new RegExp(`^${source}$`).exec(path),
        rank: `${greedy ? 1 : 0}${kinds.join('')}`,
      }
    })
    .filter(({ verb, found }) => found !== null && (verb === 'ANY' || verb === method))
    .sort((a, b) => (a.rank === b.rank ? (a.verb === 'ANY' ? 1 : -1) : a.rank < b.rank ? -1 : 1))
  const best = ranked[0]
  if (best === undefined) return keys.find((key) => key === '$default')
  return [best.key, ...(best.found?.slice(1) ?? [])].join(' ')
}
