import { Address, type DomainRoute } from '#data-plane/address.ts'
import type { CallerIdentity } from '#data-plane/caller.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { parseHost } from '#data-plane/host-name.ts'
import { newExtendedRequestId } from '#data-plane/trace-ids.ts'

/**
 * What is known of a WebSocket connection from its handshake on. Plain data: whoever finishes a connection in the place
 * of a process that died needs no more (`writeFacts`, `readFacts`).
 */
export interface ConnectionFacts {
  /** `$context.connectionId`, `L0SM9cOFvHcCIhw=` */
  readonly connectionId: string
  readonly apiId: string
  readonly stage: string
  /** Epoch milliseconds. */
  readonly connectedAtMs: number
  readonly sourceIp: string
  readonly userAgent: string | undefined
  /** As the client named it, with its port. */
  readonly host: string
  /** `$context.customDomain.basePathMatched`; undefined: the client came by the API's own address. */
  readonly basePathMatched?: string | undefined
  /** Who the caller is, by a signature or an API key. */
  readonly identity?: CallerIdentity | undefined
  /** What the authorizer of `$connect` said; it holds for all that follows. */
  readonly grant?: ConnectionGrant | undefined
}

export interface ConnectionGrant {
  readonly principalId: string | undefined
  /** Without a prototype: names are the function's own. */
  readonly context: Readonly<Record<string, string>> | undefined
  readonly integrationLatencyMs: number
}

/** Of a handshake, before anybody was asked who it is from. */
export function newFacts(exchange: Exchange): ConnectionFacts {
  const { plan, address, request, client, startedAtMs } = exchange
  return {
    connectionId: newExtendedRequestId(),
    apiId: plan.apiId,
    stage: plan.stage,
    connectedAtMs: startedAtMs,
    sourceIp: client.address,
    userAgent: request.headers.get('user-agent'),
    host: request.host,
    basePathMatched: address.domain?.basePathMatched,
  }
}

/** The same, with what is known once the handshake was let in. */
export function admittedFacts(facts: ConnectionFacts, exchange: Exchange): ConnectionFacts {
  const { identity, authorizer, authorizerCall } = exchange
  if (identity === undefined && authorizer === undefined) return facts
  const grant = authorizer && {
    principalId: authorizer.principalId,
    context: authorizer.context,
    integrationLatencyMs: authorizerCall?.integrationLatencyMs ?? 0,
  }
  return { ...facts, identity, grant }
}

/** Where messages of a connection are for. */
export function addressOf({ apiId, stage, host, basePathMatched }: ConnectionFacts): Address {
  const domain: DomainRoute | undefined =
    basePathMatched === undefined ? undefined : { stage, basePathMatched, certificate: undefined }
  return new Address(apiId, parseHost(host), '/', 0, domain, stage)
}

/** As JSON text, for other processes. An access key or an API key is not told. */
export function writeFacts({ identity, ...facts }: ConnectionFacts): string {
  return JSON.stringify({
    ...facts,
    identity: identity && { ...identity, accessKey: undefined, apiKey: undefined },
  })
}

/** @param text of `writeFacts`. @throws SyntaxError */
export function readFacts(text: string): ConnectionFacts {
  const facts = JSON.parse(text) as ConnectionFacts
  const { grant } = facts
  if (grant?.context === undefined) return facts
  const context = Object.assign(Object.create(null) as Record<string, string>, grant.context)
  return { ...facts, grant: { ...grant, context } }
}
