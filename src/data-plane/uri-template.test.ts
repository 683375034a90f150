import { expect, test } from 'bun:test'
import { DefinitionError } from './route-definition.ts'
import { withStageVariables } from '#model/stage-variables.ts'
import { compileUri, pathPiece, UriError } from './uri-template.ts'

const cases: readonly [uri: string, values: Record<string, string>, origin: string, target: string][] = [
  ['http://backend', {}, 'http://backend', '/'],
  ['HTTPS://Backend.example:8443/a?b=c', {}, 'https://backend.example:8443', '/a?b=c'],
  ['http://backend?x=1', {}, 'http://backend', '/?x=1'],
  ['http://backend/a#fragment', {}, 'http://backend', '/a'],
  ['http://backend/{proxy}', { proxy: 'a/b%2Fc' }, 'http://backend', '/a/b%2Fc'],
  ['http://backend/{a}/x/{b}?q={a}', { a: '1', b: '2' }, 'http://backend', '/1/x/2?q=1'],
  ['http://backend/{missing}', {}, 'http://backend', '/%7Bmissing%7D'],
  ['http://{host}/x', { host: 'other:90' }, 'http://other:90', '/x'],
  [
    'http://{host}.{domain}:{port}/{a}',
    { host: 'x', domain: 'y.z', port: '81', a: 'b/c' },
    'http://x.y.z:81',
    '/b/c',
  ],
  ['http://[::1]:80/x', {}, 'http://[::1]:80', '/x'],
  ['http://backend/{a}', { a: 'x y\r\nHost: z' }, 'http://backend', '/x%20y%0D%0AHost:%20z'],
]
for (const [uri, values, origin, target] of cases) {
  test(`${uri} with ${JSON.stringify(values)}`, () => {
    expect(compileUri(uri).render((name) => values[name])).toEqual({ origin, target })
  })
}

for (const uri of [
  '',
  'backend',
  'ftp://backend/',
  'http://',
  'http:///x',
  'http:///{path}',
  'http://user@backend/{path}',
  'http://user@backend/',
  'http://a b/',
  '{all}',
  '/{path}',
]) {
  test(`${JSON.stringify(uri)} is refused at deploy`, () => {
    expect(() => compileUri(uri)).toThrow(DefinitionError)
  })
}

for (const host of ['a/b', 'user@evil', 'a?b', 'x\r\ny', 'x#', '']) {
  test(`a mapped host ${JSON.stringify(host)} cannot lead elsewhere`, () => {
    expect(() => compileUri('http://{host}.backend:80').render(() => host)).toThrow(UriError)
  })
}

test('stage variables', () => {
  expect(
    withStageVariables('http://${stageVariables.host}/${stageVariables.none}${other}', { host: 'h' }),
  ).toBe('http://h/${other}')
})

test('mapped values keep slashes and lose structure', () => {
  expect(pathPiece('a/b')).toBe('a/b')
  expect(pathPiece('a?b#c%d e&f')).toBe('a%3Fb%23c%25d%20e%26f')
})
