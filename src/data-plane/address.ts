import type { ClientCertificate } from '#http/connection.ts'
import type { HttpRequest } from '#http/message.ts'
import { parseHost, type HostName } from './host-name.ts'

/** What a custom domain name said of a request that it leads to an API. */
export interface DomainRoute {
  /** Undefined: what follows the base path names it. */
  readonly stage: string | undefined
  /** `$context.customDomain.basePathMatched`: `orders/v1`. */
  readonly basePathMatched: string
  /** The client's, found valid; where the domain name asks for one. */
  readonly certificate: ClientCertificate | undefined
}

/** Answers what is for no other stage of its HTTP API, and stands in no path. */
export const DEFAULT_STAGE = '$default'

/** Which API and stage a request is for, and what remains of its target. Nothing is decoded; texts are made when read. */
export class Address {
  /** Lower case. */
  readonly apiId: string
  /** What the client named in Host. */
  readonly host: HostName
  /** `/{stage}/{path}?{query}` from some place on. */
  readonly target: string
  readonly #start: number
  /** The stage, where the target does not name it. */
  readonly #known: string | undefined
  readonly #stageStart: number
  readonly #stageEnd: number
  /** Where the path begins and ends in `target`; they are the same when there is none, which means `/`. */
  readonly pathStart: number
  readonly pathEnd: number
  /** Undefined: the request came by the API's own address. */
  readonly domain: DomainRoute | undefined

  /**
   * @param start where `/{stage}/{path}` begins in the target; `/{path}` where the stage is known
   * @param stage known, and no part of the target: `$default`
   */
  constructor(
    apiId: string,
    host: HostName,
    target: string,
    start: number,
    domain?: DomainRoute,
    stage: string | undefined = domain?.stage,
  ) {
    const question = target.indexOf('?', start)
    const end = question === -1 ? target.length : question
    let stageStart = start
    let stageEnd = start
    if (stage === undefined) {
      // Slashes before the stage are tolerated (recorded on AWS).
      while (stageStart < end && target.charCodeAt(stageStart) === 47) stageStart++
      stageEnd = segmentEnd(target, stageStart)
    }
    let pathStart = stageEnd
    if (stage !== DEFAULT_STAGE) {
      while (pathStart + 1 < end && target.charCodeAt(pathStart + 1) === 47) pathStart++
    }
    this.apiId = apiId
    this.host = host
    this.target = target
    this.#start = start
    this.#known = stage
    this.#stageStart = stageStart
    this.#stageEnd = stageEnd
    this.pathStart = pathStart
    this.pathEnd = end
    this.domain = domain
  }

  /** Whether the request is for the stage of this name. */
  isFor(stage: string): boolean {
    const known = this.#known
    if (known !== undefined) return known === stage
    return (
      this.#stageEnd - this.#stageStart === stage.length && this.target.startsWith(stage, this.#stageStart)
    )
  }

  /** Whether the request is for the stage of this name, or a domain name leaves open for which. */
  mayBeFor(stage: string): boolean {
    return this.#known === undefined || this.#known === stage
  }

  /** As a request for a stage that it may not name: `$default`, to which its whole path belongs. */
  within(stage: string): Address {
    if (stage !== DEFAULT_STAGE || this.#known !== undefined) return this
    return new Address(this.apiId, this.host, this.target, this.#start, this.domain, stage)
  }

  /** Empty when the request names none. */
  get stage(): string {
    return this.#known ?? this.target.slice(this.#stageStart, this.#stageEnd)
  }

  /** From the slash after the stage, further slashes there left out: `/pets/1`; at least `/`. */
  get path(): string {
    return this.target.slice(this.pathStart, this.pathEnd) || '/'
  }

  /**
   * `$context.path`: the stage and all that followed it as sent, `/prod//pets/1`; by a custom domain name the whole
   * path as sent, base path included, whoever names the stage.
   */
  get fullPath(): string {
    if (this.domain !== undefined) return this.target.slice(0, this.pathEnd)
    if (this.#known !== undefined) return this.path
    return `/${this.target.slice(this.#stageStart, this.pathEnd)}`
  }

  /**
   * `path` of the events that functions get. By a custom domain name nothing is taken off it, neither base path nor
   * stage (observed on AWS: localstack/localstack#12295, CodeGenieApp/serverless-express#216).
   */
  get eventPath(): string {
    return this.domain === undefined ? this.path : this.fullPath
  }

  /** What follows `?`, if anything does. */
  get query(): string | undefined {
    return this.pathEnd === this.target.length ? undefined : this.target.slice(this.pathEnd + 1)
  }

  /** The host that the client named, without port. */
  get domainName(): string {
    return this.host.domainName
  }
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
 * `Host: {apiId}-{vpceId}.execute-api.…`, `Host: {vpceId}-{suffix}.execute-api.…` with `x-apigw-api-id: {apiId}`,
 * `/restapis/{apiId}/{stage}/_user_request_/{path}`, or `/_aws/execute-api/{apiId}/{stage}/{path}`.
 * @returns undefined when the request is for no API
 */
export function parseAddress(
  request: HttpRequest,
  host: HostName = parseHost(request.host),
): Address | undefined {
  const { target } = request
  if (host.apiId !== undefined) return new Address(host.apiId || calledApi(request), host, target, 0)
  for (const { prefix, marker } of PATH_FORMS) {
    if (!target.startsWith(prefix)) continue
    const end = segmentEnd(target, prefix.length)
    if (end === prefix.length) return undefined
    const id = target.slice(prefix.length, end).toLowerCase()
    if (marker === undefined) return new Address(id, host, target, end)
    const stageEnd = segmentEnd(target, end + 1)
    const markerEnd = segmentEnd(target, stageEnd + 1)
    // Without the marker this is a call of the control plane, `GET /restapis/{id}/stages`.
    if (target[end] !== '/' || target[stageEnd] !== '/') return undefined
    if (target.slice(stageEnd + 1, markerEnd) !== marker) return undefined
    return new Address(id, host, target.slice(end, stageEnd) + target.slice(markerEnd), 0)
  }
  return undefined
}

/** By an endpoint's own name (developer guide, "Invoke a private API"). Several say nothing. */
function calledApi({ headers }: HttpRequest): string {
  const [apiId = '', ...others] = headers.getAll('x-apigw-api-id')
  return others.length === 0 ? apiId.toLowerCase() : ''
}

/** The index of the slash or question mark that ends the segment beginning at `start`, or the target's end. */
function segmentEnd(target: string, start: number): number {
  for (let i = start; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code === 47 || code === 63) return i
  }
  return target.length
}
