import { javaRegex } from './java-regex.ts'

/** Longer texts are judged by their beginning: a pattern must not be able to hold the process for long. */
const TEXT_CHARS_MAX = 65_536

const META = /[\\^$.*+?()[\]{}|]/

/**
 * An integration response's `selectionPattern`: a Java regular expression that must match the whole text (the
 * backend's status, or the error message of a Lambda function).
 * Developer guide, "Set up an integration response using the API Gateway console".
 * @throws SelectionPatternError when the pattern cannot be used
 */
export function compileSelectionPattern(pattern: string): (text: string) => boolean {
  if (!META.test(pattern)) return (text) => text === pattern
  const contained = /^\.\*([^\\^$.*+?()[\]{}|]+)\.\*$/.exec(pattern)?.[1]
  if (contained !== undefined) return (text) => !LINE_END.test(text) && text.includes(contained)
  const regex = javaRegex(pattern)
  return (text) => regex.test(text.length > TEXT_CHARS_MAX ? text.slice(0, TEXT_CHARS_MAX) : text)
}

/** What `.` does not match in Java. */
const LINE_END = /[\n\r\u0085\u2028\u2029]/
