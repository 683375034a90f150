import { serialization } from './json-value.ts'
import type { Shape } from './table.ts'
import { formatTimestamp, parseTimestamp, type TimestampFormat } from './timestamp.ts'

/** Text of a label, query parameter, header or form field → the shape's value. @throws AwsError */
export function fromText(shape: Shape, text: string): unknown {
  switch (shape.kind) {
    case 'string':
      return text
    case 'boolean':
      if (text === 'true') return true
      if (text === 'false') return false
      throw malformed(text, 'a Boolean')
    case 'integer':
    case 'long': {
      const number = /^[+-]?\d{1,19}$/.test(text) ? Number(text) : NaN
      if (!Number.isSafeInteger(number))
        throw malformed(text, shape.kind === 'long' ? 'a Long' : 'an Integer')
      return number
    }
    case 'float':
    case 'double': {
      const number = text.trim() === '' ? NaN : Number(text)
      if (Number.isNaN(number)) throw malformed(text, 'a Double')
      return number
    }
    case 'timestamp':
    case 'date-time':
    case 'http-date':
    case 'epoch-seconds': {
      const time = parseTimestamp(text)
      if (time === undefined) throw malformed(text, 'a Timestamp')
      return time
    }
    case 'blob':
      return Buffer.from(text, 'base64')
    case 'structure':
    case 'list':
    case 'map':
    case 'document':
      throw malformed(text, `a ${shape.kind}`)
  }
}

/** A scalar as header, query or XML text. @param format of timestamps whose shape has none of its own */
export function toText(shape: Shape, value: unknown, format: TimestampFormat): string {
  switch (shape.kind) {
    case 'timestamp':
      return formatTimestamp(value as number, format)
    case 'date-time':
    case 'http-date':
    case 'epoch-seconds':
      return formatTimestamp(value as number, shape.kind)
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return String(value)
  }
}

function malformed(text: string, type: string): Error {
  return serialization(`STRING_VALUE '${text.slice(0, 100)}' can not be converted to ${type}`)
}
