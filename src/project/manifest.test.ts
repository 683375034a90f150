import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readManifest } from './manifest.ts'
import { ProjectError } from './project-error.ts'

let folder: string

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'gatehouse-manifest-')), 'my shop')
  mkdirSync(join(folder, 'functions', 'f'), { recursive: true })
  writeFileSync(join(folder, 'openapi.yaml'), '')
})

afterEach(() => rmSync(join(folder, '..'), { recursive: true }))

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('what is left out has a default', () => {
  const file = write('gatehouse.yaml', 'functions:\n  f: { runtime: nodejs20.x, handler: a.b }\n')
  expect(readManifest(folder)).toEqual({
    name: 'my-shop',
    files: [file, join(folder, 'openapi.yaml')],
    openapi: join(folder, 'openapi.yaml'),
    protocol: undefined,
    stage: undefined,
    variables: {},
    functions: [
      {
        name: 'f',
        folder: join(folder, 'functions', 'f'),
        runtime: 'nodejs20.x',
        handler: 'a.b',
        environment: {},
        timeoutSeconds: 3,
        memoryMb: 128,
      },
    ],
    processes: [],
  })
  expect(readManifest(file)).toEqual(readManifest(folder))
})

test('everything can be said', () => {
  write('api.json', '')
  write(
    'gatehouse.json',
    JSON.stringify({
      name: 'shop',
      openapi: 'api.json',
      type: 'http',
      stage: 'prod',
      variables: { a: 'x', b: 1, c: true },
      functions: {
        g: {
          folder: 'functions/f',
          runtime: 'python3.12',
          handler: 'app.handler',
          timeout: 10,
          memory: 512,
          environment: { A: 1 },
        },
      },
      processes: { backend: { folder: 'functions', command: ['node', 'x.mjs'] } },
    }),
  )
  expect(readManifest(folder)).toMatchObject({
    name: 'shop',
    openapi: join(folder, 'api.json'),
    protocol: 'HTTP',
    stage: 'prod',
    variables: { a: 'x', b: '1', c: 'true' },
    functions: [{ name: 'g', timeoutSeconds: 10, memoryMb: 512, environment: { A: '1' } }],
    processes: [{ name: 'backend', folder: join(folder, 'functions'), command: ['node', 'x.mjs'] }],
  })
})

test('a document alone is a project, named after its folder, and after itself where there may be others', () => {
  expect(readManifest(folder)).toMatchObject({ name: 'my-shop', stage: undefined, functions: [] })
  expect(readManifest(join(folder, 'openapi.yaml')).name).toBe('my-shop')
  expect(readManifest(write('orders v2.yaml', '')).name).toBe('my-shop-orders-v2')
})

const refused: readonly [text: string, message: RegExp][] = [
  ['name: [a', /gatehouse\.yaml:\d+:\d+: \S/],
  ['name: *nothing', /gatehouse\.yaml:.*nothing/],
  ['- a', /gatehouse\.yaml:1:1: manifest: expected a map, found \["a"\]$/],
  ['nam: x', /gatehouse\.yaml:1:6: nam: there is no such setting; there are name, openapi, type, stage, /],
  ['type: soap', /gatehouse\.yaml:1:7: type: expected rest or http, found soap$/],
  ['toString: x', /: toString: there is no such setting/],
  ['name: 3', /gatehouse\.yaml:1:7: name: expected a text, found 3$/],
  ['name: ""', /name: expected a text, found ""$/],
  [
    'openapi: api.yaml',
    /gatehouse\.yaml:1:10: openapi: expected an OpenAPI document, \/.*api\.yaml is not there$/,
  ],
  ['variables: { a: [] }', /gatehouse\.yaml:1:17: variables\.a: expected a text, found \[\]$/],
  ['variables: { a: null }', /variables\.a: expected a text, found null$/],
  ['functions: f', /gatehouse\.yaml:1:12: functions: expected a map, found "f"$/],
  [
    'functions:\n  f: { handler: a.b }',
    /gatehouse\.yaml:2:6: functions\.f\.runtime: expected a text, found nothing$/,
  ],
  [
    'functions:\n  f: { runtime: nodejs20.x, handler: a.b, timeout: 1.5 }',
    /gatehouse\.yaml:2:52: functions\.f\.timeout: expected a whole number above 0, found 1\.5$/,
  ],
  [
    'functions:\n  g: { runtime: nodejs20.x, handler: a.b }',
    /gatehouse\.yaml:2:6: functions\.g\.folder: expected a folder, \/.*functions\/g is none$/,
  ],
  [
    'processes:\n  w: {}',
    /gatehouse\.yaml:2:6: processes\.w\.command: expected a list of words such as .*, found nothing$/,
  ],
  [
    'processes:\n  w: { command: node x }',
    /processes\.w\.command: expected a list of words .*, found "node x"$/,
  ],
  ['processes:\n  a-b: { command: [x] }', /processes\.a-b: expected letters, digits and _/],
]

for (const [text, message] of refused) {
  test(`refused: ${text.replaceAll('\n', ' ')}`, () => {
    write('gatehouse.yaml', text)
    expect(() => readManifest(folder)).toThrow(ProjectError)
    expect(() => readManifest(folder)).toThrow(message)
  })
}

test('a path without a project says what was looked for', () => {
  expect(() => readManifest(join(folder, 'nothing'))).toThrow(/there is no such file or folder$/)
  expect(() => readManifest(join(folder, 'functions'))).toThrow(
    /found neither gatehouse\.yaml nor openapi\.yaml in this folder$/,
  )
})
