import { addedTexts, FieldName } from '#http/added-lines.ts'
import type { KnownFieldName } from '#http/field-names.ts'
import type { HttpRequest } from '#http/message.ts'
import { sameName } from '#http/same-name.ts'
import type { HttpClientIdentity } from '#http/trusted-proxies.ts'
import { HeaderNames } from './header-names.ts'
import { parseHost } from './host-name.ts'

/** Never visible to mappings, templates or functions (recorded on AWS). */
const DROPPED: readonly KnownFieldName[] = [
  'connection',
  'content-length',
  'content-md5',
  'expect',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'transfer-encoding',
  'trailer',
  'upgrade',
  'www-authenticate',
  // Belong to one connection (RFC 9110 §7.6.1); AWS's own front ends them too.
  'keep-alive',
  'proxy-connection',
]

/** Replaced by the gateway's own. */
const REPLACED: readonly KnownFieldName[] = [
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-amzn-trace-id',
]

/** What a client's headers lose before an API sees them. */
export const endingHeaders: readonly KnownFieldName[] = [...DROPPED, ...REPLACED]
const ending: HeaderNames = new HeaderNames(...endingHeaders)

/** Whether an API never sees what a client sends under this name, in any case. */
export function endsAtDoor(name: string): boolean {
  return ending.has(name)
}

/** AWS writes these in its own way and leaves every other name as the client spelt it (recorded on AWS). */
export const respelledHeaders: readonly string[] = ['Authorization', 'User-Agent']

/**
 * Whether a value of Authorization is a signature for AWS: that is for the gateway, no API and no backend gets it
 * (developer guide, "Amazon API Gateway important notes"; recorded on AWS).
 */
export function isAwsSignature(authorization: string | undefined): boolean {
  return authorization !== undefined && authorization.startsWith('AWS4-')
}

/**
 * The headers of a request as an API sees them: name, value, name, value …, the client's in order without those
 * that end at the door, then what the gateway adds.
 * @param added what the gateway adds
 */
export function methodHeaders({ headers: { raw } }: HttpRequest, added: (FieldName | string)[]): string[] {
  const seen: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    if (ending.has(name) || (sameName(name, 'authorization') && isAwsSignature(value))) continue
    seen.push(spelling(name), value)
  }
  seen.push(...addedTexts(added))
  return seen
}

/**
 * What the gateway adds to a request's headers.
 * @param client who is behind the proxies that are trusted
 * @param traceId the value of `X-Amzn-Trace-Id`
 */
export function gatewayHeaders(
  { headers, host, peer }: HttpRequest,
  client: HttpClientIdentity,
  traceId: string,
): (FieldName | string)[] {
  const forwardedFor = headers.has('x-forwarded-for')
    ? [...headers.getAll('x-forwarded-for'), peer.address].join(', ')
    : peer.address
  return [
    X_AMZN_TRACE_ID,
    traceId,
    X_FORWARDED_FOR,
    forwardedFor,
    X_FORWARDED_PORT,
    portOf(host, client),
    X_FORWARDED_PROTO,
    client.secure ? 'https' : 'http',
  ]
}

const X_AMZN_TRACE_ID = new FieldName('X-Amzn-Trace-Id')
const X_FORWARDED_FOR = new FieldName('X-Forwarded-For')
const X_FORWARDED_PORT = new FieldName('X-Forwarded-Port')
const X_FORWARDED_PROTO = new FieldName('X-Forwarded-Proto')

function spelling(name: string): string {
  return respelledHeaders.find((respelled) => name === respelled.toLowerCase()) ?? name
}

function portOf(host: string, { port, secure }: HttpClientIdentity): string {
  return port === undefined ? (parseHost(host).port ?? (secure ? '443' : '80')) : String(port)
}

/** One value a name, the last (recorded on AWS). Names that differ in case alone are one. */
export function headerMap(list: readonly string[]): Map<string, string> {
  const map = new Map<string, string>()
  for (const [name, values] of headerLists(list)) map.set(name, values[values.length - 1] as string)
  return map
}

/** All values of each name, under the spelling that came first. */
export function headerLists(list: readonly string[]): Map<string, string[]> {
  const map = new Map<string, string[]>()
  const spellings = new Map<string, string>()
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    const lower = name.toLowerCase()
    const first = spellings.get(lower)
    if (first === undefined) {
      spellings.set(lower, name)
      map.set(name, [list[i + 1] as string])
    } else {
      map.get(first)?.push(list[i + 1] as string)
    }
  }
  return map
}
