import type { HttpRequest } from '#http/message.ts'

/** Which API and stage a request is for, and what remains of its target. Nothing is decoded. */
export interface Address {
  /** Lower case. */
  readonly apiId: string
  /** Empty when the request names none. */
  readonly stage: string
  /** From the slash after the stage, further slashes there left out: `/pets/1`; at least `/`. */
  readonly path: string
  /** `$context.path`: the stage and all that followed it as sent, `/prod//pets/1`. */
  readonly fullPath: string
  /** What follows `?`, if anything does. */
  readonly query: string | undefined
  /** The host that the client named, without port. */
  readonly domainName: string
}

const USER_REQUEST = '_user_request_'
const PATH_FORMS: readonly { readonly prefix: string; readonly marker: string | undefined }[] = [
  // LocalStack's form, which many scripts use.
  { prefix: '/restapis/', marker: USER_REQUEST },
  { prefix: '/_aws/execute-api/', marker: undefined },
]

/**
 * Reads a request's API address:
 * `Host: {apiId}.execute-api.{region}.{anything}` with `/{stage}/{path}`,
 * `/restapis/{apiId}/{stage}/_user_request_/{path}`, or `/_aws/execute-api/{apiId}/{stage}/{path}`.
 * @returns undefined when the request is for no API
 */
export function parseAddress(request: HttpRequest): Address | undefined {
  const host = request.headers.get('host') ?? ''
  const apiId = apiIdOfHost(host)
  const { target } = request
  if (apiId !== undefined) return address(apiId, host, target, 0)
  for (const { prefix, marker } of PATH_FORMS) {
    if (!target.startsWith(prefix)) continue
    const end = segmentEnd(target, prefix.length)
    if (end === prefix.length) return undefined
    const id = target.slice(prefix.length, end).toLowerCase()
    if (marker === undefined) return address(id, host, target, end)
    const stageEnd = segmentEnd(target, end + 1)
    const markerEnd = segmentEnd(target, stageEnd + 1)
    // Without the marker this is a call of the control plane, `GET /restapis/{id}/stages`.
    if (target[end] !== '/' || target[stageEnd] !== '/') return undefined
    if (target.slice(stageEnd + 1, markerEnd) !== marker) return undefined
    return address(id, host, target.slice(end, stageEnd) + target.slice(markerEnd), 0)
  }
  return undefined
}

const EXECUTE_API = '.execute-api.'

/** The first label of `{apiId}.execute-api.{region}.{anything}`, in lower case. */
function apiIdOfHost(host: string): string | undefined {
  const dot = host.indexOf('.')
  if (dot <= 0) return undefined
  if (host.startsWith(EXECUTE_API, dot)) return lowerCase(host.slice(0, dot))
  if (host.slice(dot, dot + EXECUTE_API.length).toLowerCase() !== EXECUTE_API) return undefined
  return host.slice(0, dot).toLowerCase()
}

function lowerCase(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 65 && code <= 90) return text.toLowerCase()
  }
  return text
}

/** The index of the slash or question mark that ends the segment beginning at `start`, or the target's end. */
function segmentEnd(target: string, start: number): number {
  for (let i = start; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code === 47 || code === 63) return i
  }
  return target.length
}

/** @param start where `/{stage}/{path}` begins in the target */
function address(apiId: string, host: string, target: string, start: number): Address {
  const question = target.indexOf('?', start)
  const end = question === -1 ? target.length : question
  // Slashes before the stage are tolerated (recorded on AWS).
  let stageStart = start
  while (stageStart < end && target.charCodeAt(stageStart) === 47) stageStart++
  const stageEnd = segmentEnd(target, stageStart)
  let pathStart = stageEnd
  while (pathStart + 1 < end && target.charCodeAt(pathStart + 1) === 47) pathStart++
  return {
    apiId,
    stage: target.slice(stageStart, stageEnd),
    path: pathStart < end ? target.slice(pathStart, end) : '/',
    fullPath: `/${target.slice(stageStart, end)}`,
    query: question === -1 ? undefined : target.slice(question + 1),
    domainName: withoutPort(host),
  }
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':')
  return colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
}
