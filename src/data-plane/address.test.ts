import { expect, test } from 'bun:test'
import { emptyBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpRequest } from '#http/message.ts'
import { parseAddress } from './address.ts'

function request(host: string | undefined, target: string): HttpRequest {
  return {
    method: 'GET',
    target,
    headers: new Headers(host === undefined ? [] : ['Host', host]),
    host: host ?? '',
    version: '1.1',
    peer: { address: '127.0.0.1', secure: false },
    body: emptyBody,
    aborted: false,
    onAbort: () => {},
  }
}

const HOST = 'abc123defg.execute-api.us-east-1.amazonaws.com'

/** `apiId stage path fullPath query`, or undefined. */
const cases: readonly [host: string | undefined, target: string, expected: string | undefined][] = [
  [HOST, '/prod/pets/1?a=b', 'abc123defg prod /pets/1 /prod/pets/1 a=b'],
  [`${HOST}:4566`, '/prod/pets', 'abc123defg prod /pets /prod/pets -'],
  ['ABC123defg.Execute-API.eu-west-1.localhost:4566', '/prod', 'abc123defg prod / /prod -'],
  ['abc.execute-api.us-east-1.localhost.localstack.cloud', '/prod/', 'abc prod / /prod/ -'],
  [HOST, '/', 'abc123defg  / / -'],
  [HOST, '/?a', 'abc123defg  / / a'],
  [HOST, '//prod/x', 'abc123defg prod /x /prod/x -'],
  [HOST, '/prod//x', 'abc123defg prod /x /prod//x -'],
  [HOST, '/prod///', 'abc123defg prod / /prod/// -'],
  [HOST, '/prod//x//y/', 'abc123defg prod /x//y/ /prod//x//y/ -'],
  [HOST, '/prod?x=/y', 'abc123defg prod / /prod x=/y'],
  [
    HOST,
    '/prod/test%2Balias@gmail.com',
    'abc123defg prod /test%2Balias@gmail.com /prod/test%2Balias@gmail.com -',
  ],
  [
    HOST,
    '/restapis/zzz/dev/_user_request_/x',
    'abc123defg restapis /zzz/dev/_user_request_/x /restapis/zzz/dev/_user_request_/x -',
  ],
  ['localhost:4566', '/restapis/abc/dev/_user_request_/pets/1?q', 'abc dev /pets/1 /dev/pets/1 q'],
  ['localhost:4566', '/restapis/abc/dev/_user_request_', 'abc dev / /dev -'],
  ['localhost:4566', '/restapis/abc/dev/_user_request_?q=1', 'abc dev / /dev q=1'],
  ['localhost:4566', '/restapis/abc/dev/_user_request_//x', 'abc dev /x /dev//x -'],
  ['localhost:4566', '/restapis/abc/stages/dev', undefined],
  ['localhost:4566', '/restapis/abc', undefined],
  ['localhost:4566', '/restapis?x=/a/b/_user_request_', undefined],
  ['localhost:4566', '/restapis/abc?x=/b/_user_request_', undefined],
  ['localhost:4566', '/_aws/execute-api/abc/dev/pets', 'abc dev /pets /dev/pets -'],
  ['localhost:4566', '/_aws/execute-api/abc/dev', 'abc dev / /dev -'],
  ['localhost:4566', '/_aws/execute-api/abc', 'abc  / / -'],
  ['localhost:4566', '/_aws/execute-api//dev/x', undefined],
  [undefined, '/_aws/execute-api/abc/dev/pets', 'abc dev /pets /dev/pets -'],
  ['localhost:4566', '/prod/pets', undefined],
  ['.execute-api.us-east-1.localhost', '/prod/pets', undefined],
  ['apigateway.us-east-1.amazonaws.com', '/restapis', undefined],
]

for (const [host, target, expected] of cases) {
  test(`${host} ${target}`, () => {
    const found = parseAddress(request(host, target))
    const shown =
      found === undefined
        ? undefined
        : `${found.apiId} ${found.stage} ${found.path} ${found.fullPath} ${found.query ?? '-'}`
    expect(shown).toBe(expected as string)
  })
}

test('the domain is the host without its port', () => {
  expect(parseAddress(request(`${HOST}:80`, '/prod'))?.domainName).toBe(HOST)
  expect(parseAddress(request('[::1]:4566', '/_aws/execute-api/a/b'))?.domainName).toBe('[::1]')
})
