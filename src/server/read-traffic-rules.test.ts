import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTrafficRules } from './read-traffic-rules.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-traffic-'))
  folders.push(folder)
  const file = join(folder, 'traffic.yaml')
  writeFileSync(file, text)
  return file
}

test('routes, from all to one', () => {
  const file = fileOf(`
'*': { retry: {} }
pets: { retry: false }
pets/prod: { circuitBreaker: {} }
'pets/*/GET /pets/{id}': { hedge: { delayMs: 50 } }
pets/prod/* /pets: { concurrency: { limit: 1 } }
'chat/$default/ANY $default': { retry: false }
`)
  expect(readTrafficRules(file)).toEqual([
    { api: '*', stage: '*', httpMethod: '*', path: '*', settings: { retry: {} } },
    { api: 'pets', stage: '*', httpMethod: '*', path: '*', settings: { retry: false } },
    { api: 'pets', stage: 'prod', httpMethod: '*', path: '*', settings: { circuitBreaker: {} } },
    { api: 'pets', stage: '*', httpMethod: 'GET', path: '/pets/{id}', settings: { hedge: { delayMs: 50 } } },
    { api: 'pets', stage: 'prod', httpMethod: '*', path: '/pets', settings: { concurrency: { limit: 1 } } },
    { api: 'chat', stage: '$default', httpMethod: 'ANY', path: '$default', settings: { retry: false } },
  ])
})

const broken: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'a setting',
    'pets:\n  retry:\n    attempts: none\n',
    'pets.retry.attempts: expected a whole number from 1 to 20, found "none" (line 3, column 5)',
  ],
  ['a member', '{"pets": {\n  "retrys": {}}}', 'unknown member, expected one of concurrency'],
  ['a route', 'pets/prod/GET: {}\n', 'pets/prod/GET: expected API, API/STAGE or API/STAGE/METHOD PATH'],
  ['no settings', 'pets: yes\n', 'pets: expected a map, found'],
  ['no document', '{"a":', 'line 1'],
]
for (const [name, text, message] of broken) {
  test(`${name} that is wrong`, () => expect(() => readTrafficRules(fileOf(text))).toThrow(message))
}

test('no file', () =>
  expect(() => readTrafficRules('/nowhere/traffic.yaml')).toThrow('cannot be read (ENOENT)'))
