import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { MappingScope } from '#languages/parameter-mapping/compile.ts'
import { checkGatewayTemplate, compileGatewayTemplate } from './template.ts'

const values: Readonly<Record<string, string>> = {
  'error.message': 'no "pet"',
  'error.messageString': '"no \\"pet\\""',
  'authorizer.claims.cognito:username': 'ann',
}
const scope: MappingScope = {
  path: (name) => (name === 'id' ? '7' : undefined),
  query: (name) => (name === 'q' ? ['1', '2'] : undefined),
  header: (name) => (name === 'X-H' ? ['a', 'b'] : []),
  bodyText: () => 'body',
  bodyJson: () => undefined,
  context: (name) => (Object.hasOwn(values, name) ? values[name] : undefined),
  stageVariable: (name) => (name === 'v' ? '$context.error.message' : undefined),
}

const cases: readonly (readonly [template: string, body: string])[] = [
  ['', ''],
  ['{"message":$context.error.messageString}', '{"message":"no \\"pet\\""}'],
  ['{"message":"$context.error.message"}', '{"message":"no "pet""}'],
  ['$context.authorizer.claims.cognito:username.', 'ann.'],
  ['<$context.none>', '<>'],
  ['$method.request.path.id $method.request.querystring.q $method.request.header.X-H', '7 2 b'],
  ['method.request.path.id', '7'],
  ['$method.request.multivalueheader.X-H $method.request.multivaluequerystring.q', 'a,b 1,2'],
  // Once, and no Velocity.
  ['$stageVariables.v', '$context.error.message'],
  [
    '#set($x = 1)$x ${context.error.message} $input.body',
    '#set($x = 1)$x ${context.error.message} $input.body',
  ],
]

describe('a gateway response template', () => {
  for (const [template, body] of cases) {
    test(template, () => expect(compileGatewayTemplate(template)(scope)).toBe(body))
  }
  test('what looks like Velocity is told, with its place', () => {
    expect(checkGatewayTemplate('{"a":$context.stage,\n#if($x) ${context.y}#end\n$util.x')).toMatchObject([
      {
        severity: 'warning',
        line: 2,
        column: 1,
        message: expect.stringContaining('#if is written as it is'),
      },
      { line: 2, column: 9, message: expect.stringContaining('${context ') },
      { line: 2, column: 21 },
      { line: 3, column: 1, message: expect.stringContaining('$util ') },
    ])
    expect(checkGatewayTemplate('$context.stage $method.request.header.X #1')).toEqual([])
  })
  test('no text fails', () => {
    const words = fc.constantFrom(
      '$',
      'context.',
      'stageVariables.',
      'method.request.',
      'header.',
      'x',
      '{',
      '#if',
      '.',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((list) => list.join('')),
        ),
        (text) => {
          compileGatewayTemplate(text)(scope)
          checkGatewayTemplate(text)
        },
      ),
    )
  })
})
