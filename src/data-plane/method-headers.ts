import type { HttpRequest } from '#http/message.ts'
import { HeaderNames } from './header-names.ts'

/** Never visible to mappings, templates or functions (recorded on AWS). */
const DROPPED: HeaderNames = new HeaderNames(
  'Connection',
  'Content-Length',
  'Content-MD5',
  'Expect',
  'Max-Forwards',
  'Proxy-Authenticate',
  'Server',
  'TE',
  'Transfer-Encoding',
  'Trailer',
  'Upgrade',
  'WWW-Authenticate',
  // Belong to one connection (RFC 9110 §7.6.1); AWS's own front ends them too.
  'Keep-Alive',
  'Proxy-Connection',
)

/** Replaced by the gateway's own. */
const REPLACED: HeaderNames = new HeaderNames(
  'X-Forwarded-For',
  'X-Forwarded-Port',
  'X-Forwarded-Proto',
  'X-Amzn-Trace-Id',
)

/**
 * The headers of a request as an API sees them: name, value, name, value …, the client's in order without those
 * that end at the door, then what the gateway adds.
 * @param traceId the value of `X-Amzn-Trace-Id`
 */
export function methodHeaders(request: HttpRequest, traceId: string): string[] {
  const { raw } = request.headers
  const seen: string[] = []
  let forwardedFor = request.peer.address
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (DROPPED.has(name)) continue
    if (REPLACED.has(name)) {
      if (name.length === 15 && /^x-forwarded-for$/i.test(name))
        forwardedFor = `${raw[i + 1]}, ${forwardedFor}`
      continue
    }
    seen.push(spelling(name), raw[i + 1] as string)
  }
  seen.push(
    'X-Amzn-Trace-Id',
    traceId,
    'X-Forwarded-For',
    forwardedFor,
    'X-Forwarded-Port',
    portOf(request),
    'X-Forwarded-Proto',
    request.peer.secure ? 'https' : 'http',
  )
  return seen
}

/** AWS writes these two in its own way and leaves every other name as the client spelt it (recorded on AWS). */
function spelling(name: string): string {
  if (name === 'authorization') return 'Authorization'
  if (name === 'user-agent') return 'User-Agent'
  return name
}

function portOf(request: HttpRequest): string {
  const host = request.headers.get('host') ?? ''
  const port = /:(\d{1,5})$/.exec(host)?.[1]
  return port ?? (request.peer.secure ? '443' : '80')
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
