import { PathError } from '../tree.ts'

/** A place in a path's text. */
export class Cursor {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get char(): string {
    return this.text[this.at] ?? ''
  }

  get atEnd(): boolean {
    return this.at >= this.text.length
  }

  skipBlanks(): void {
    while (this.char === ' ') this.at++
  }

  take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  /** As `take`, with blanks before and after. */
  takeWord(text: string): boolean {
    this.skipBlanks()
    if (!this.take(text)) return false
    this.skipBlanks()
    return true
  }

  /** What a sticky pattern finds here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  /** The text from here up to where `end`, not escaped by `\`, stands; goes on after it. */
  upTo(end: string): string {
    const start = this.at
    for (; !this.atEnd; this.at++) {
      if (this.char === '\\') this.at++
      else if (this.char === end) return this.text.slice(start, this.at++)
    }
    this.at = start
    return this.fail(`a closing ${end}`)
  }

  /** Texts between quotes and brackets up to the bracket that closes the one here; goes on after it. */
  bracketed(): string {
    const start = this.at
    let open = 0
    while (!this.atEnd) {
      const char = this.char
      this.at++
      if (char === '"' || char === "'") this.upTo(char)
      else if ('[{('.includes(char)) open++
      else if (']})'.includes(char) && --open === 0) return this.text.slice(start, this.at)
    }
    this.at = start
    return this.fail('a closing bracket')
  }

  /** @throws PathError */
  fail(expected: string): never {
    const found = this.atEnd ? 'the end' : JSON.stringify(this.text.slice(this.at, this.at + 16))
    throw new PathError(
      `expected ${expected} at column ${this.at + 1} of the path ${this.text}, found ${found}`,
    )
  }
}

/** `\` takes the next character as it is, or is one of JSON's escapes. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, char: string) =>
    hex === undefined ? (CONTROLS[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

const CONTROLS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
