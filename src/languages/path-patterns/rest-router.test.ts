import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { PathPlace } from './path-tree.ts'
import { buildRestRouter, parameterNames, type RoutedResource } from './rest-router.ts'

interface Route {
  readonly method: string
  readonly path: string
}

/** `GET /pets/{id}` lines as resources. */
function resources(...lines: string[]): RoutedResource<Route>[] {
  const byPath = new Map<string, Map<string, Route>>()
  for (const line of lines) {
    const [method = '', path = ''] = line.split(' ')
    const methods = byPath.get(path) ?? new Map<string, Route>()
    byPath.set(path, methods.set(method, { method, path }))
  }
  return [...byPath].map(([path, methods]) => ({ path, methods }))
}

/** The path in a longer target, as requests have it. */
function place(path: string): PathPlace {
  return { target: `/prod${path}?a=/b/c`, pathStart: 5, pathEnd: 5 + path.length }
}

/** What a match shows: `GET /pets/{id} id=1`, or undefined. */
function shown(lines: string[], method: string, path: string): string | undefined {
  const match = buildRestRouter(resources(...lines))(method, place(path))
  if (match === undefined) return undefined
  const { route: found, pathValues } = match
  return [
    `${found.method} ${found.path}`,
    ...parameterNames(found.path).map((name, at) => `${name}=${pathValues[at]}`),
  ].join(' ')
}

const cases: readonly {
  readonly name: string
  readonly routes: string[]
  readonly request: [method: string, path: string]
  readonly expected: string | undefined
}[] = [
  { name: 'the root', routes: ['GET /'], request: ['GET', '/'], expected: 'GET /' },
  { name: 'a literal', routes: ['GET /pets'], request: ['GET', '/pets'], expected: 'GET /pets' },
  {
    name: 'one slash at the end is ignored',
    routes: ['GET /pets'],
    request: ['GET', '/pets/'],
    expected: 'GET /pets',
  },
  { name: 'two are not', routes: ['GET /pets'], request: ['GET', '/pets//'], expected: undefined },
  { name: 'case counts', routes: ['GET /pets'], request: ['GET', '/Pets'], expected: undefined },
  {
    name: 'segments are not decoded for matching',
    routes: ['GET /pets', 'GET /{any}'],
    request: ['GET', '/p%65ts'],
    expected: 'GET /{any} any=p%65ts',
  },
  {
    name: 'literal before parameter',
    routes: ['GET /pets/{id}', 'GET /pets/mine'],
    request: ['GET', '/pets/mine'],
    expected: 'GET /pets/mine',
  },
  {
    name: 'parameter before greedy',
    routes: ['GET /pets/{proxy+}', 'GET /pets/{id}'],
    request: ['GET', '/pets/1'],
    expected: 'GET /pets/{id} id=1',
  },
  {
    name: 'greedy takes the rest, without the slash at the end',
    routes: ['ANY /{proxy+}'],
    request: ['GET', '/a/b/'],
    expected: 'ANY /{proxy+} proxy=a/b',
  },
  {
    name: 'greedy keeps double slashes within',
    routes: ['ANY /{proxy+}'],
    request: ['GET', '/a//b'],
    expected: 'ANY /{proxy+} proxy=a//b',
  },
  { name: 'greedy is never empty', routes: ['ANY /{proxy+}'], request: ['GET', '/'], expected: undefined },
  { name: 'nor below', routes: ['ANY /a/{proxy+}'], request: ['GET', '/a/'], expected: undefined },
  {
    name: 'a parameter is never empty',
    routes: ['GET /a/{b}/c'],
    request: ['GET', '/a//c'],
    expected: undefined,
  },
  {
    name: 'a path that leads nowhere below the literal is for the greedy parameter',
    routes: ['GET /pets/mine', 'ANY /{proxy+}'],
    request: ['GET', '/pets/yours'],
    expected: 'ANY /{proxy+} proxy=pets/yours',
  },
  {
    name: 'values of a branch that failed are forgotten',
    routes: ['GET /{a}/{b}/x', 'GET /{proxy+}'],
    request: ['GET', '/1/2/y'],
    expected: 'GET /{proxy+} proxy=1/2/y',
  },
  {
    name: 'exact verb before ANY',
    routes: ['ANY /pets', 'GET /pets'],
    request: ['GET', '/pets'],
    expected: 'GET /pets',
  },
  {
    name: 'ANY takes others',
    routes: ['ANY /pets', 'GET /pets'],
    request: ['PUT', '/pets'],
    expected: 'ANY /pets',
  },
  { name: 'ANY is no unknown verb', routes: ['ANY /pets'], request: ['PURGE', '/pets'], expected: undefined },
  { name: 'GET is not HEAD', routes: ['GET /pets'], request: ['HEAD', '/pets'], expected: undefined },
  {
    // Recorded on AWS.
    name: 'a resource without the method is passed over',
    routes: ['POST /test', 'OPTIONS /{proxy+}'],
    request: ['OPTIONS', '/test'],
    expected: 'OPTIONS /{proxy+} proxy=test',
  },
  {
    name: 'with the parameters of the way back forgotten',
    routes: ['GET /{a}/{b}/c', 'POST /{x}/{proxy+}'],
    request: ['POST', '/1/2/c'],
    expected: 'POST /{x}/{proxy+} x=1 proxy=2/c',
  },
  {
    name: 'unless it has ANY',
    routes: ['ANY /test', 'OPTIONS /{proxy+}'],
    request: ['OPTIONS', '/test'],
    expected: 'ANY /test',
  },
  {
    name: 'names of objects are no routes',
    routes: ['GET /a'],
    request: ['GET', '/constructor'],
    expected: undefined,
  },
]

describe('the router of REST APIs', () => {
  for (const { name, routes, request, expected } of cases) {
    test(name, () => expect(shown(routes, ...request)).toBe(expected as string))
  }

  test('agrees with a matcher that tries every resource', () => {
    const segment = fc.constantFrom('a', 'b', 'c')
    const part = fc.oneof({ weight: 3, arbitrary: segment }, { weight: 2, arbitrary: fc.constant('{p}') })
    const path = fc
      .tuple(fc.array(part, { maxLength: 4 }), fc.boolean())
      .map(([parts, greedy]) => `/${[...parts, ...(greedy ? ['{q+}'] : [])].join('/')}`)
    const sent = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 5 })
      .map((s) => `/${s.join('/')}`)
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 8 }), fc.array(sent), (paths, requests) => {
        const table = resources(...paths.map((each) => `GET ${each}`))
        const match = buildRestRouter(table)
        for (const request of requests) {
          const found = match('GET', place(request))
          expect(found?.route.path).toBe(naiveMatch(paths, request))
          expect(found?.pathValues.length).toBe(found && parameterNames(found.route.path).length)
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** Every resource that matches as a regular expression, ranked segment by segment. */
function naiveMatch(paths: readonly string[], request: string): string | undefined {
  const sent = request.length > 1 ? request.replace(/\/$/, '') : request
  const rank = (path: string): string =>
    path
      .split('/')
      .map((part) => (/^\{.+\+\}$/.test(part) ? '2' : part.startsWith('{') ? '1' : '0'))
      .join('')
  return paths
    .filter((path) => {
      const pattern = path.replace(/\{q\+\}/, '.+').replace(/\{p\}/g, '[^/]+')
      return new RegExp(`^${pattern}$`).test(sent === '' ? '/' : sent)
    })
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0]
}
