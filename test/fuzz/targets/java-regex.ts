import { compileRegex, RegexStepsError, type JavaRegex } from '#languages/java-regex/compile.ts'
import { RegexSyntaxError } from '#languages/java-regex/parse.ts'
import { replaceRegex, splitRegex } from '#languages/java-regex/replace.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Java's regular expressions: their own errors and no others, an end within the steps, matches that lie in the text,
// and `$0` as the replacement changes nothing.

const PIECES = [
  'a b c x . .* .+? a*+ (a|b)* (a+)+ (?:a|ab) (?=a) (?!b) (?<=a) (?<!b) (?>a*) (?i) (?s) (?m:^a$) (?x) (?u) (?U) (?d)',
  '[abc] [^a] [a-z&&[^b]] [\\w&&\\D] [ [^ ] - && ^ $ \\b \\B \\A \\z \\Z \\G \\d \\W \\s \\h \\R \\X \\1 \\2 (?<n>b) \\k<n>',
  '\\p{L} \\P{Lu} \\p{Alpha} \\Qa.b\\E \\Q \\E {2} {0,3} {1,}? { } ( ) | ? * + *+ ?? \\ \\x41 \\u0062 \\0101 \\cA é 😀',
].flatMap((line) => line.split(' '))

const CHARS = ['a', 'a', 'b', 'c', 'A', '1', ' ', '\n', '\r\n', 'é', '😀', '\ud83d', '.', 'x']
const STEPS_MAX = 300_000
/** Between a pattern and its text in an input. */
const END = '\0'

function check(pattern: string, text: string): void {
  const input = Buffer.from(pattern + END + text)
  const regex = orUndefined(() => compileRegex(pattern))
  if (regex === undefined) return
  const whole = orUndefined(() => regex.matches(text, { left: STEPS_MAX }))
  const match = orUndefined(() => regex.find(text, 0, { left: STEPS_MAX }) ?? null)
  if (whole === true && match === null) throw new Finding('it matches the text and is not found in it', input)
  if (match !== undefined && match !== null) checkMatch(match, regex, text, input)
  const bounds = { steps: { left: STEPS_MAX }, textMax: 10_000 }
  const same = orUndefined(() => replaceRegex(regex, text, '$0', false, bounds))
  if (same !== undefined && same !== text) throw new Finding('replacing by $0 changes the text', input)
  const parts = orUndefined(() => splitRegex(regex, text, -1, { left: STEPS_MAX }))
  if (parts?.some((part) => !text.includes(part))) throw new Finding('a part is not in the text', input)
}

function checkMatch(match: readonly number[], regex: JavaRegex, text: string, input: Buffer): void {
  for (let group = 0; group <= regex.groups; group++) {
    const [start = -1, end = -1] = match.slice(2 * group, 2 * group + 2)
    const took = start >= 0 && end >= start && end <= text.length
    const tookNone = start === -1 && end === -1 && group > 0
    if (!took && !tookNone) throw new Finding(`group ${group} is ${start}..${end}`, input)
  }
}

function orUndefined<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof RegexSyntaxError || error instanceof RegexStepsError) return undefined
    throw error
  }
}

function run(random: Random): void {
  const pattern = random.times(random.between(1, 8), () => random.pick(PIECES)).join('')
  const chars = random.chance(0.2) ? ['a'] : CHARS
  check(pattern, random.times(random.pick([0, 1, 3, 10, 40]), () => random.pick(chars)).join(''))
}

export const target: FuzzTarget = {
  name: 'java-regex',
  async run(random) {
    for (let i = 0; i < 30; i++) run(random)
  },
  async replay(input) {
    const [pattern = '', text = ''] = Buffer.from(input).toString().split(END)
    check(pattern, text)
  },
}
