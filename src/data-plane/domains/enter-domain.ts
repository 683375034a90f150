import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { Address } from '#data-plane/address.ts'
import type { HostName } from '#data-plane/host-name.ts'
import { renderForbidden } from '#data-plane/render-error.ts'
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
): Address | HttpReply {
  const { peer, target } = request
  if (domain.mutual && !isTrusted(domains, domain, request)) return renderForbidden()
  if (domain.allowsIn?.(request) === false) return renderForbidden()
  if (HEALTH_CHECKS.test(target)) return healthy()
  const found = domain.lead(request)
  if (found === undefined) return renderForbidden()
  const { apiId, stage, basePathMatched, start } = found
  const certificate = domain.mutual ? peer.certificate : undefined
  return new Address(apiId, host, target, start, { stage, basePathMatched, certificate })
}

/**
 * A certificate vouches for its client only where the handshake was for the same domain name: another one has other
 * authorities, or none.
 */
function isTrusted(domains: DomainTable, domain: DomainPlan, { peer }: HttpRequest): boolean {
  const { certificate, certificateFault, serverName } = peer
  return (
    certificate !== undefined &&
    certificateFault === undefined &&
    serverName !== undefined &&
    domains.find(serverName) === domain
  )
}

/** Reserved on custom domain names (developer guide, "Amazon API Gateway important notes"). */
const HEALTH_CHECKS = /^\/s?ping(?:\?|$)/

function healthy(): HttpReply {
  return { status: 200, headers: new Headers(['Content-Type', 'text/plain']), body: textBody('healthy') }
}
