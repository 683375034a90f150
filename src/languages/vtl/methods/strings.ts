import { compileRegex } from '#languages/java-regex/compile.ts'
import { replaceRegex, splitRegex } from '#languages/java-regex/replace.ts'
import { JsonArray } from '#languages/json/value.ts'
import { JavaArray } from '#languages/vtl/java-lists.ts'
import { JavaChar } from '#languages/vtl/java-objects.ts'
import { methodTable, type Budget, type MethodTable, type VtlValue } from '#languages/vtl/scope.ts'
import { textOf } from '#languages/vtl/text.ts'

/** Java's `String.hashCode`. */
export function hashOfText(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}

const isText = (value: VtlValue | undefined): value is string => typeof value === 'string'
const isInt = (value: VtlValue | undefined): value is number =>
  typeof value === 'number' && (value | 0) === value

/** A Java call on null throws; a call with another type finds no method. */
function textArgument(value: VtlValue | undefined): string | undefined {
  if (value === null || value === undefined) throw new Error('the argument is null')
  return isText(value) ? value : undefined
}

function slice(text: string, start: VtlValue | undefined, end: VtlValue | undefined): string | undefined {
  if (!isInt(start) || !isInt(end)) return undefined
  if (start < 0 || end > text.length || start > end) {
    throw new RangeError(`begin ${start}, end ${end}, length ${text.length}`)
  }
  return text.slice(start, end)
}

function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return text.slice(start, end)
}

function needle(value: VtlValue | undefined): string | undefined {
  return isInt(value) && value >= 0 && value <= 0x10ffff ? String.fromCodePoint(value) : textArgument(value)
}

function indexOf(text: string, value: VtlValue | undefined, from: VtlValue | undefined): number | undefined {
  const sought = isInt(from) ? needle(value) : undefined
  return sought === undefined || !isInt(from) ? undefined : text.indexOf(sought, Math.max(0, from))
}

function lastIndexOf(
  text: string,
  value: VtlValue | undefined,
  from: VtlValue | undefined,
): number | undefined {
  const sought = isInt(from) ? needle(value) : undefined
  if (sought === undefined || !isInt(from)) return undefined
  return from < 0 ? -1 : text.lastIndexOf(sought, from)
}

function replace(text: string, from: string, to: string, budget: Budget): string {
  let count = 0
  if (from === '') count = text.length + 1
  else for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + from.length)) count++
  budget.text(text.length + count * (to.length - from.length))
  return count === 0 ? text : text.replaceAll(from, () => to)
}

function regexReplace(
  text: string,
  pattern: VtlValue | undefined,
  by: VtlValue | undefined,
  once: boolean,
  budget: Budget,
) {
  const source = textArgument(pattern)
  const replacement = textArgument(by)
  if (source === undefined || replacement === undefined) return undefined
  const bounds = { steps: budget.regexSteps, textMax: budget.textMax }
  return replaceRegex(compileRegex(source), text, replacement, once, bounds)
}

function split(text: string, pattern: VtlValue | undefined, limit: VtlValue | undefined, budget: Budget) {
  const source = textArgument(pattern)
  if (source === undefined || !isInt(limit)) return undefined
  const parts = splitRegex(compileRegex(source), text, limit, budget.regexSteps)
  budget.work(parts.length)
  return new JavaArray(parts)
}

/** `java.lang.String`. Java matches `char` parameters too; templates have no characters, only strings. */
export const stringMethods: MethodTable = methodTable<string>({
  'length/0': (text) => text.length,
  'isEmpty/0': (text) => text === '',
  'isBlank/0': (text) => text.trim() === '',
  'toString/0': (text) => text,
  'intern/0': (text) => text,
  'trim/0': (text) => trim(text),
  'strip/0': (text) => text.trim(),
  'stripLeading/0': (text) => text.trimStart(),
  'stripTrailing/0': (text) => text.trimEnd(),
  'toUpperCase/0': (text) => text.toUpperCase(),
  'toLowerCase/0': (text) => text.toLowerCase(),
  'hashCode/0': (text) => hashOfText(text),
  'contains/1': (text, [other]) => {
    const sought = textArgument(other)
    return sought === undefined ? undefined : text.includes(sought)
  },
  'startsWith/1': (text, [other]) => {
    const sought = textArgument(other)
    return sought === undefined ? undefined : text.startsWith(sought)
  },
  'startsWith/2': (text, [other, from]) => {
    const sought = isInt(from) ? textArgument(other) : undefined
    if (sought === undefined || !isInt(from)) return undefined
    return from >= 0 && from <= text.length && text.startsWith(sought, from)
  },
  'endsWith/1': (text, [other]) => {
    const sought = textArgument(other)
    return sought === undefined ? undefined : text.endsWith(sought)
  },
  'equals/1': (text, [other]) => text === other,
  'contentEquals/1': (text, [other]) => {
    const sought = textArgument(other)
    return sought === undefined ? undefined : text === sought
  },
  'equalsIgnoreCase/1': (text, [other]) => {
    if (other === null) return false
    return isText(other) ? text.toUpperCase().toLowerCase() === other.toUpperCase().toLowerCase() : undefined
  },
  'compareTo/1': (text, [other]) => {
    const sought = textArgument(other)
    if (sought === undefined) throw new Error('the argument is of another class')
    return compareText(text, sought)
  },
  'compareToIgnoreCase/1': (text, [other]) => {
    const sought = textArgument(other)
    return sought === undefined ? undefined : compareText(text.toLowerCase(), sought.toLowerCase())
  },
  'indexOf/1': (text, [sought]) => indexOf(text, sought, 0),
  'indexOf/2': (text, [sought, from]) => indexOf(text, sought, from),
  'lastIndexOf/1': (text, [sought]) => lastIndexOf(text, sought, text.length),
  'lastIndexOf/2': (text, [sought, from]) => lastIndexOf(text, sought, from),
  'charAt/1': (text, [at]) => (isInt(at) ? new JavaChar(slice(text, at, at + 1) as string) : undefined),
  'codePointAt/1': (text, [at]) => {
    if (!isInt(at)) return undefined
    slice(text, at, at + 1)
    return text.codePointAt(at) ?? null
  },
  'substring/1': (text, [start]) => slice(text, start, text.length),
  'substring/2': (text, [start, end]) => slice(text, start, end),
  'subSequence/2': (text, [start, end]) => slice(text, start, end),
  'concat/1': (text, [other], budget) => {
    const tail = textArgument(other)
    if (tail === undefined) return undefined
    budget.text(text.length + tail.length)
    return text + tail
  },
  'repeat/1': (text, [count], budget) => {
    if (!isInt(count)) return undefined
    if (count < 0) throw new RangeError(`count is negative: ${count}`)
    budget.text(text.length * count)
    return text.repeat(count)
  },
  'replace/2': (text, [from, to], budget) => {
    const sought = textArgument(from)
    const replacement = textArgument(to)
    return sought === undefined || replacement === undefined
      ? undefined
      : replace(text, sought, replacement, budget)
  },
  'replaceAll/2': (text, [pattern, by], budget) => regexReplace(text, pattern, by, false, budget),
  'replaceFirst/2': (text, [pattern, by], budget) => regexReplace(text, pattern, by, true, budget),
  'matches/1': (text, [pattern], budget) => {
    const source = textArgument(pattern)
    return source === undefined ? undefined : compileRegex(source).matches(text, budget.regexSteps)
  },
  'split/1': (text, [pattern], budget) => split(text, pattern, 0, budget),
  'split/2': (text, [pattern, limit], budget) => split(text, pattern, limit, budget),
  'toCharArray/0': (text, _, budget) => {
    budget.work(text.length)
    return new JavaArray(
      text.split('').map((char) => new JavaChar(char)),
      '[C',
    )
  },
  'getBytes/0': (text, _, budget) => {
    budget.work(text.length)
    // Java's bytes are signed.
    return new JavaArray([...new Int8Array(new TextEncoder().encode(text).buffer)], '[B')
  },
  // Static methods, which Java lets a template call on any string.
  'join/2': (_, [by, parts], budget) => {
    const separator = textArgument(by)
    if (separator === undefined) return undefined
    if (isText(parts)) return parts
    if (!(parts instanceof JsonArray)) return undefined
    let joined = ''
    for (const [at, part] of parts.items.entries()) {
      if (part !== null && typeof part !== 'string') throw new Error('a part is not a text')
      joined += `${at > 0 ? separator : ''}${part ?? 'null'}`
      if (joined.length > budget.textMax) budget.text(joined.length)
    }
    budget.work(parts.items.length)
    return joined
  },
  'valueOf/1': (_, [value = null], budget) => textOf(value, budget.textMax),
})

function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at++) {
    const difference = left.charCodeAt(at) - right.charCodeAt(at)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
