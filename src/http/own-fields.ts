import { FIELD_NUMBERS, fieldNumber, fieldNumberOf, type KnownFieldName } from './field-names.ts'

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

/** By field number, 1 where the field is the engine's own. */
export const isOwnField: Uint8Array = new Uint8Array(FIELD_NUMBERS)
/** By first letter, in either case: most names are told apart by it. */
const mayBeOwn = new Uint8Array(128)
for (const name of OWN) {
  isOwnField[fieldNumber(name)] = 1
  mayBeOwn[name.charCodeAt(0)] = 1
}

/** Whether the field of this name is the engine's own. */
export function isOwnName(name: string): boolean {
  return mayBeOwn[name.charCodeAt(0) | 32] === 1 && isOwnField[fieldNumberOf(name)] === 1
}
