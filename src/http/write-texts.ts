import type { Cork } from './cork.ts'
import { isOwnName } from './own-fields.ts'

/** No more bytes than this come of `writeTexts`. */
export function textBytesMax(texts: readonly string[]): number {
  let total = 0
  // A name and its value are followed by two bytes each.
  for (let i = 0; i < texts.length; i++) total += (texts[i] as string).length + 2
  return total
}

/**
 * Writes field lines without those that are the engine's own, checked so that no value can end its line.
 * @param texts name, value, name, value …
 * @throws Error naming the field that cannot be written
 */
export function writeTexts(cork: Cork, texts: readonly string[]): void {
  for (let i = 0; i < texts.length; i += 2) {
    const name = texts[i] as string
    if (isOwnName(name)) continue
    if (!cork.fieldName(name)) throw new Error(`header name ${JSON.stringify(name)} is not a token`)
    cork.text(': ')
    if (!cork.fieldValue(texts[i + 1] as string)) {
      throw new Error(`header ${name} has a value with control or non-latin1 characters`)
    }
    cork.lineEnd()
  }
}
