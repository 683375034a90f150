import { parseInline } from './parse-inline.ts'
import { depthMax, type Block } from './tree.ts'

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]{0,40})[^`]*$/
const HEADING = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/
const RULE = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/
const QUOTE = /^ {0,3}> ?(.*)$/
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?:( {1,4})(.*)|)$/
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/
const BLANK = /^\s*$/

/** @param text bounded by whoever keeps it */
export function parseMarkdown(text: string): readonly Block[] {
  return parseLines(
    text
      .replaceAll('\0', '\ufffd')
      .replaceAll('\t', '    ')
      .split(/\r\n?|\n/),
    0,
  )
}

/** A block that begins at a line, and the line after it. */
interface Parsed {
  readonly block: Block
  readonly next: number
}

type BlockParser = (lines: readonly string[], at: number, depth: number) => Parsed | undefined

/** The first that finds its block has it; what none finds is a paragraph. */
const PARSERS: readonly BlockParser[] = [fenced, heading, rule, quote, list, table]

function parseLines(lines: readonly string[], depth: number): readonly Block[] {
  const blocks: Block[] = []
  let at = 0
  while (at < lines.length) {
    if (BLANK.test(lines[at] as string)) {
      at++
      continue
    }
    const { block, next } = beginning(lines, at, depth) ?? paragraph(lines, at, depth)
    blocks.push(block)
    at = next
  }
  return blocks
}

function beginning(lines: readonly string[], at: number, depth: number): Parsed | undefined {
  for (const parse of PARSERS) {
    const parsed = parse(lines, at, depth)
    if (parsed !== undefined) return parsed
  }
  return undefined
}

function paragraph(lines: readonly string[], at: number, depth: number): Parsed {
  let next = at + 1
  while (next < lines.length && !BLANK.test(lines[next] as string) && !interrupts(lines, next, depth)) next++
  const text = lines
    .slice(at, next)
    .map((line) => line.trimStart())
    .join('\n')
    .trimEnd()
  return { block: { type: 'paragraph', content: parseInline(text) }, next }
}

/** Whether a block begins at a line though a paragraph has not ended. */
function interrupts(lines: readonly string[], at: number, depth: number): boolean {
  const line = lines[at] as string
  if (FENCE.test(line) || HEADING.test(line) || RULE.test(line)) return true
  if (depth >= depthMax) return false
  return QUOTE.test(line) || /^ {0,3}(?:[-*+]|1[.)]) /.test(line)
}

function fenced(lines: readonly string[], at: number): Parsed | undefined {
  const [, fence, language = ''] = FENCE.exec(lines[at] as string) ?? []
  if (fence === undefined) return undefined
  const closing = new RegExp(`^ {0,3}${fence[0] as string}{${fence.length},}\\s*$`)
  let end = at + 1
  while (end < lines.length && !closing.test(lines[end] as string)) end++
  return { block: { type: 'code', language, text: lines.slice(at + 1, end).join('\n') }, next: end + 1 }
}

function heading(lines: readonly string[], at: number): Parsed | undefined {
  const [, marks, text = ''] = HEADING.exec(lines[at] as string) ?? []
  if (marks === undefined) return undefined
  return { block: { type: 'heading', level: marks.length, content: parseInline(text) }, next: at + 1 }
}

function rule(lines: readonly string[], at: number): Parsed | undefined {
  return RULE.test(lines[at] as string) ? { block: { type: 'rule' }, next: at + 1 } : undefined
}

function quote(lines: readonly string[], at: number, depth: number): Parsed | undefined {
  if (depth >= depthMax) return undefined
  const quoted: string[] = []
  let next = at
  for (; next < lines.length; next++) {
    const [, text] = QUOTE.exec(lines[next] as string) ?? []
    if (text === undefined) break
    quoted.push(text)
  }
  if (quoted.length === 0) return undefined
  return { block: { type: 'quote', content: parseLines(quoted, depth + 1) }, next }
}

function list(lines: readonly string[], at: number, depth: number): Parsed | undefined {
  if (depth >= depthMax) return undefined
  const [, , first] = ITEM.exec(lines[at] as string) ?? []
  if (first === undefined) return undefined
  const items: (readonly Block[])[] = []
  let next = at
  while (next < lines.length) {
    const [, indent = '', mark = '', space = ' ', text = ''] = ITEM.exec(lines[next] as string) ?? []
    if (mark === '' || kindOf(mark) !== kindOf(first)) break
    const inset = indent.length + mark.length + space.length
    const item = [text]
    next++
    for (; next < lines.length; next++) {
      const line = lines[next] as string
      const isIndented = line.startsWith(' '.repeat(Math.min(inset, 2)))
      if (BLANK.test(line)) {
        // A blank line ends the list where nothing of it follows.
        const after = lines[next + 1] ?? ''
        if (!after.startsWith('  ') && !ITEM.test(after)) break
        item.push('')
      } else if (isIndented) item.push(line.slice(Math.min(inset, leading(line))))
      else if (ITEM.test(line) || item.at(-1) === '' || interrupts(lines, next, depth)) break
      else item.push(line)
    }
    items.push(parseLines(item, depth + 1))
    while (next < lines.length && BLANK.test(lines[next] as string) && ITEM.test(lines[next + 1] ?? ''))
      next++
  }
  const start = /^\d/.test(first) ? Number.parseInt(first, 10) : undefined
  return { block: { type: 'list', start, items }, next }
}

function kindOf(mark: string): string {
  return /^\d/.test(mark) ? mark.slice(-1) : mark
}

function leading(line: string): number {
  return line.length - line.trimStart().length
}

function table(lines: readonly string[], at: number): Parsed | undefined {
  const [line = '', under = ''] = lines.slice(at, at + 2)
  if (!line.includes('|') || !TABLE_RULE.test(under)) return undefined
  const head = cellsOf(line)
  if (cellsOf(under).length !== head.length) return undefined
  const rows: string[][] = []
  let next = at + 2
  for (; next < lines.length; next++) {
    const row = lines[next] as string
    if (BLANK.test(row) || !row.includes('|')) break
    const cells = cellsOf(row)
    rows.push(head.map((_, column) => cells[column] ?? ''))
  }
  return {
    block: {
      type: 'table',
      head: head.map((cell) => parseInline(cell)),
      rows: rows.map((cells) => cells.map((cell) => parseInline(cell))),
    },
    next,
  }
}

/** `\|` is no border. */
function cellsOf(line: string): string[] {
  const trimmed = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
  return trimmed.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
}
