import { CR, SPACE, token } from './characters.ts'
import type { Cork } from './cork.ts'
import { FIELD_NUMBERS, fieldNumber, fieldNumberOf, type KnownFieldName } from './field-names.ts'
import {
  LINE_SIZE,
  NAME_END,
  NAME_START,
  NUMBER,
  VALUE_END,
  VALUE_START,
  type HeaderBlock,
} from './header-block.ts'
import type { Headers } from './headers.ts'
import { reasonPhrase } from './status.ts'

/** Fields that belong to one connection or to framing: the engine deals with those (RFC 9110 §7.6.1, RFC 9112 §6). */
const OWN: readonly KnownFieldName[] = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** By number, 1 where the field is the engine's own. */
const own = new Uint8Array(FIELD_NUMBERS)
for (const name of OWN) own[fieldNumber(name)] = 1

/** No more bytes than this come of `writeFields`. */
export function fieldBytesMax(headers: Headers): number {
  const { block } = headers
  if (block === undefined) {
    const { raw } = headers
    let total = 0
    // A name and its value are followed by two bytes each.
    for (let i = 0; i < raw.length; i++) total += (raw[i] as string).length + 2
    return total
  }
  const { lines } = block
  const count = lines.length / LINE_SIZE
  if (count === 0) return 0
  const first = lines[NAME_START] as number
  const last = lines[lines.length - LINE_SIZE + VALUE_END] as number
  // A line that came without the space after its colon gets one.
  return last - first + 2 + count
}

/**
 * Writes the lines of `headers` without those that are the engine's own, checked so that no value can end its line.
 * @throws Error naming the field that cannot be written
 */
export function writeFields(cork: Cork, headers: Headers): void {
  const { block } = headers
  if (block === undefined) writeTexts(cork, headers.raw)
  else writeBlock(cork, block)
}

function writeTexts(cork: Cork, raw: readonly string[]): void {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (own[fieldNumberOf(name)] === 1) continue
    if (!cork.fieldName(name)) throw new Error(`header name ${JSON.stringify(name)} is not a token`)
    cork.text(': ')
    if (!cork.fieldValue(raw[i + 1] as string)) {
      throw new Error(`header ${name} has a value with control or non-latin1 characters`)
    }
    cork.text('\r\n')
  }
}

/** Lines that came as we would write them are copied, as many at once as stand together. */
function writeBlock(cork: Cork, { bytes, lines }: HeaderBlock): void {
  let from = 0
  let to = 0
  for (let i = 0; i < lines.length; i += LINE_SIZE) {
    if (own[lines[i + NUMBER] as number] === 1) continue
    const start = lines[i + NAME_START] as number
    const nameEnd = lines[i + NAME_END] as number
    const valueStart = lines[i + VALUE_START] as number
    const end = (lines[i + VALUE_END] as number) + 2
    if (start !== to || from === to) {
      if (to > from) cork.copy(bytes, from, to)
      from = start
    }
    to = end
    // Exactly one space after the colon, none before the line's end.
    if (valueStart === nameEnd + 2 && bytes[nameEnd + 1] === SPACE && bytes[end - 2] === CR) continue
    if (start > from) cork.copy(bytes, from, start)
    cork.copy(bytes, start, nameEnd)
    cork.text(': ')
    cork.copy(bytes, valueStart, end - 2)
    cork.text('\r\n')
    from = to
  }
  if (to > from) cork.copy(bytes, from, to)
}

/** Status lines with the standard phrase, made when first needed. */
const statusLines: string[] = []

/** Writes `HTTP/1.1 200 OK\r\n`. @param reason the standard phrase when undefined or not fit to be written */
export function writeStatusLine(cork: Cork, status: number, reason: string | undefined): void {
  const usual = reasonPhrase(status)
  if (reason !== undefined && reason !== usual) {
    const mark = cork.length
    cork.text('HTTP/1.1 ')
    cork.number(status)
    cork.text(' ')
    if (cork.fieldValue(reason)) {
      cork.text('\r\n')
      return
    }
    cork.length = mark
  }
  cork.text((statusLines[status] ??= `HTTP/1.1 ${status} ${usual}\r\n`))
}

/** No more bytes than this come of `writeStatusLine`. */
export function statusLineBytesMax(reason: string | undefined): number {
  return STATUS_LINE_BYTES_MAX + (reason?.length ?? 0)
}

/** With the longest standard phrase. */
const STATUS_LINE_BYTES_MAX = 64

/** Whether a text may be a method or a field name (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (token[text.charCodeAt(i)] !== 1) return false
  return text !== ''
}
