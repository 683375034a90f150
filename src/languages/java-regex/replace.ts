import type { JavaRegex, Match, Steps } from './compile.ts'

/** What a replacement or split may build. */
export interface Bounds {
  readonly steps: Steps
  /** Longest result, in UTF-16 units. */
  readonly textMax: number
}

/**
 * `String.replaceAll` and, with `once`, `replaceFirst`: `$1` and `${name}` are groups, `\` takes the next character
 * as it is.
 * @throws RangeError for a bad replacement or a result beyond `textMax`; RegexStepsError
 */
export function replaceRegex(
  regex: JavaRegex,
  text: string,
  replacement: string,
  once: boolean,
  { steps, textMax }: Bounds,
): string {
  let result = ''
  let from = 0
  for (const match of matchesOf(regex, text, steps)) {
    result += text.slice(from, match[0]) + expand(replacement, regex, text, match)
    from = match[1] as number
    if (result.length > textMax) throw new RangeError(`a text longer than ${textMax} characters`)
    if (once) break
  }
  if (from === 0 && result === '') return text
  result += text.slice(from)
  if (result.length > textMax) throw new RangeError(`a text longer than ${textMax} characters`)
  return result
}

/**
 * `String.split`: a limit above 0 is the most parts there are, 0 drops empty parts at the end, below 0 keeps all.
 * @throws RegexStepsError
 */
export function splitRegex(regex: JavaRegex, text: string, limit: number, steps: Steps): string[] {
  const parts: string[] = []
  let from = 0
  for (const match of matchesOf(regex, text, steps)) {
    if (limit > 0 && parts.length === limit - 1) break
    const [start = 0, end = 0] = match
    // An empty match at the beginning never makes an empty first part.
    if (end === 0) continue
    parts.push(text.slice(from, start))
    from = end
  }
  if (parts.length === 0 && from === 0) return [text]
  parts.push(text.slice(from))
  if (limit === 0) while (parts.length > 0 && parts.at(-1) === '') parts.pop()
  return parts
}

function* matchesOf(regex: JavaRegex, text: string, steps: Steps): Generator<Match> {
  let from = 0
  let previousEnd = 0
  while (from <= text.length) {
    const match = regex.find(text, from, steps, previousEnd)
    if (match === undefined) return
    yield match
    const [start = 0, end = 0] = match
    from = end > start ? end : end + 1
    previousEnd = end
  }
}

function expand(replacement: string, regex: JavaRegex, text: string, match: Match): string {
  if (!/[\\$]/.test(replacement)) return replacement
  let result = ''
  for (let at = 0; at < replacement.length; at++) {
    const char = replacement[at]
    if (char === '\\') {
      const next = replacement[++at]
      if (next === undefined) throw new RangeError('the replacement ends with "\\"')
      result += next
    } else if (char === '$') {
      const found = /^\$(?:(\d)|\{([a-zA-Z][a-zA-Z0-9]*)\})/.exec(replacement.slice(at, at + 256))
      if (found === null)
        throw new RangeError('"$" in a replacement must be followed by a group: write "\\$"')
      let group = found[1] === undefined ? regex.names.get(found[2] ?? '') : Number(found[1])
      if (group === undefined || group > regex.groups) throw new RangeError(`no group ${found[0].slice(1)}`)
      at += found[0].length - 1
      // Further digits count only while there is such a group.
      while (found[1] !== undefined && /^\d$/.test(replacement[at + 1] ?? '')) {
        const longer: number = group * 10 + Number(replacement[at + 1])
        if (longer > regex.groups) break
        group = longer
        at++
      }
      const [start = -1, end = -1] = match.slice(2 * group, 2 * group + 2)
      if (start >= 0) result += text.slice(start, end)
    } else {
      result += char
    }
  }
  return result
}
