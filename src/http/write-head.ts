import { token } from './characters.ts'
import type { Cork } from './cork.ts'
import { reasonPhrase } from './status.ts'

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
