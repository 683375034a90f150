/** A pattern that cannot be used; the message says what was found and what to write instead. */
export class SelectionPatternError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SelectionPatternError'
  }
}

const HORIZONTAL_SPACE = ' \\t\\xA0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000'

/** Java's escapes that JavaScript lacks, as they are written inside a character class. */
const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  h: HORIZONTAL_SPACE,
  e: '\\x1b',
  a: '\\x07',
}

/** Java's escapes that JavaScript lacks, outside of a class. */
const ESCAPES: Readonly<Record<string, string>> = {
  h: `[${HORIZONTAL_SPACE}]`,
  H: `[^${HORIZONTAL_SPACE}]`,
  R: '(?:\\r\\n|[\\n\\x0b\\f\\r\\x85\\u2028\\u2029])',
  e: '\\x1b',
  a: '\\x07',
  A: '^',
  Z: '$',
  z: '$',
}

/** POSIX classes (US-ASCII), as members of a character class. */
const POSIX: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: '\\s',
}

/**
 * A `java.util.regex` pattern as a JavaScript one that matches the entire text, as `Matcher.matches()` does.
 * @throws SelectionPatternError for what has no counterpart (possessive quantifiers, class intersection, …)
 */
export function javaRegex(pattern: string): RegExp {
  let flags = ''
  let source = pattern
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(pattern)
  if (leading !== null) {
    for (const flag of leading[1] as string) {
      if (!'ismu'.includes(flag)) {
        throw new SelectionPatternError(`flag (?${flag}) is not supported; use (?i), (?s), (?m) or (?u)`)
      }
      if (flag !== 'u' && !flags.includes(flag)) flags += flag
    }
    source = pattern.slice(leading[0].length)
  }
  try {
    return new RegExp(`^(?:${translate(source)})$`, flags.replace('m', ''))
  } catch (cause) {
    if (cause instanceof SelectionPatternError) throw cause
    throw new SelectionPatternError(`not a regular expression: ${(cause as Error).message}`)
  }
}

function translate(source: string): string {
  let out = ''
  let inClass = false
  /** Whether what came just before repeats something: a further `+` is then possessive. */
  let afterQuantifier = false
  for (let i = 0; i < source.length; i++) {
    const c = source[i] as string
    const next = source[i + 1]
    const possessive = afterQuantifier && c === '+'
    afterQuantifier = !inClass && '*+?}'.includes(c)
    if (possessive)
      throw new SelectionPatternError(`possessive quantifier ${source[i - 1]}+ is not supported`)
    if (c === '\\') {
      if (next === undefined) throw new SelectionPatternError('a backslash at the end escapes nothing')
      if (next === 'Q') {
        const end = source.indexOf('\\E', i + 2)
        out += source.slice(i + 2, end === -1 ? undefined : end).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
        i = end === -1 ? source.length : end + 1
        continue
      }
      if (next === 'p' || next === 'P') {
        const name = /^\{(?:Is)?(\w+)\}/.exec(source.slice(i + 2))
        const members = name === null ? undefined : POSIX[name[1] as string]
        if (name === null || members === undefined || (inClass && next === 'P')) {
          throw new SelectionPatternError(
            `\\${next}${name?.[0] ?? ''} is not supported; known: ${Object.keys(POSIX).join(', ')}`,
          )
        }
        out += inClass ? members : `[${next === 'P' ? '^' : ''}${members}]`
        i += 1 + name[0].length
        continue
      }
      out += (inClass ? CLASS_ESCAPES : ESCAPES)[next] ?? `\\${next}`
      i++
      continue
    }
    if (inClass) {
      if (c === '&' && next === '&') throw new SelectionPatternError('class intersection && is not supported')
      if (c === '[')
        throw new SelectionPatternError('a class within a class is not supported; escape it as \\[')
      if (c === ']') inClass = false
      out += c
      continue
    }
    if (c === '[') {
      inClass = true
      out += c
      // Java takes a bracket right after the opening one as a member; JavaScript must see it escaped.
      if (source[i + 1] === '^') {
        out += '^'
        i++
      }
      if (source[i + 1] === ']') {
        out += '\\]'
        i++
      }
      continue
    }
    if (c === '(' && source.startsWith('(?>', i)) {
      throw new SelectionPatternError('atomic groups (?>…) are not supported')
    }
    out += c
  }
  return out
}
