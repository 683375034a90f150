import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ExpressionError } from '#languages/expressions/error.ts'
import { testScope } from '#languages/expressions/scope.fixture.ts'
import { httpBodyBytesMax, TextBody } from '#languages/expressions/text-body.ts'
import { checkHttpMappings, compileHttpMappings, compileHttpValue, type HttpEdits } from './http-mapping.ts'
import type { HttpSide } from './http-target.ts'

const scope = testScope('{"name":"n","list":[1,{"a":"b"}],"n":1.50,"no":null}', '{"code":"E1"}')

/** The edits that mappings make: `append header X=v`. */
function edits(mappings: Readonly<Record<string, string>>, side: HttpSide): string[] {
  const made: string[] = []
  const record =
    (action: string) =>
    (place: string, name: string, value?: string): void =>
      void made.push(`${action} ${place} ${name}${value === undefined ? '' : `=${value}`}`)
  const into: HttpEdits = {
    append: record('append'),
    overwrite: record('overwrite'),
    remove: record('remove'),
  }
  compileHttpMappings(mappings, side).apply(scope, into)
  return made
}

const cases: readonly (readonly [side: HttpSide, key: string, value: string, edit: string | undefined])[] = [
  ['request', 'append:header.header1', '$context.requestId', 'append header header1=id-1'],
  ['request', 'overwrite:header.X', '$request.header.Auth', 'overwrite header X=a,b'],
  ['request', 'overwrite:header.X', '$request.header.none', undefined],
  ['request', 'overwrite:header.X', 'v-${request.header.none}', 'overwrite header X=v-'],
  ['request', 'remove:header.header1', "''", 'remove header header1'],
  ['request', 'append:querystring.id', '$request.path.petId', 'append querystring id=7'],
  ['request', 'append:querystring.a.b', 'static text', 'append querystring a.b=static text'],
  ['request', 'remove:querystring.q', '', 'remove querystring q'],
  ['request', 'overwrite:path', '$request.path', 'overwrite path =/pets/7'],
  ['request', 'overwrite:path', '/v2${request.path}', 'overwrite path =/v2/pets/7'],
  ['request', 'overwrite:path', 'pets/${request.path.petId}', 'overwrite path =/pets/7'],
  ['request', 'append:header.q', '$request.querystring.q', 'append header q=1,2'],
  ['request', 'append:header.b', '$request.body.name', 'append header b=n'],
  ['request', 'append:header.b', '$request.body.list[1].a', 'append header b=b'],
  ['request', 'append:header.b', '$request.body.list', 'append header b=[1,{"a":"b"}]'],
  ['request', 'append:header.b', '$request.body.n', 'append header b=1.5'],
  ['request', 'append:header.b', '$request.body.no', undefined],
  ['request', 'append:header.b', '$request.body.none.deep', undefined],
  ['request', 'append:header.u', '$context.authorizer.claims.cognito:username', 'append header u=ann'],
  ['request', 'append:header.e', '$stageVariables.env', 'append header e=test'],
  [
    'request',
    'append:header.price',
    '$5 or \\$context.requestId',
    'append header price=$5 or $context.requestId',
  ],
  ['response', 'append:header.error', '$stageVariables.env', 'append header error=test'],
  ['response', 'overwrite:statuscode', '403', 'overwrite statuscode =403'],
  ['response', 'overwrite:statuscode', '$response.body.code', undefined],
  ['response', 'append:header.cookies', '$response.header.Set-Cookie', 'append header cookies=a=1,b=2'],
  ['response', 'append:header.code', '${response.body.code}!', 'append header code=E1!'],
  ['response', 'append:header.whole', '$response.body', 'append header whole={"code":"E1"}'],
]

const refused: readonly (readonly [
  side: HttpSide,
  key: string,
  value: string,
  column: number,
  message: string,
])[] = [
  ['request', '', 'x', 1, 'expected append|overwrite|remove:header.{name} or '],
  ['request', 'header.x', 'x', 1, 'invalid mapping key "header.x"'],
  ['request', 'replace:header.x', 'x', 1, 'invalid mapping key'],
  ['request', 'append:path', 'x', 1, 'overwrite:path'],
  ['request', 'overwrite:path.', 'x', 1, 'overwrite:path'],
  ['request', 'overwrite:path.x', 'x', 1, 'overwrite:path'],
  ['request', 'overwrite:statuscode', '200', 1, 'invalid mapping key'],
  ['request', 'append:header', 'x', 1, 'invalid mapping key'],
  ['request', 'append:header.a b', 'x', 1, 'invalid mapping key'],
  ['request', 'append:constructor.x', 'x', 1, 'invalid mapping key'],
  [
    'response',
    'append:querystring.q',
    'x',
    1,
    'append|overwrite|remove:header.{name} or overwrite:statuscode',
  ],
  [
    'request',
    'append:header.x',
    '$request.nothing',
    1,
    'unknown variable request.nothing: expected request.header.',
  ],
  ['request', 'append:header.x', 'a ${response.header.x}', 3, 'unknown variable response.header.x'],
  ['request', 'append:header.x', '$request.body..name', 1, '".." is not supported'],
  ['request', 'append:header.x', '${request.body.a[?(@.b)]}', 1, 'filters are not supported'],
  ['request', 'append:header.x', '${request.path', 1, 'expected "}"'],
  ['response', 'append:header.x', '$request.header.x', 1, 'unknown variable'],
  ['response', 'overwrite:statuscode', '99', 1, 'from 200 to 599: found "99"'],
  ...['Access-Control-Allow-Origin', 'apigw-x', 'authorization', 'Via', 'X-Amz-Date', 'x-amzn-x', 'TE'].map(
    (name) =>
      ['request', `remove:header.${name}`, '', 15, `operations on header ${name} are restricted`] as const,
  ),
]

describe('a parameter mapping of an HTTP API', () => {
  for (const [side, key, value, edit] of cases) {
    test(`${side} ${key} ${value}`, () => {
      expect(checkHttpMappings({ [key]: value }, side)).toEqual([])
      expect(edits({ [key]: value }, side)).toEqual(edit === undefined ? [] : [edit])
    })
  }
  for (const [side, key, value, column, message] of refused) {
    test(`${side} ${key} ${value} is refused`, () => {
      expect(() => compileHttpMappings({ [key]: value }, side)).toThrow(ExpressionError)
      expect(checkHttpMappings({ [key]: value }, side)).toMatchObject([
        { severity: 'error', where: key, line: 1, column, message: expect.stringContaining(message) },
      ])
    })
  }
  test('says whether it looks into the body', () => {
    const readsBody = (value: string, side: HttpSide): boolean =>
      compileHttpMappings({ 'append:header.x': value }, side).readsBody
    expect(readsBody('a ${request.body.b}', 'request')).toBe(true)
    expect(readsBody('$response.body', 'response')).toBe(true)
    expect(readsBody('$request.path', 'request')).toBe(false)
    expect(compileHttpMappings({ 'remove:header.x': '$request.body' }, 'request').readsBody).toBe(false)
  })
  test('several run in their order', () => {
    const renamed = { 'append:header.header2': '$request.header.auth', 'remove:header.auth': "''" }
    expect(edits(renamed, 'request')).toEqual(['append header header2=a,b', 'remove header auth'])
  })
  test('a JSONPath looks at the first 100 KB of the body', () => {
    const long = `{"a":"${'x'.repeat(httpBodyBytesMax)}"}`
    const request = { ...testScope('').request, body: new TextBody(() => long, httpBodyBytesMax) }
    const given = { ...scope, request } as typeof scope
    expect(compileHttpValue('$request.body.a', 'request').evaluate(given)).toBeUndefined()
    expect(compileHttpValue('$request.body', 'request').evaluate(given)).toBe(long)
  })
  test('any text is a mapping or an ExpressionError', () => {
    const words = [
      'append',
      'overwrite',
      ':',
      'header',
      'path',
      '.',
      '$',
      '{',
      '}',
      'request',
      'body',
      'x',
      '[',
      '*',
    ]
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words)).map((list) => list.join('')),
    )
    fc.assert(
      fc.property(fc.oneof(text, fc.constant('append:header.x')), text, (key, value) => {
        try {
          edits({ [key]: value }, 'request')
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
