import type { AwsEndpoint } from '#aws/call.ts'
import type { Counters } from '#base/counters.ts'
import type { Log } from '#base/log.ts'
import { Address, parseAddress } from '#data-plane/address.ts'
import type { DomainTable } from '#data-plane/domains/domain-table.ts'
import { enterDomain } from '#data-plane/domains/enter-domain.ts'
import { parseHost } from '#data-plane/host-name.ts'
import type { Explanation } from '#data-plane/explain/explanation.ts'
import type { ExplainedHandler } from '#data-plane/explain/explain-request.ts'
import type { UserPools } from '#companions/cognito-idp/service.ts'
import type { Surroundings } from '#data-plane/origin.ts'
import type { DataPlane } from '#data-plane/serve.ts'
import type { HttpHandler, HttpReply, HttpRequest } from '#http/message.ts'
import type { Admin } from './admin.ts'
import type { Explainer } from './explain/explainer.ts'
import type { StageReferences } from './api-reference/stage-references.ts'
import { jsonReply } from './json-reply.ts'
import type { LoadShedder } from './load-shedder.ts'
import type { LocalGuard } from './local-guard.ts'
import type { Portals } from './portals/portals.ts'
import { isTry, tryEndpoint } from './portals/try-endpoint.ts'

export interface DispatchOptions {
  readonly dataPlane: DataPlane
  readonly domains: DomainTable
  /** Of requests that readers of developer portals try. */
  readonly counters: Counters
  /** Answers what is for no API. */
  readonly office: HttpHandler
  /** Answers the owner's questions about requests. */
  readonly explainer: Explainer
  /** What stages show of themselves, where that is wanted. */
  readonly references?: StageReferences | undefined
  /** Turns requests for APIs away where this process has no time for them. */
  readonly shedder?: LoadShedder | undefined
  readonly surroundings?: Surroundings | undefined
  readonly log?: Log | undefined
}

/**
 * Which part of the house a request is for: an API by its own address or by a domain name's, else the office. The origin of a
 * developer portal has no APIs: what they answer would be pages of the portal's.
 */
export function createDispatch(options: DispatchOptions): HttpHandler {
  const { dataPlane, domains, counters, office, explainer, references, shedder, surroundings, log } = options
  const serve = (
    request: HttpRequest,
    address: Address,
    explanation: Explanation | undefined,
  ): HttpReply | Promise<HttpReply> =>
    shedder?.refusal() ??
    references?.answer(request, address) ??
    dataPlane.serve(request, address, explanation)
  const answer: ExplainedHandler = (request, explanation) => {
    // A client of HTTP/1.0 may name the host in its TLS handshake alone.
    const host = parseHost(request.host || (request.peer.serverName ?? ''))
    const domain = host.apiId === undefined ? domains.find(host.key) : undefined
    if (host.portalId !== undefined || domain?.isPortal === true) {
      return isTry(request) ? tryEndpoint(request, dataPlane, counters) : office(request)
    }
    if (domain !== undefined) {
      const entered = enterDomain(domains, domain, host, request, log, surroundings)
      return entered instanceof Address ? serve(request, entered, explanation) : entered
    }
    const address = parseAddress(request, host)
    return address === undefined ? office(request) : serve(request, address, explanation)
  }
  return (request) => (explainer.isOpen ? explainer.serve(request, answer) : answer(request))
}

/**
 * All that is no API: developer portals, which are for everybody; Gatehouse's own addresses, those of user pools, else the AWS
 * control plane, all guarded.
 */
export function createOffice(
  portals: Pick<Portals, 'serve'>,
  guard: LocalGuard,
  admin: Admin,
  userPools: Pick<UserPools, 'serve'>,
  controlPlane: AwsEndpoint,
): HttpHandler {
  return (request) => {
    const portal = portals.serve(request)
    if (portal !== undefined) return portal
    const refusal = guard.refusal(request)
    if (refusal !== undefined) return jsonReply(403, { message: refusal })
    return admin.serve(request) ?? userPools.serve(request) ?? controlPlane.serve(request)
  }
}
