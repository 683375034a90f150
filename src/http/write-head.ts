import { fieldValue, token } from './characters.ts'
import { sameName } from './headers.ts'
import { reasonPhrase } from './status.ts'

/** Fields that belong to one connection or to framing: the engine deals with them (RFC 9110 §7.6.1, RFC 9112 §6). */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Length of each of the own fields: most names are told apart by it without lower-casing. */
const OWN_LENGTHS: ReadonlySet<number> = new Set([...OWN_FIELDS].map((name) => name.length))

/**
 * The field lines for `raw` without those that are the engine's own, checked so that no value can end its line.
 * @throws Error naming the field that cannot be written
 */
export function fieldLines(raw: readonly string[]): string {
  let lines = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    if (OWN_LENGTHS.has(name.length) && OWN_FIELDS.has(name.toLowerCase())) continue
    if (!isToken(name)) throw new Error(`header name ${JSON.stringify(name)} is not a token`)
    if (!isFieldValue(value))
      throw new Error(`header ${name} has a value with control or non-latin1 characters`)
    lines += `${name}: ${value}\r\n`
  }
  return lines
}

/** `HTTP/1.1 200 OK\r\n` */
export function statusLine(status: number, reason: string | undefined): string {
  const phrase = reason === undefined || !isFieldValue(reason) ? reasonPhrase(status) : reason
  return `HTTP/1.1 ${status} ${phrase}\r\n`
}

export function hasField(raw: readonly string[], name: string): boolean {
  for (let i = 0; i < raw.length; i += 2) if (sameName(raw[i] as string, name)) return true
  return false
}

/** Whether a text may be a method or a field name (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (token[text.charCodeAt(i)] !== 1) return false
  return text !== ''
}

function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (fieldValue[value.charCodeAt(i)] !== 1) return false
  return true
}
