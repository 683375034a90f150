import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { buildRestRouter } from '#languages/path-patterns/rest-router.ts'
import { explainRouting, type PlannedResource } from './explain-routing.ts'

const pets: readonly PlannedResource[] = [
  { path: '/', methods: [] },
  { path: '/pets', methods: ['GET', 'POST'] },
  { path: '/pets/{petId}', methods: ['GET'] },
  { path: '/pets/new', methods: ['ANY'] },
  { path: '/{proxy+}', methods: ['OPTIONS'] },
]

const rows: readonly [method: string, path: string, resource: string | undefined, message: string][] = [
  ['GET', '/pets', '/pets', '/pets matches /pets'],
  ['GET', '/pets/', '/pets', '/pets matches /pets/'],
  ['GET', '/pets/new', '/pets/new', '/pets/new matches /pets/new'],
  ['PUT', '/pets/1', undefined, '/pets/{petId} matches /pets/1, but has no method PUT; methods there: GET'],
  [
    'GET',
    '/pets/1/toys',
    undefined,
    '/{proxy+} matches /pets/1/toys, but has no method GET; methods there: OPTIONS',
  ],
  ['OPTIONS', '/pets', '/{proxy+}', '/{proxy+} matches /pets'],
  ['GET', '/', undefined, 'no resource matches /; nearest is /; methods there: none'],
]

for (const [method, path, resource, message] of rows) {
  test(`${method} ${path}`, () => {
    expect(explainRouting(pets, method, path)).toMatchObject({ resource, message })
  })
}

test('the nearest resource is named, and why each of the others lost', () => {
  const { message } = explainRouting(pets.slice(0, 4), 'GET', '/pet')
  expect(message).toBe('no resource matches /pet; nearest is /pets; methods there: GET, POST')
  const { considered } = explainRouting(pets, 'GET', '/pets/new')
  expect(considered.map(({ resource, outcome, why }) => [resource, outcome, why])).toEqual([
    ['/pets/new', 'chosen', 'the most specific resource that fits and has the method'],
    ['/pets/{petId}', 'fits', '/pets/new is more specific: new comes before {petId}'],
    ['/{proxy+}', 'fits', 'has no method GET; methods there: OPTIONS'],
    ['/pets', 'does not fit', 'ends before "new"'],
    ['/', 'does not fit', 'has no methods'],
  ])
})

test('it tells what the router does', () => {
  const segment = fc.constantFrom('a', 'b', 'ab', '{x}')
  const resource = fc
    .tuple(fc.array(segment, { maxLength: 4 }), fc.boolean())
    .map(([segments, greedy]) => `/${[...segments, ...(greedy ? ['{rest+}'] : [])].join('/')}`)
  const resources = fc.uniqueArray(resource, { maxLength: 8 })
  const sentMethod = fc.constantFrom('GET', 'PUT', 'ANY', 'PURGE')
  const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'c', ''), { maxLength: 5 })
  fc.assert(
    fc.property(
      resources,
      path,
      fc.array(fc.constantFrom('GET', 'PUT', 'ANY')),
      sentMethod,
      (paths, segments, verbs, method) => {
        const verbOf = (at: number): string => verbs[at % Math.max(1, verbs.length)] ?? 'GET'
        const route = buildRestRouter(
          paths.map((each, at) => ({ path: each, methods: new Map([[verbOf(at), each]]) })),
        )
        const sent = `/${segments.join('/')}`
        const found = route(method, { target: sent, pathStart: 0, pathEnd: sent.length })?.route
        const planned = paths.map((each, at) => ({ path: each, methods: [verbOf(at)] }))
        expect(explainRouting(planned, method, sent).resource).toBe(found as string)
      },
    ),
    { seed: 1, numRuns: 5000 },
  )
})
