import { describe, expect, test } from 'bun:test'
import { splitTarget } from './raw-target.ts'
import { Router } from './router.ts'

const router = new Router(
  Object.entries({
    List: 'GET /things',
    Create: 'POST /things',
    Import: 'POST /things?mode=import',
    ImportKeys: 'POST /things?mode=import&format=csv',
    Get: 'GET /things/{id}',
    Special: 'GET /things/special',
    Parts: 'GET /things/{id}/parts/',
    Part: 'GET /things/{id}/parts/{part}',
    SpecialPart: 'GET /things/special/parts/{part}/x',
    Rest: 'GET /files/{path+}',
    Tags: 'GET /tags/{arn}',
  }).map(([name, text]) => {
    const [method = '', uri = ''] = text.split(' ')
    return [name, { method, uri, status: 200 }] as const
  }),
)

describe('finds', () => {
  const cases: readonly (readonly [request: string, expected: string | undefined])[] = [
    ['GET /things', 'List'],
    ['GET /things/', 'List'],
    ['GET /things?limit=1', 'List'],
    ['POST /things', 'Create'],
    ['POST /things?mode=import', 'Import'],
    ['POST /things?a=1&mode=import&b', 'Import'],
    ['POST /things?mode=import&mode=x', 'Import'],
    ['POST /things?mode=other', 'Create'],
    ['POST /things?format=csv&mode=import', 'ImportKeys'],
    ['GET /things/a', 'Get id=a'],
    ['GET /things/special', 'Special'],
    ['GET /things/special/parts', 'Parts id=special'],
    ['GET /things/special/parts/1', 'Part id=special part=1'],
    ['GET /things/special/parts/1/x', 'SpecialPart part=1'],
    ['GET /things/a%2Fb%20%C3%BC+', 'Get id=a/b ü+'],
    ['GET /tags/arn%3Aaws%3A%3A%3A%2Frestapis%2Fx', 'Tags arn=arn:aws:::/restapis/x'],
    ['GET /files/a/b%2Fc', 'Rest path=a/b/c'],
    ['GET /files', undefined],
    ['GET /things//parts', undefined],
    ['GET /things/%', undefined],
    ['GET /files/%/x', undefined],
    ['GET //things', undefined],
    ['GET /', undefined],
    ['GET *', undefined],
    ['PUT /things', undefined],
    ['GET /things/a/b', undefined],
    ['GET /__proto__', undefined],
  ]
  for (const [request, expected] of cases) {
    test(`${request} → ${expected}`, () => {
      const [method = '', target = ''] = request.split(' ')
      const match = router.match(method, splitTarget(target))
      const labels = [...(match?.labels ?? [])].map(([name, value]) => ` ${name}=${value}`).join('')
      expect(match && match.operation + labels).toBe(expected as string)
    })
  }
})
