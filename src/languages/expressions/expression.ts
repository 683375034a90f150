import { parseInterpolation, type Piece } from './interpolation.ts'
import { compileVariable, parseVariable, type Reader, type VariableRules } from './variables.ts'

/** A text with variables, ready to run. */
export interface Expression {
  /** The value when there are no variables. */
  readonly constant: string | undefined
  /** Whether a variable looks into the body of the request, or of the answer to an HTTP API's request. */
  readonly readsBody: boolean
  /**
   * Of a variable that stands alone, undefined when it has no value; in between other text, what is missing is empty.
   * Evaluated once: text that a variable gives is not looked at again.
   */
  readonly evaluate: Reader
}

/** @throws ExpressionError */
export function compileExpression(text: string, rules: VariableRules): Expression {
  const pieces = parseInterpolation(text)
  let readsBody = false
  const readers = pieces.map((piece: Piece): string | Reader => {
    if (piece.kind === 'text') return piece.text
    const variable = parseVariable(piece.text, rules, piece.offset)
    readsBody ||= variable.source === 'request.body' || variable.source === 'response.body'
    return compileVariable(variable, rules, piece.offset)
  })
  const [first = '', ...others] = readers
  if (others.length > 0) return { constant: undefined, readsBody, evaluate: concatenation(readers) }
  if (typeof first === 'string') return { constant: first, readsBody, evaluate: () => first }
  return { constant: undefined, readsBody, evaluate: first }
}

function concatenation(readers: readonly (string | Reader)[]): Reader {
  return (scope) => {
    let text = ''
    for (const piece of readers) text += typeof piece === 'string' ? piece : (piece(scope) ?? '')
    return text
  }
}
