import { expect, test } from 'bun:test'
import { curlLines } from './curl-lines.ts'

const base = { summary: undefined, parameters: [], exampleBody: undefined }
const cases: readonly [name: string, operation: object, line: string][] = [
  ['a plain GET', { method: 'GET', path: '/pets' }, 'curl http://x/dev/pets'],
  ['ANY is tried with GET', { method: 'ANY', path: '/{proxy+}' }, 'curl http://x/dev/1'],
  ['HEAD', { method: 'HEAD', path: '/' }, 'curl -I http://x/dev/'],
  [
    'examples of path and query',
    {
      method: 'GET',
      path: '/pets/{id}',
      parameters: [
        { place: 'path', name: 'id', required: true, example: 'a b' },
        { place: 'query', name: 'q', required: false, example: 'x&y' },
        { place: 'query', name: 'unused', required: false, example: undefined },
      ],
    },
    "curl 'http://x/dev/pets/a%20b?q=x%26y'",
  ],
  [
    'a body with quotes',
    { method: 'POST', path: '/pets', exampleBody: `{"name":"O'Hara"}` },
    `curl -X POST -H 'Content-Type: application/json' -d '{"name":"O'\\''Hara"}' http://x/dev/pets`,
  ],
]

for (const [name, operation, line] of cases) {
  test(name, () => expect(curlLines('http://x/dev', [{ ...base, ...operation } as never])).toEqual([line]))
}
