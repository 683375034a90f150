import type { Random } from '../../support/random.ts'

/** What random documents are made of. */
export interface DocumentWords {
  /** A whole document, some parts of which are swapped. */
  readonly plain: object
  readonly keys: readonly string[]
  readonly scalars: readonly string[]
  /** Documents that are hostile as they are. */
  readonly hostile: readonly string[]
}

const JSON_SCALARS = ['null', 'true', '0', '-1', '1e400', '99999999999999999999', '0.1', '[]', '{}'] as const

/** JSON of any tree of the words. */
function tree(random: Random, words: DocumentWords, depth: number): string {
  if (depth === 0 || random.chance(0.3)) {
    return random.chance(0.6) ? JSON.stringify(random.pick(words.scalars)) : random.pick(JSON_SCALARS)
  }
  const count = random.below(4)
  if (random.chance(0.2)) return `[${random.times(count, () => tree(random, words, depth - 1)).join(',')}]`
  return `{${random
    .times(count, () => `${JSON.stringify(random.pick(words.keys))}:${tree(random, words, depth - 1)}`)
    .join(',')}}`
}

/** JSON of a value some of whose parts are others. */
function swapped(random: Random, words: DocumentWords, value: unknown): string {
  if (random.chance(0.04)) return tree(random, words, 3)
  if (Array.isArray(value)) return `[${value.map((entry) => swapped(random, words, entry)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).flatMap(([key, entry]) => {
    if (random.chance(0.03)) return []
    const name = random.chance(0.03) ? random.pick(words.keys) : key
    return [`${JSON.stringify(name)}:${swapped(random, words, entry)}`]
  })
  return `{${members.join(',')}}`
}

/** JSON or YAML, mostly near what an owner would write, some of it no text at all. */
export function randomDocument(random: Random, words: DocumentWords): Uint8Array {
  const text = random.weighted<() => string>([
    [8, () => swapped(random, words, words.plain)],
    [3, () => yaml(swapped(random, words, words.plain))],
    [2, () => tree(random, words, 6)],
    [1, () => random.pick(words.hostile)],
  ])()
  const bytes = Buffer.from(text)
  if (!random.chance(0.15)) return bytes
  const at = random.below(bytes.length + 1)
  const put = random.pick([
    Buffer.of(0),
    Buffer.of(0xff),
    random.bytes(4),
    Buffer.from('&a '),
    Buffer.from('*a'),
  ])
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random.below(3))])
}

/** A document in YAML: JSON within, its own syntax at the top. */
function yaml(json: string): string {
  try {
    const value = JSON.parse(json) as Readonly<Record<string, unknown>>
    return Object.entries(value)
      .map(([key, entry]) => `${JSON.stringify(key)}: ${JSON.stringify(entry)}`)
      .join('\n')
  } catch {
    return json
  }
}
