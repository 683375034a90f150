import type { Cork } from './cork.ts'
import { sameName } from './same-name.ts'
import { isToken } from './write-head.ts'

/** The name of a field that is added to messages again and again: checked once, and ready to be written. */
export class FieldName {
  readonly text: string
  /** `Name: ` */
  readonly bytes: Buffer

  /** @throws Error when it is not a token */
  constructor(text: string) {
    if (!isToken(text)) throw new Error(`header name ${JSON.stringify(text)} is not a token`)
    this.text = text
    this.bytes = Buffer.from(`${text}: `, 'latin1')
  }
}

/** Lines that are added to a message on its way through: name, value, name, value … None is the engine's own. */
export type AddedLines = readonly (FieldName | string)[]

/** No more bytes than this come of `writeAdded`. */
export function addedBytesMax(lines: AddedLines): number {
  let total = 0
  for (let i = 0; i < lines.length; i += 2) {
    total += (lines[i] as FieldName).bytes.length + (lines[i + 1] as string).length + 2
  }
  return total
}

/** @throws Error naming the field whose value could end its line */
export function writeAdded(cork: Cork, lines: AddedLines): void {
  for (let i = 0; i < lines.length; i += 2) {
    const { bytes, text } = lines[i] as FieldName
    cork.copy(bytes, 0, bytes.length)
    if (!cork.fieldValue(lines[i + 1] as string)) {
      throw new Error(`header ${text} has a value with control or non-latin1 characters`)
    }
    cork.lineEnd()
  }
}

export function hasAdded(lines: AddedLines, name: string): boolean {
  for (let i = 0; i < lines.length; i += 2) if (sameName((lines[i] as FieldName).text, name)) return true
  return false
}

/** The same with names as texts. */
export function addedTexts(lines: AddedLines): string[] {
  return lines.map((item) => (typeof item === 'string' ? item : item.text))
}
