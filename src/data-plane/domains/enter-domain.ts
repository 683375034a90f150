import { silentLog, type Log } from '#base/log.ts'
import { textBody } from '#http/body.ts'
import type { Peer } from '#http/connection.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { Address } from '#data-plane/address.ts'
import type { HostName } from '#data-plane/host-name.ts'
import { originOf, type Surroundings } from '#data-plane/origin.ts'
import { renderForbidden } from '#data-plane/render-error.ts'
import { OTHER_NAME, strictFault } from '#data-plane/strict-access.ts'
import type { DomainPlan } from './domain-plan.ts'
import type { DomainTable } from './domain-table.ts'

/**
 * Lets a request in by a custom domain name.
 * @returns where it leads; the answer when that is nowhere, or nobody's business
 */
export function enterDomain(
  domains: DomainTable,
  domain: DomainPlan,
  host: HostName,
  request: HttpRequest,
  log: Log = silentLog,
  surroundings: Surroundings = {},
): Address | HttpReply {
  const { peer, target } = request
  const fault =
    (domain.strict ? strictFault(domain.isPrivate, host, request, surroundings) : undefined) ??
    mutualFault(domains, domain, peer)
  if (fault !== undefined) {
    log.debug(`Access denied. Reason: ${fault}`, {
      domain: domain.name,
      client: peer.address,
      subject: peer.certificate?.subject,
    })
    return renderForbidden()
  }
  const { allowsIn } = domain
  if (allowsIn !== undefined && !allowsIn(request, originOf(surroundings, request, undefined))) {
    return renderForbidden()
  }
  if (HEALTH_CHECKS.test(target)) return healthy()
  const found = domain.lead(request)
  if (found === undefined) return renderForbidden()
  const { apiId, stage, basePathMatched, start } = found
  const certificate = domain.mutual ? peer.certificate : undefined
  return new Address(apiId, host, target, start, { stage, basePathMatched, certificate })
}

/**
 * Why a client is not let in; undefined when it is. A certificate vouches for its client only where the handshake was for
 * the same domain name: another one has other authorities, or none. The words are those of API Gateway's execution log,
 * where it has any.
 */
function mutualFault(
  domains: DomainTable,
  domain: DomainPlan,
  { certificate, certificateFault, serverName }: Peer,
): string | undefined {
  if (!domain.mutual) return undefined
  if (certificate === undefined) return 'no client certificate'
  if (serverName === undefined || domains.find(serverName) !== domain) {
    return OTHER_NAME
  }
  return certificateFault
}

/** Reserved on custom domain names (developer guide, "Amazon API Gateway important notes"). */
const HEALTH_CHECKS = /^\/s?ping(?:\?|$)/

function healthy(): HttpReply {
  return { status: 200, headers: new Headers(['Content-Type', 'text/plain']), body: textBody('healthy') }
}
