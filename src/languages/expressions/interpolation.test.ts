import { describe, expect, test } from 'bun:test'
import { parseInterpolation, type Piece } from './interpolation.ts'

/** Variables as `<name>`, text as it is. */
function shown(text: string): string {
  return parseInterpolation(text)
    .map((piece: Piece) => (piece.kind === 'text' ? piece.text : `<${piece.text}>`))
    .join('')
}

const cases: readonly (readonly [text: string, pieces: string])[] = [
  ['', ''],
  ['plain', 'plain'],
  ['$request.body.action', '<request.body.action>'],
  ['${request.body.action}', '<request.body.action>'],
  ['${request.body.service}/${request.body.action}', '<request.body.service>/<request.body.action>'],
  ['$request.method $request.path', '<request.method> <request.path>'],
  ['$a.b$c.d', '<a.b><c.d>'],
  ['$a.b.', '<a.b>.'],
  ['$a.b, $c-d', '<a.b>, <c-d>'],
  ['$a.b[0].c', '<a.b[0].c>'],
  ["$a.b['x y'].c/d", "<a.b['x y'].c>/d"],
  ['$a..b', '<a..b>'],
  ['$a.*', '<a.*>'],
  ['$a.claims.cognito:username', '<a.claims.cognito:username>'],
  ["${a['}'].b}", "<a['}'].b>"],
  ['\\$default', '$default'],
  ['\\$a$b', '$a<b>'],
  ['a\\b', 'a\\b'],
  ['$', '$'],
  ['5$ or $5', '5$ or $5'],
  ['$$a', '$<a>'],
]

const refused: readonly (readonly [text: string, offset: number])[] = [
  ['a ${b', 2],
  ['${}', 0],
  ["x${a['}", 1],
  ['x'.repeat(10_001), 0],
]

describe('interpolation', () => {
  for (const [text, pieces] of cases) test(`${text} is ${pieces}`, () => expect(shown(text)).toBe(pieces))
  for (const [text, offset] of refused) {
    test(`${text.slice(0, 20)} is refused`, () => {
      try {
        parseInterpolation(text)
        expect.unreachable()
      } catch (error) {
        expect(error).toMatchObject({ name: 'ExpressionError', offset })
      }
    })
  }
})
