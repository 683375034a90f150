import { sameName } from './same-name.ts'

/**
 * Field names that the engine or the layers above treat by name. Each has a number, so that a name is looked up once,
 * among the bytes it came in, and compared as a number from then on.
 */
const KNOWN = [
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'accept-ranges',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'access-control-request-headers',
  'access-control-request-method',
  'age',
  'allow',
  'apigw-requestid',
  'authorization',
  'cache-control',
  'cloudfront-forwarded-proto',
  'connection',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-security-policy',
  'content-type',
  'cookie',
  'date',
  'dnt',
  'etag',
  'expect',
  'expires',
  'forwarded',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'keep-alive',
  'last-modified',
  'link',
  'location',
  'max-forwards',
  'origin',
  'pragma',
  'priority',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'referer',
  'retry-after',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'server',
  'set-cookie',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'upgrade-insecure-requests',
  'user-agent',
  'vary',
  'via',
  'warning',
  'www-authenticate',
  'x-amz-apigw-id',
  'x-amz-cf-id',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amzn-apigateway-api-id',
  'x-amzn-errortype',
  'x-amzn-requestid',
  'x-amzn-trace-id',
  'x-api-key',
  'x-content-type-options',
  'x-correlation-id',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-frame-options',
  'x-http-method-override',
  'x-real-ip',
  'x-request-id',
  'x-requested-with',
] as const

export type KnownFieldName = (typeof KNOWN)[number]

/** The number of every name that is not known. */
export const UNKNOWN_FIELD = 0
/** One more than the largest number. */
export const FIELD_NUMBERS: number = KNOWN.length + 1

/** By hash, the numbers of the names that share it; most are alone. */
const buckets: readonly number[][] = Array.from({ length: 256 }, () => [])
for (const [i, name] of KNOWN.entries()) {
  const last = name.charCodeAt(name.length - 1)
  ;(buckets[hash(name.length, name.charCodeAt(0), last)] as number[]).push(i + 1)
}

function hash(length: number, first: number, last: number): number {
  return (length * 37 + (first | 32) * 5 + (last | 32) * 11) & 255
}

/** The number of the name at `from` to `to`, whatever its case. */
export function fieldNumberIn(bytes: Uint8Array, from: number, to: number): number {
  const bucket = buckets[hash(to - from, bytes[from] as number, bytes[to - 1] as number)] as number[]
  for (let i = 0; i < bucket.length; i++) {
    if (spells(bytes, from, to, KNOWN[(bucket[i] as number) - 1] as string)) return bucket[i] as number
  }
  return UNKNOWN_FIELD
}

/** @throws Error when the name is not in the table above */
export function fieldNumber(name: KnownFieldName): number {
  const number = KNOWN.indexOf(name) + 1
  if (number === UNKNOWN_FIELD) throw new Error(`${JSON.stringify(name)} is not a known field name`)
  return number
}

/** The name of a number, in lower case. */
export function knownFieldName(number: number): string {
  return KNOWN[number - 1] as string
}

/** The number of any name, whatever its case. */
export function fieldNumberOf(name: string): number {
  const { length } = name
  const bucket = buckets[hash(length, name.charCodeAt(0), name.charCodeAt(length - 1))] as number[]
  for (let i = 0; i < bucket.length; i++) {
    if (sameName(KNOWN[(bucket[i] as number) - 1] as string, name)) return bucket[i] as number
  }
  return UNKNOWN_FIELD
}

/** Whether the bytes from `from` to `to` are `text`, whatever their case. @param text in lower case, no control characters */
export function spells(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false
  for (let i = 0; i < text.length; i++) {
    let byte = bytes[from + i] as number
    if (byte >= 65 && byte <= 90) byte |= 32
    if (byte !== text.charCodeAt(i)) return false
  }
  return true
}
