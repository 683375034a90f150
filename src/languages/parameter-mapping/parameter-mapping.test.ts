import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseJson } from '#languages/json/parse.ts'
import { checkMapping, compileMapping, type MappedValue, type MappingScope } from './compile.ts'
import { MappingError, parseMapping, type MappingSide } from './expression.ts'
import { parseGatewayResponseTarget, parseRequestTarget, parseResponseTarget } from './target.ts'

const body = '{"name":"n","n":1.50,"ok":true,"none":null,"list":[1,{"a":"b"}],"odd key":"k"}'
const scope: MappingScope = {
  path: (name) => (name === 'id' ? '7' : undefined),
  query: (name) => (name === 'q' ? ['1', '2'] : undefined),
  header: (name) => (name === 'X-H' ? ['a', 'b'] : []),
  bodyText: () => ` ${body}\n`,
  bodyJson: () => parseJson(body),
  context: (name) =>
    name === 'identity.sourceIp' ? '127.0.0.1' : name.endsWith('cognito:username') ? 'ann' : undefined,
  stageVariable: (name) => (name === 'v' ? 'variable' : undefined),
}

function evaluate(text: string, side: MappingSide = 'method.request'): MappedValue {
  return compileMapping(parseMapping(text, side))(scope)
}

const request: readonly [text: string, value: MappedValue][] = [
  ["'static text'", 'static text'],
  ["''", ''],
  ["'it's'", "it's"],
  ["'context.stage'", 'context.stage'],
  ['method.request.path.id', '7'],
  ['method.request.path.none', undefined],
  ['method.request.querystring.q', '2'],
  ['method.request.multivaluequerystring.q', ['1', '2']],
  ['method.request.multivaluequerystring.none', undefined],
  ['method.request.header.X-H', 'b'],
  ['method.request.header.x-h', undefined],
  ['method.request.multivalueheader.X-H', 'a,b'],
  ['method.request.multivalueheader.none', undefined],
  ['method.request.body', body],
  ['method.request.body.name', 'n'],
  ['method.request.body.$.name', 'n'],
  ['method.request.body.n', '1.5'],
  ['method.request.body.ok', 'true'],
  ['method.request.body.none', undefined],
  ['method.request.body.missing.deep', undefined],
  ['method.request.body.list', '[1,{"a":"b"}]'],
  ['method.request.body.list[1].a', 'b'],
  ["method.request.body.['odd key']", 'k'],
  ['context.identity.sourceIp', '127.0.0.1'],
  ['context.authorizer.claims.cognito:username', 'ann'],
  ['context.none', undefined],
  ['stageVariables.v', 'variable'],
  ['stageVariables.none', undefined],
]

const refused: readonly [side: MappingSide, text: string, column?: number][] = [
  ['method.request', ''],
  ['route.request', 'route.request.path.x'],
  ['route.request', 'method.request.header.x'],
  ['method.request', "'"],
  ['method.request', "'open"],
  ['method.request', 'static'],
  ['method.request', 'method.request.cookie.x'],
  ['method.request', 'method.request.header'],
  ['method.request', 'method.request.header.', 23],
  ['method.request', 'method.request.header.a b', 23],
  ['method.request', 'method.request.body.', 21],
  ['method.request', "method.request.body['x']"],
  ['method.request', 'method.request.body.a['],
  ['method.request', 'context.', 9],
  ['method.request', 'stageVariables.a b', 16],
  ['method.request', 'integration.response.header.x'],
  ['integration.response', 'integration.response.path.x'],
  ['integration.response', 'integration.response.querystring.x'],
  ['integration.response', 'method.request.header.x'],
]

describe('a parameter mapping', () => {
  for (const [text, value] of request) {
    test(`${text} is ${JSON.stringify(value)}`, () => expect(evaluate(text)).toEqual(value))
  }
  test('of a response reads the response', () => {
    expect(evaluate('integration.response.header.X-H', 'integration.response')).toBe('b')
    expect(evaluate('integration.response.multivalueheader.X-H', 'integration.response')).toBe('a,b')
    expect(evaluate('integration.response.body.name', 'integration.response')).toBe('n')
  })
  test('of a WebSocket route reads the message', () => {
    expect(evaluate('route.request.querystring.q', 'route.request')).toBe('2')
    expect(evaluate('route.request.multivalueheader.X-H', 'route.request')).toBe('a,b')
    expect(evaluate('route.request.body.name', 'route.request')).toBe('n')
  })
  for (const [side, text, column = 1] of refused) {
    test(`${text} of ${side} is refused`, () => {
      expect(checkMapping(text, side)).toMatchObject([{ severity: 'error', line: 1, column }])
      expect(() => compileMapping(parseMapping(text, side))).toThrow(MappingError)
    })
  }
  test('any text is a mapping or a MappingError', () => {
    const words = fc.constantFrom(
      'method',
      'request',
      'header',
      'body',
      'context',
      '.',
      '$',
      "'",
      '[',
      'x',
      '*',
      '(',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((list) => list.join('')),
        ),
        (text) => {
          try {
            compileMapping(parseMapping(text, 'method.request'))(scope)
          } catch (error) {
            expect(error).toBeInstanceOf(MappingError)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('a mapping target', () => {
  test('of a request', () => {
    expect(parseRequestTarget('integration.request.header.X-A')).toEqual({ place: 'header', name: 'X-A' })
    expect(parseRequestTarget('integration.request.querystring.a.b')).toEqual({
      place: 'querystring',
      name: 'a.b',
    })
    expect(parseRequestTarget('integration.request.path.id')).toEqual({ place: 'path', name: 'id' })
  })
  test('of responses', () => {
    expect(parseResponseTarget('method.response.header.X')).toEqual({ place: 'header', name: 'X' })
    expect(parseGatewayResponseTarget('gatewayresponse.header.X')).toEqual({ place: 'header', name: 'X' })
  })
  for (const key of [
    '',
    'header.X',
    'integration.request.body.x',
    'integration.request.header.',
    'integration.request.header.a:b',
  ]) {
    test(`${JSON.stringify(key)} is refused`, () =>
      expect(() => parseRequestTarget(key)).toThrow(MappingError))
  }
})
