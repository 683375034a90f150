/** Whether a code point belongs to a set. */
export type CharSet = (codePoint: number) => boolean

const between =
  (from: number, to: number): CharSet =>
  (code) =>
    code >= from && code <= to

export const anyOf = (sets: readonly CharSet[]): CharSet => {
  const [first, second] = sets
  if (first !== undefined && sets.length === 1) return first
  if (first !== undefined && second !== undefined && sets.length === 2)
    return (code) => first(code) || second(code)
  return (code) => sets.some((set) => set(code))
}

export const bothOf =
  (left: CharSet, right: CharSet): CharSet =>
  (code) =>
    left(code) && right(code)
export const not =
  (set: CharSet): CharSet =>
  (code) =>
    !set(code)
export const range: (from: number, to: number) => CharSet = between
export const one =
  (codePoint: number): CharSet =>
  (code) =>
    code === codePoint

const lower = between(0x61, 0x7a)
const upper = between(0x41, 0x5a)
const alpha = anyOf([lower, upper])
const digit = between(0x30, 0x39)
const alnum = anyOf([alpha, digit])
const graph = between(0x21, 0x7e)
const listed = (chars: string): CharSet => {
  const codes = new Set(Array.from(chars, (char) => char.charCodeAt(0)))
  return (code) => codes.has(code)
}

export const isWordChar: CharSet = anyOf([alnum, one(0x5f)])
export const isLineEnd: CharSet = listed('\n\r\u0085\u2028\u2029')
const horizontal = anyOf([listed(' \t\u00a0\u1680\u180e\u202f\u205f\u3000'), between(0x2000, 0x200a)])
const vertical = listed('\n\u000b\f\r\u0085\u2028\u2029')
const space = listed(' \t\n\u000b\f\r')

/** `\d`, `\w`, … and their complements, by letter. */
export const escapedSets: ReadonlyMap<string, CharSet> = new Map([
  ['d', digit],
  ['D', not(digit)],
  ['w', isWordChar],
  ['W', not(isWordChar)],
  ['s', space],
  ['S', not(space)],
  ['h', horizontal],
  ['H', not(horizontal)],
  ['v', vertical],
  ['V', not(vertical)],
])

/** `\p{Alpha}` and its kind, ASCII only. */
export const posixSets: ReadonlyMap<string, CharSet> = new Map([
  ['Lower', lower],
  ['Upper', upper],
  ['ASCII', between(0, 0x7f)],
  ['Alpha', alpha],
  ['Digit', digit],
  ['Alnum', alnum],
  ['Punct', bothOf(graph, not(alnum))],
  ['Graph', graph],
  ['Print', between(0x20, 0x7e)],
  ['Blank', listed(' \t')],
  ['Cntrl', anyOf([between(0, 0x1f), one(0x7f)])],
  ['XDigit', anyOf([digit, between(0x61, 0x66), between(0x41, 0x46)])],
  ['Space', space],
])
