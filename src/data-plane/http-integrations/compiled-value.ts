import { DefinitionError } from '#data-plane/route-definition.ts'
import { ExpressionError } from '#languages/expressions/error.ts'

/** What `compile` gives of an owner's text. @throws DefinitionError with the place of a mistake in it */
export function compiledValue<T>(where: string, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw new DefinitionError(error.message, where, { line: 1, column: error.offset + 1 })
  }
}
