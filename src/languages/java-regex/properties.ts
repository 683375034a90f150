import { not, posixSets, range, type CharSet } from './char-set.ts'

/** What `\p{name}` means under the flags around it. */
export interface PropertyFlags {
  readonly ignoreCase: boolean
  /** `(?U)`: POSIX classes know all of Unicode. */
  readonly unicodeClasses: boolean
}

/** `\p{name}` as java.util.regex.Pattern has it; undefined for what is not known. */
export function namedSet(name: string, flags: PropertyFlags): CharSet | undefined {
  const [, key, value] = /^(\w+)=(.+)$/.exec(name) ?? []
  if (key !== undefined && value !== undefined) {
    const kind = KEYS.get(key.toLowerCase())
    if (kind === 'block') return blockSet(value)
    return kind === 'script' ? scriptSet(value) : kind === 'category' ? categorySet(value, flags) : undefined
  }
  if (name.startsWith('Is')) {
    const plain = name.slice(2)
    const property = unicodeSource(plain.toUpperCase(), flags)
    return property === undefined ? (categorySet(plain, flags) ?? scriptSet(plain)) : setOf(property)
  }
  if (name.startsWith('In')) return blockSet(name.slice(2))
  if (flags.unicodeClasses && posixSets.has(name))
    return setOf(unicodeSource(name.toUpperCase(), flags) ?? '')
  if (flags.ignoreCase && CASED.test(name)) return setOf(ANY_CASE)
  const java = JAVA.get(name)
  if (java !== undefined) return setOf(java)
  return posixSets.get(name) ?? categorySet(name, flags)
}

const KEYS: ReadonlyMap<string, 'block' | 'script' | 'category'> = new Map([
  ['sc', 'script'],
  ['script', 'script'],
  ['blk', 'block'],
  ['block', 'block'],
  ['gc', 'category'],
  ['general_category', 'category'],
])

/** Without regard to case these all mean any letter that has one. */
const CASED = /^(?:Lower|Upper|javaLowerCase|javaUpperCase|javaTitleCase)$/
const ANY_CASE = '\\p{Lowercase}\\p{Uppercase}\\p{Lt}'

/** As the inside of a JavaScript class. */
function unicodeSource(name: string, { ignoreCase }: PropertyFlags): string | undefined {
  if (ignoreCase && /^(?:LOWER|UPPER|TITLE)(?:CASE)?$/.test(name)) return ANY_CASE
  return UNICODE.get(name)
}

const UNICODE: ReadonlyMap<string, string> = new Map([
  ['ALPHABETIC', '\\p{Alphabetic}'],
  ['ALPHA', '\\p{Alphabetic}'],
  ['LETTER', '\\p{L}'],
  ['IDEOGRAPHIC', '\\p{Ideographic}'],
  ['LOWERCASE', '\\p{Lowercase}'],
  ['LOWER', '\\p{Lowercase}'],
  ['UPPERCASE', '\\p{Uppercase}'],
  ['UPPER', '\\p{Uppercase}'],
  ['TITLECASE', '\\p{Lt}'],
  ['WHITE_SPACE', '\\p{White_Space}'],
  ['WHITESPACE', '\\p{White_Space}'],
  ['SPACE', '\\p{White_Space}'],
  ['CONTROL', '\\p{Cc}'],
  ['CNTRL', '\\p{Cc}'],
  ['PUNCTUATION', '\\p{P}'],
  ['PUNCT', '\\p{P}'],
  ['HEX_DIGIT', '\\p{Nd}\\p{Hex_Digit}'],
  ['HEXDIGIT', '\\p{Nd}\\p{Hex_Digit}'],
  ['XDIGIT', '\\p{Nd}\\p{Hex_Digit}'],
  ['ASSIGNED', '\\P{Cn}'],
  ['NONCHARACTER_CODE_POINT', '\\p{Noncharacter_Code_Point}'],
  ['NONCHARACTERCODEPOINT', '\\p{Noncharacter_Code_Point}'],
  ['DIGIT', '\\p{Nd}'],
  ['ALNUM', '\\p{Alphabetic}\\p{Nd}'],
  ['BLANK', '\\p{Zs}\\t'],
  ['GRAPH', '[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}]'],
  ['PRINT', '[[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}]\\p{Zs}]'],
  ['WORD', '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}'],
  ['JOIN_CONTROL', '\\p{Join_Control}'],
  ['JOINCONTROL', '\\p{Join_Control}'],
  ['ASCII', '\\0-\\x7f'],
])

const JAVA: ReadonlyMap<string, string> = new Map([
  ['javaLowerCase', '\\p{Lowercase}'],
  ['javaUpperCase', '\\p{Uppercase}'],
  ['javaTitleCase', '\\p{Lt}'],
  ['javaAlphabetic', '\\p{Alphabetic}'],
  ['javaIdeographic', '\\p{Ideographic}'],
  ['javaDigit', '\\p{Nd}'],
  ['javaDefined', '\\P{Cn}'],
  ['javaLetter', '\\p{L}'],
  ['javaLetterOrDigit', '\\p{L}\\p{Nd}'],
  ['javaJavaIdentifierStart', '\\p{L}\\p{Nl}\\p{Sc}\\p{Pc}'],
  [
    'javaJavaIdentifierPart',
    '\\p{L}\\p{Nl}\\p{Sc}\\p{Pc}\\p{Nd}\\p{Mc}\\p{Mn}\\p{Cf}\\0-\\x08\\x0e-\\x1b\\x7f-\\x9f',
  ],
  ['javaSpaceChar', '\\p{Z}'],
  ['javaWhitespace', '[[\\p{Z}\\t-\\r\\x1c-\\x1f]--[\\xa0\\u2007\\u202f]]'],
  ['javaISOControl', '\\p{Cc}'],
  ['javaMirrored', '\\p{Bidi_Mirrored}'],
])

const CATEGORY = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfson]?)$/
const OTHER_CATEGORIES: ReadonlyMap<string, string> = new Map([
  ['LC', '\\p{Lu}\\p{Ll}\\p{Lt}'],
  ['LD', '\\p{L}\\p{Nd}'],
  ['L1', '\\0-\\xff'],
  ['all', '\\0-\\u{10ffff}'],
])

function categorySet(name: string, { ignoreCase }: PropertyFlags): CharSet | undefined {
  if (ignoreCase && /^L[ult]$/.test(name)) return setOf('\\p{Lu}\\p{Ll}\\p{Lt}')
  const other = OTHER_CATEGORIES.get(name)
  if (other !== undefined) return setOf(other)
  return CATEGORY.test(name) ? setOf(`\\p{${name}}`) : undefined
}

/** Scripts by any spelling of their names. */
const SCRIPTS: ReadonlyMap<string, string> = new Map(
  [
    ['Arabic', 'Arab'],
    ['Armenian', 'Armn'],
    ['Bengali', 'Beng'],
    ['Bopomofo', 'Bopo'],
    ['Cherokee', 'Cher'],
    ['Common', 'Zyyy'],
    ['Cyrillic', 'Cyrl'],
    ['Devanagari', 'Deva'],
    ['Ethiopic', 'Ethi'],
    ['Georgian', 'Geor'],
    ['Greek', 'Grek'],
    ['Gujarati', 'Gujr'],
    ['Gurmukhi', 'Guru'],
    ['Han', 'Hani'],
    ['Hangul', 'Hang'],
    ['Hebrew', 'Hebr'],
    ['Hiragana', 'Hira'],
    ['Inherited', 'Zinh'],
    ['Kannada', 'Knda'],
    ['Katakana', 'Kana'],
    ['Khmer', 'Khmr'],
    ['Lao', 'Laoo'],
    ['Latin', 'Latn'],
    ['Malayalam', 'Mlym'],
    ['Mongolian', 'Mong'],
    ['Myanmar', 'Mymr'],
    ['Oriya', 'Orya'],
    ['Sinhala', 'Sinh'],
    ['Syriac', 'Syrc'],
    ['Tamil', 'Taml'],
    ['Telugu', 'Telu'],
    ['Thaana', 'Thaa'],
    ['Thai', 'Thai'],
    ['Tibetan', 'Tibt'],
    ['Yi', 'Yiii'],
  ].flatMap(([name = '', code = '']) => [
    [name.toLowerCase(), name],
    [code.toLowerCase(), name],
  ]),
)

function scriptSet(name: string): CharSet | undefined {
  const script = SCRIPTS.get(name.toLowerCase())
  return script === undefined ? undefined : setOf(`\\p{Script=${script}}`)
}

/** First and last code point of the blocks that patterns name. */
const BLOCKS: ReadonlyMap<string, readonly [from: number, to: number]> = new Map([
  ['basiclatin', [0, 0x7f]],
  ['latin1supplement', [0x80, 0xff]],
  ['latinextendeda', [0x100, 0x17f]],
  ['latinextendedb', [0x180, 0x24f]],
  ['ipaextensions', [0x250, 0x2af]],
  ['spacingmodifierletters', [0x2b0, 0x2ff]],
  ['combiningdiacriticalmarks', [0x300, 0x36f]],
  ['greek', [0x370, 0x3ff]],
  ['greekandcoptic', [0x370, 0x3ff]],
  ['cyrillic', [0x400, 0x4ff]],
  ['armenian', [0x530, 0x58f]],
  ['hebrew', [0x590, 0x5ff]],
  ['arabic', [0x600, 0x6ff]],
  ['devanagari', [0x900, 0x97f]],
  ['bengali', [0x980, 0x9ff]],
  ['thai', [0xe00, 0xe7f]],
  ['hanguljamo', [0x1100, 0x11ff]],
  ['latinextendedadditional', [0x1e00, 0x1eff]],
  ['generalpunctuation', [0x2000, 0x206f]],
  ['superscriptsandsubscripts', [0x2070, 0x209f]],
  ['currencysymbols', [0x20a0, 0x20cf]],
  ['letterlikesymbols', [0x2100, 0x214f]],
  ['numberforms', [0x2150, 0x218f]],
  ['arrows', [0x2190, 0x21ff]],
  ['mathematicaloperators', [0x2200, 0x22ff]],
  ['boxdrawing', [0x2500, 0x257f]],
  ['miscellaneoussymbols', [0x2600, 0x26ff]],
  ['dingbats', [0x2700, 0x27bf]],
  ['cjksymbolsandpunctuation', [0x3000, 0x303f]],
  ['hiragana', [0x3040, 0x309f]],
  ['katakana', [0x30a0, 0x30ff]],
  ['cjkunifiedideographs', [0x4e00, 0x9fff]],
  ['hangulsyllables', [0xac00, 0xd7af]],
  ['privateusearea', [0xe000, 0xf8ff]],
  ['halfwidthandfullwidthforms', [0xff00, 0xffef]],
  ['emoticons', [0x1f600, 0x1f64f]],
])

function blockSet(name: string): CharSet | undefined {
  const block = BLOCKS.get(name.toLowerCase().replace(/[-_ ]/g, ''))
  return block === undefined ? undefined : range(block[0], block[1])
}

const sets = new Map<string, CharSet>()

/** By the inside of a JavaScript class: one of the tables above, never an owner's text. */
function setOf(source: string): CharSet {
  let set = sets.get(source)
  if (set === undefined) {
    // One character at a time: nothing in it can backtrack.
    const pattern = new RegExp(`[${source}]`, 'v')
    set = (code) => pattern.test(String.fromCodePoint(code))
    sets.set(source, set)
  }
  return set
}

/** What `\d`, `\w` and `\s` mean under `(?U)`. */
export const unicodeEscapes: ReadonlyMap<string, CharSet> = new Map(
  (
    [
      ['d', 'DIGIT'],
      ['w', 'WORD'],
      ['s', 'WHITE_SPACE'],
    ] as const
  ).flatMap(([letter, name]) => {
    const set = setOf(UNICODE.get(name) as string)
    return [
      [letter, set],
      [letter.toUpperCase(), not(set)],
    ] as const
  }),
)
