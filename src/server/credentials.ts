import { readFileSync } from 'node:fs'

/** An access key that may call the control plane. */
export interface AccessKeyPair {
  readonly accessKeyId: string
  readonly secret: string
}

const PAIR = /^([A-Za-z0-9]{3,128}):(\S{8,})$/

/**
 * Reads `KEY:SECRET` pairs, or files with one pair a line (`#` begins a comment).
 * @throws Error naming the file and line, never the secret
 */
export function readCredentials(texts: readonly string[]): readonly AccessKeyPair[] {
  return texts.flatMap((text) => {
    const pair = parsePair(text)
    return pair === undefined ? readFile(text) : [pair]
  })
}

function parsePair(text: string): AccessKeyPair | undefined {
  const [, accessKeyId, secret] = PAIR.exec(text) ?? []
  return accessKeyId === undefined || secret === undefined ? undefined : { accessKeyId, secret }
}

function readFile(name: string): AccessKeyPair[] {
  let text: string
  try {
    text = readFileSync(name, 'utf8')
  } catch {
    // The text may be a pair with a mistake in it: it must not be shown.
    throw new Error(
      'expected KEY:SECRET (key of letters and digits, secret of at least 8 characters) or the name of a readable file',
    )
  }
  const pairs = text.split('\n').flatMap((line, index) => {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) return []
    const pair = parsePair(content)
    if (pair === undefined) throw new Error(`${name}:${index + 1}: expected KEY:SECRET on each line`)
    return [pair]
  })
  if (pairs.length === 0) throw new Error(`${name} has no KEY:SECRET line`)
  return pairs
}
