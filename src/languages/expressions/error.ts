import type { Diagnostic } from '#base/diagnostic.ts'
import { positionOf } from '#base/position.ts'

/** An expression that cannot be read; the message says what was found and what was expected. */
export class ExpressionError extends Error {
  /** Where in the text, in UTF-16 units from 0. */
  readonly offset: number
  constructor(message: string, offset: number = 0) {
    super(message)
    this.name = 'ExpressionError'
    this.offset = offset
  }
}

/** What reading `text` finds wrong in it. @param read throws ExpressionError, or not */
export function diagnose(text: string, read: (text: string) => unknown): Diagnostic[] {
  try {
    read(text)
    return []
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return [{ severity: 'error', message: error.message, ...positionOf(text, error.offset) }]
  }
}
