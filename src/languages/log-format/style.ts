import type { LogPiece } from './parse.ts'

/** A value to log; what is missing is written as `-`. */
export type LogValue = string | number | boolean | null | undefined
/** What a format is written in, which says how values are escaped. */
export type LogStyle = 'json' | 'xml' | 'csv' | 'text'

/** Writes a value that is there. */
export type LogEscape = (value: NonNullable<LogValue>) => string

/** How values stand at one place of a format. */
export interface LogPlace {
  readonly escape: LogEscape
  readonly missing: string
}

/** By how it begins, or by a comma between every two variables. */
export function styleOf(pieces: readonly LogPiece[]): LogStyle {
  const [first] = pieces
  const start = first?.kind === 'text' ? first.text.trimStart()[0] : undefined
  if (start === '{' || start === '[') return 'json'
  if (start === '<') return 'xml'
  let variables = 0
  let commas = 0
  for (const [at, piece] of pieces.entries()) {
    if (piece.kind === 'variable') variables++
    else if (at > 0 && at < pieces.length - 1 && piece.text.includes(',')) commas++
  }
  return variables > 1 && commas === variables - 1 ? 'csv' : 'text'
}

/** Every style's places: within double quotes, and outside of them. */
export const places: Readonly<Record<LogStyle, { readonly quoted: LogPlace; readonly bare: LogPlace }>> = {
  json: {
    quoted: { escape: jsonText, missing: '-' },
    // A dash without quotes would be no JSON.
    bare: { escape: jsonValue, missing: 'null' },
  },
  xml: {
    quoted: { escape: xmlText, missing: '-' },
    bare: { escape: xmlText, missing: '-' },
  },
  csv: {
    quoted: { escape: csvQuoted, missing: '-' },
    bare: { escape: csvCell, missing: '-' },
  },
  text: {
    quoted: { escape: plainText, missing: '-' },
    bare: { escape: plainText, missing: '-' },
  },
}

/** What could end a line, or hide in one. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu

/** Whether a text is printable ASCII without quotes and backslashes, as nearly all values are: most styles leave it. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false
  }
  return true
}

function jsonText(value: NonNullable<LogValue>): string {
  const text = String(value)
  return isPlain(text) ? text : JSON.stringify(text).slice(1, -1)
}

const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/

/** Numbers as numbers, also those that came as text. */
function jsonValue(value: NonNullable<LogValue>): string {
  if (typeof value !== 'string') return Number.isNaN(value) ? 'null' : String(value)
  return NUMBER.test(value) ? value : JSON.stringify(value)
}

const XML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

function xmlText(value: NonNullable<LogValue>): string {
  // XML 1.0 has no other control characters, not even as references.
  return String(value).replaceAll(/[&<>"'\p{Cc}\p{Cs}\ufffe\uffff]/gu, (char) => XML[char] ?? '\ufffd')
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Control characters as Apache's and nginx' logs write them. */
function visible(char: string): string {
  const code = char.charCodeAt(0)
  return (
    ESCAPES[char] ?? (code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`)
  )
}

function plainText(value: NonNullable<LogValue>): string {
  if (typeof value === 'number') return String(value)
  const text = String(value)
  if (isPlain(text)) return text
  return text.replaceAll(/["\\]/g, '\\$&').replaceAll(CONTROLS, visible)
}

function csvQuoted(value: NonNullable<LogValue>): string {
  const text = String(value)
  return isPlain(text) ? text : text.replaceAll(CONTROLS, visible).replaceAll('"', '""')
}

function csvCell(value: NonNullable<LogValue>): string {
  const text = String(value)
  const cell = csvQuoted(text)
  return cell !== text || /[",]|^\s|\s$/.test(cell) ? `"${cell}"` : cell
}
