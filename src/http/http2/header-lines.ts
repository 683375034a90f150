import { COLON, CR, LF, SPACE } from '#http/characters.ts'
import {
  HeaderBlock,
  LINE_SIZE,
  NAME_END,
  NAME_START,
  NUMBER,
  VALUE_END,
  VALUE_START,
} from '#http/header-block.ts'
import type { LatinBuffer } from '#http/latin1.ts'
import type { HeaderField } from './header-field.ts'

/** The lines that HTTP/1.1 would have for these fields: what goes on to a backend is copied as it stands. */
export function headerLines(fields: readonly HeaderField[]): HeaderBlock {
  let size = 0
  for (let i = 0; i < fields.length; i++) size += lineBytes(fields[i] as HeaderField)
  const bytes = Buffer.allocUnsafe(size) as LatinBuffer
  const lines = new Int32Array(fields.length * LINE_SIZE)
  let at = 0
  for (let i = 0; i < fields.length; i++) {
    const { lineName, value, number } = fields[i] as HeaderField
    const line = i * LINE_SIZE
    lines[line + NAME_START] = at
    at = writeText(bytes, lineName, at)
    lines[line + NAME_END] = at
    bytes[at++] = COLON
    bytes[at++] = SPACE
    lines[line + VALUE_START] = at
    at = writeText(bytes, value, at)
    lines[line + VALUE_END] = at
    bytes[at++] = CR
    bytes[at++] = LF
    lines[line + NUMBER] = number
  }
  return new HeaderBlock(bytes, lines)
}

/** Of a field's line, its end included. */
export function lineBytes({ lineName, value }: HeaderField): number {
  return lineName.length + value.length + 4
}

function writeText(bytes: LatinBuffer, text: string, at: number): number {
  if (text.length > TEXT_LOOPED_MAX) return at + bytes.latin1Write(text, at)
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
  return at + text.length
}

/** Up to here a loop is cheaper than a call into the runtime. */
const TEXT_LOOPED_MAX = 32
