import { editDistance } from '#base/edit-distance.ts'

/** What a command line said. */
export interface Arguments {
  readonly words: readonly string[]
  /** Flag without dashes → values; a switch's is 'true'. */
  readonly flags: ReadonlyMap<string, readonly string[]>
}

/** A command line that cannot be understood; the message says what to type instead. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/**
 * Reads `--flag value`, `--flag=value`, `--switch`, `--no-switch` and words; everything after `--` is a word.
 * @param known flag → whether it takes a value
 * @throws UsageError
 */
export function parseArguments(texts: readonly string[], known: ReadonlyMap<string, boolean>): Arguments {
  const words: string[] = []
  const flags = new Map<string, string[]>()
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] as string
    if (text === '--') {
      words.push(...texts.slice(i + 1))
      break
    }
    if (!text.startsWith('--')) {
      if (text.startsWith('-') && text !== '-') throw new UsageError(`${text}: options begin with two dashes`)
      words.push(text)
      continue
    }
    const equals = text.indexOf('=')
    const name = text.slice(2, equals === -1 ? undefined : equals)
    const negated = name.startsWith('no-') && known.get(name.slice(3)) === false
    const flag = negated ? name.slice(3) : name
    const takesValue = known.get(flag)
    if (takesValue === undefined)
      throw new UsageError(
        unknown(
          'option',
          text,
          [...known.keys()].map((key) => `--${key}`),
        ),
      )
    let value: string
    if (equals !== -1) value = text.slice(equals + 1)
    else if (!takesValue) value = negated ? 'false' : 'true'
    else {
      const next = texts[++i]
      if (next === undefined) throw new UsageError(`${text} needs a value`)
      value = next
    }
    flags.set(flag, [...(flags.get(flag) ?? []), value])
  }
  return { words, flags }
}

/** `unknown option --prot; did you mean --port?` */
export function unknown(what: string, text: string, known: readonly string[]): string {
  const given = text.split('=', 1)[0] as string
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(given, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0]
  const near = nearest !== undefined && nearest.distance <= Math.max(2, given.length / 3)
  return `unknown ${what} ${given}${near ? `; did you mean ${nearest.candidate}?` : `; there are ${known.join(', ')}`}`
}
