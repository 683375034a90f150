import { compileRegex, type JavaRegex } from '#languages/java-regex/compile.ts'
import { RegexSyntaxError } from '#languages/java-regex/parse.ts'

/** A pattern that cannot be used; the message says what was found and what to write instead. */
export class SelectionPatternError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SelectionPatternError'
  }
}

/** Bounds one comparison: a pattern must not be able to hold the process. */
const STEPS_MAX = 1_000_000

const META = /[\\^$.*+?()[\]{}|]/
const CONTAINED = /^\.\*([^\\^$.*+?()[\]{}|]+)\.\*$/
/** What `.` does not match in Java. */
const LINE_END = /[\n\r\u0085\u2028\u2029]/

/**
 * An integration response's `selectionPattern`: a Java regular expression that must match the whole text (the
 * backend's status, or the error message of a Lambda function).
 * Developer guide, "Set up an integration response using the API Gateway console".
 * @returns a test that throws RegexStepsError when the pattern backtracks without end
 * @throws SelectionPatternError when the pattern cannot be used
 */
export function compileSelectionPattern(pattern: string): (text: string) => boolean {
  if (!META.test(pattern)) return (text) => text === pattern
  const contained = CONTAINED.exec(pattern)?.[1]
  if (contained !== undefined) return (text) => text.includes(contained) && !LINE_END.test(text)
  let regex: JavaRegex
  try {
    regex = compileRegex(pattern)
  } catch (cause) {
    if (!(cause instanceof RegexSyntaxError)) throw cause
    throw new SelectionPatternError(cause.message, { cause })
  }
  return (text) => regex.matches(text, { left: STEPS_MAX })
}
