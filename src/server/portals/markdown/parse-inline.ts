import { depthMax, type Inline } from './tree.ts'

type Marked = 'emphasis' | 'strong' | 'deleted'

/** Longest first. */
const MARKS: readonly (readonly [mark: string, type: Marked])[] = [
  ['**', 'strong'],
  ['__', 'strong'],
  ['~~', 'deleted'],
  ['*', 'emphasis'],
  ['_', 'emphasis'],
]

const LINK = /!?\[([^[\]\n]{0,1000})\]\(<?([^()<>\s]{0,2000})>?(?:\s+"[^"\n]{0,300}")?\)/y
const BARE_ADDRESS = /<?(https?:\/\/[^\s<>"']{1,2000})>?/y
const ESCAPED = /\\([!-/:-@[-`{-~])/y
const BREAK = /(?: {2,}|\\)\n/y
const SPECIAL = /[\\`*_~[!<h\n ]/g

/** The prose of one block. */
export function parseInline(text: string, depth: number = 0): readonly Inline[] {
  const found: Inline[] = []
  /** Marks that nothing closes from here on: they are not looked for again. */
  const unclosed = new Set<string>()
  let plain = ''
  let at = 0
  const take = (inline: Inline, length: number): void => {
    if (plain !== '') found.push({ type: 'text', text: plain })
    plain = ''
    found.push(inline)
    at += length
  }
  while (at < text.length) {
    SPECIAL.lastIndex = at
    const next = SPECIAL.exec(text)?.index ?? text.length
    plain += text.slice(at, next)
    at = next
    if (at === text.length) break
    const character = text[at] as string
    const literal = matchAt(ESCAPED, text, at)
    if (literal !== null) {
      plain += literal[1]
      at += 2
      continue
    }
    const broken = matchAt(BREAK, text, at)
    if (broken !== null) {
      take({ type: 'break' }, broken[0].length)
      continue
    }
    const code = character === '`' ? codeAt(text, at, unclosed) : undefined
    if (code !== undefined) {
      take({ type: 'code', text: code.text }, code.length)
      continue
    }
    const link = linkAt(text, at, depth)
    if (link !== undefined) {
      take(link.inline, link.length)
      continue
    }
    const marked = depth < depthMax ? markedAt(text, at, depth, unclosed) : undefined
    if (marked !== undefined) {
      take(marked.inline, marked.length)
      continue
    }
    plain += character === '\n' ? ' ' : character
    at++
  }
  if (plain !== '') found.push({ type: 'text', text: plain })
  return found
}

interface Found {
  readonly inline: Inline
  readonly length: number
}

function codeAt(
  text: string,
  at: number,
  unclosed: Set<string>,
): { readonly text: string; readonly length: number } | undefined {
  const [fence] = matchAt(/`{1,10}/y, text, at) ?? ['']
  if (unclosed.has(fence)) return undefined
  const end = text.indexOf(fence, at + fence.length)
  if (end === -1) {
    unclosed.add(fence)
    return undefined
  }
  const inner = text.slice(at + fence.length, end).replaceAll('\n', ' ')
  return { text: inner.trim() === '' ? inner : inner.trim(), length: end + fence.length - at }
}

/** An image is a link to it: pages load nothing from elsewhere. */
function linkAt(text: string, at: number, depth: number): Found | undefined {
  const link = matchAt(LINK, text, at)
  if (link !== null) {
    const [whole, name = '', address = ''] = link
    const content = depth < depthMax ? parseInline(name, depthMax) : [{ type: 'text', text: name } as const]
    return isSafe(address)
      ? { inline: { type: 'link', address, content }, length: whole.length }
      : { inline: { type: 'text', text: name }, length: whole.length }
  }
  if (at > 0 && /\w/.test(text[at - 1] as string)) return undefined
  const bare = matchAt(BARE_ADDRESS, text, at)
  if (bare === null) return undefined
  const isClosed = bare[0].startsWith('<') && bare[0].endsWith('>')
  // What ends a sentence does not belong to the address.
  const address = isClosed ? (bare[1] as string) : (bare[1] as string).replace(/[.,;:!?)*_~]+$/, '')
  const before = bare[0].startsWith('<') ? 1 : 0
  const length = isClosed ? bare[0].length : before + address.length
  return { inline: { type: 'link', address, content: [{ type: 'text', text: address }] }, length }
}

function markedAt(text: string, at: number, depth: number, unclosed: Set<string>): Found | undefined {
  const [mark, type] = MARKS.find(([each]) => text.startsWith(each, at)) ?? []
  if (mark === undefined || type === undefined || unclosed.has(mark)) return undefined
  const start = at + mark.length
  // `snake_case` is a word, and ` * ` a star.
  if (/\s/.test(text[start] ?? ' ')) return undefined
  if (mark.startsWith('_') && at > 0 && /\w/.test(text[at - 1] as string)) return undefined
  for (let end = text.indexOf(mark, start + 1); end !== -1; end = text.indexOf(mark, end + 1)) {
    const after: string = text[end + mark.length] ?? ''
    const closes = !/\s/.test(text[end - 1] as string) && !(mark.startsWith('_') && /\w/.test(after))
    // One of `**` closes no `*`.
    const isDouble = mark.length === 1 && (after === mark || text[end - 1] === mark)
    if (!closes || isDouble) continue
    const content = parseInline(text.slice(start, end), depth + 1)
    return { inline: { type, content }, length: end + mark.length - at }
  }
  unclosed.add(mark)
  return undefined
}

/** Addresses that cannot run anything: of the web, of mail, and below the portal. */
export function isSafe(address: string): boolean {
  return /^(?:https?:\/\/|mailto:|#|\/(?![/\\])|\?)/i.test(address)
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
