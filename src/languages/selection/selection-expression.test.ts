import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ExpressionError } from '#languages/expressions/error.ts'
import { testScope } from '#languages/expressions/scope.fixture.ts'
import {
  checkIdentitySource,
  compileIdentitySources,
  splitIdentitySources,
  type IdentityApi,
} from './identity-source.ts'
import { compileResponseKeys } from './response-key.ts'
import { checkSelection, compileSelection, selectByKey, type SelectionPlace } from './selection-expression.ts'

// The message of the developer guide, "Working with routes for WebSocket APIs".
const message =
  '{"service":"chat","action":"join","data":{"room":"room1234"},"list":["item1","item2",{"a":1}],"n":1.50,"no":null}'
const scope = testScope(message, '{"kind":"oops"}')

const cases: readonly (readonly [place: SelectionPlace, text: string, value: string])[] = [
  ['route', '$request.body.action', 'join'],
  ['route', '${request.body.action}', 'join'],
  ['route', '${request.body.service}/${request.body.action}', 'chat/join'],
  ['route', '${request.body.action}-${request.body.invalidPath}', 'join-'],
  ['route', 'action', 'action'],
  ['route', '\\$default', '$default'],
  ['route', '$default', '$default'],
  ['route', '$request.body.data.room', 'room1234'],
  ['route', '$request.body.$.data.room', 'room1234'],
  ['route', "$request.body['action']", 'join'],
  ['route', '$request.body.list', '[item1, item2, {a=1}]'],
  ['route', '$request.body.list[0]', 'item1'],
  ['route', '$request.body..room', '[room1234]'],
  ['route', '$request.body.n', '1.5'],
  ['route', '$request.body.no', ''],
  ['route', '$request.body.none', ''],
  ['route', '$request.body', message],
  ['route', '$request.header.X-API-Key', 'key'],
  ['route', '$stageVariables.env', 'test'],
  // What a variable gives is not looked at again.
  ['route', '$context.error.message', '$request.path'],
  ['httpRoute', '${request.method} ${request.path}', 'POST /pets/7'],
  ['httpRoute', '$request.method $request.path', 'POST /pets/7'],
  ['apiKey', '$request.header.x-api-key', 'key'],
  ['apiKey', '${context.authorizer.usageIdentifierKey}', 'usage'],
  ['apiMapping', '$request.basepath', 'v1'],
  ['model', '$request.body.service', 'chat'],
  ['routeResponse', '$default', '$default'],
  ['requestTemplate', 'static', 'static'],
  ['integrationResponse', '${integration.response.statuscode}', '404'],
  ['integrationResponse', '$integration.response.header.Set-Cookie', 'b=2'],
  ['integrationResponse', '$integration.response.multivalueheader.Set-Cookie', 'a=1,b=2'],
  ['integrationResponse', '$integration.response.body.kind', 'oops'],
  ['responseTemplate', '${request.body.action}', 'join'],
]

const refused: readonly (readonly [place: SelectionPlace, text: string, column: number, message: string])[] =
  [
    ['route', '', 1, 'empty'],
    ['route', 'a/$nothing', 3, 'unknown variable nothing: expected request.body, request.body.{JSONPath}, '],
    ['route', '${request.body.a', 1, 'expected "}"'],
    ['route', '${request.body[}', 1, 'request.body['],
    ['route', '$request.header', 1, 'unknown variable request.header'],
    ['route', '$integration.response.statuscode', 1, 'unknown variable'],
    ['httpRoute', '$request.path', 1, 'expected $request.method $request.path: found $request.path'],
    ['apiKey', '$request.header.other', 1, 'expected $request.header.x-api-key or $context.'],
    ['apiMapping', '', 1, 'found nothing'],
    ['routeResponse', 'x', 1, 'expected $default'],
    ['integrationResponse', '$request.body.a', 1, 'unknown variable'],
  ]

describe('a selection expression', () => {
  for (const [place, text, value] of cases) {
    test(`${text} selects ${value.slice(0, 40)}`, () => {
      expect(checkSelection(text, place)).toEqual([])
      expect(compileSelection(text, place)(scope)).toBe(value)
    })
  }
  for (const [place, text, column, expected] of refused) {
    test(`${JSON.stringify(text)} is refused as ${place}`, () => {
      expect(checkSelection(text, place)).toMatchObject([
        { severity: 'error', line: 1, column, message: expect.stringContaining(expected) },
      ])
    })
  }
  test('a message that is no JSON selects nothing', () => {
    for (const body of ['', 'hello', '{"a"', '{"a":']) {
      expect(compileSelection('${request.body.action}-x', 'route')(testScope(body))).toBeUndefined()
    }
  })
  test('without a request, what it would give is empty', () => {
    const nothing = { context: () => undefined, stageVariable: () => undefined }
    expect(compileSelection('a$stageVariables.x$request.header.x', 'route')(nothing)).toBe('a')
  })
  test('any text is an expression or an ExpressionError', () => {
    const words = fc.constantFrom(
      '$',
      '{',
      '}',
      'request',
      '.',
      'body',
      '[',
      ']',
      "'",
      'x',
      '*',
      '?',
      '(',
      ':',
      '\\',
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(words).map((list) => list.join('')),
      fc.array(words).map((list) => `$request.body.${list.join('')}`),
    )
    fc.assert(
      fc.property(text, (given) => {
        try {
          const value = compileSelection(given, 'route')(scope)
          expect(typeof value).toBe('string')
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

test('a choice by key falls back to $default', () => {
  const choices = new Map([
    ['a', 1],
    ['$default', 2],
  ])
  expect(['a', 'b', undefined].map((key) => selectByKey(choices, key))).toEqual([1, 2, 2])
  expect(selectByKey(new Map([['a', 1]]), 'b')).toBeUndefined()
})

const keys: readonly (readonly [keys: readonly string[], selected: string, key: string | undefined])[] = [
  [['200', '/2\\d\\d/', '$default'], '200', '200'],
  [['200', '/2\\d\\d/', '$default'], '201', '/2\\d\\d/'],
  [['200', '/2\\d\\d/', '$default'], '2011', '$default'],
  [['/2\\d\\d/'], '404', undefined],
  [['/.*Error.*/', '$default'], 'An Error here', '/.*Error.*/'],
  [['/', '//', '$default'], '', '$default'],
]

for (const [given, selected, key] of keys) {
  test(`${selected} of ${given.join(' ')} is ${key}`, () => {
    expect(compileResponseKeys(given)(selected)).toBe(key as string)
  })
}

const identities: readonly (readonly [api: IdentityApi, texts: string[], values: string[] | undefined])[] = [
  ['HTTP', ['$request.header.Auth'], ['a,b']],
  ['HTTP', ['${request.header.Auth}', '$context.requestId'], ['a,b', 'id-1']],
  ['HTTP', ['$request.querystring.token', '$stageVariables.env'], ['t', 'test']],
  ['HTTP', ['$request.header.Auth', '$request.header.none'], undefined],
  ['HTTP', ['$request.header.empty'], undefined],
  ['HTTP', [], []],
  ['WEBSOCKET', ['route.request.header.Auth', 'route.request.querystring.token'], ['a,b', 't']],
  ['WEBSOCKET', ['$request.header.Auth', 'context.requestId'], ['a,b', 'id-1']],
  ['REST', ['method.request.header.Auth', 'stageVariables.env'], ['a,b', 'test']],
]

describe('identity sources', () => {
  for (const [api, texts, values] of identities) {
    test(`${api} ${texts.join(' ')}`, () => {
      expect(texts.flatMap((text) => checkIdentitySource(text, api))).toEqual([])
      expect(compileIdentitySources(texts, api)(scope)).toEqual(values as string[])
    })
  }
  test('a REST API has them in one text', () => {
    expect(splitIdentitySources('method.request.header.A , context.path')).toEqual([
      'method.request.header.A',
      'context.path',
    ])
  })
  for (const [api, text, column] of [
    ['HTTP', '', 1],
    ['HTTP', 'request.header.Auth', 1],
    ['HTTP', '$request.body.x', 2],
    ['HTTP', '${request.body.x}', 3],
    ['HTTP', '$request.header.Auth x', 2],
    ['WEBSOCKET', 'method.request.header.Auth', 1],
    ['REST', '$method.request.header.Auth', 1],
    ['REST', 'method.request.path.id', 1],
  ] as const) {
    test(`${JSON.stringify(text)} is refused for ${api}`, () => {
      expect(checkIdentitySource(text, api)).toMatchObject([{ severity: 'error', line: 1, column }])
    })
  }
})
