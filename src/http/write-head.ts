import { fieldValue, token } from './characters.ts'
import { sameName } from './headers.ts'
import { reasonPhrase } from './status.ts'

/**
 * Whether a field belongs to one connection or to framing: the engine deals with those (RFC 9110 §7.6.1, RFC 9112 §6).
 */
function isOwn(name: string): boolean {
  switch (name.length) {
    case 2:
      return sameName(name, 'te')
    case 6:
      return sameName(name, 'expect')
    case 7:
      return sameName(name, 'trailer') || sameName(name, 'upgrade')
    case 10:
      return sameName(name, 'connection') || sameName(name, 'keep-alive')
    case 14:
      return sameName(name, 'content-length')
    case 16:
      return sameName(name, 'proxy-connection')
    case 17:
      return sameName(name, 'transfer-encoding')
    default:
      return false
  }
}

/**
 * The field lines for `raw` without those that are the engine's own, checked so that no value can end its line.
 * @throws Error naming the field that cannot be written
 */
export function fieldLines(raw: readonly string[]): string {
  let lines = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    if (isOwn(name)) continue
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
