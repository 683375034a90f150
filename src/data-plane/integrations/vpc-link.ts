import type { HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import type { ClientTls } from '#http/client-tls.ts'
import { parseOrigin, type Origin } from '#http/origin.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { configurationError, type GatewayError } from '#data-plane/gateway-error.ts'
import { DefinitionError, type IntegrationDefinition } from '#data-plane/route-definition.ts'
import type { HttpSender } from '#data-plane/resilience/send-http.ts'
import { NoTarget, sendToTarget } from '#data-plane/targets/send-to-target.ts'
import type { TargetGroupDefinition } from '#data-plane/targets/target-group.ts'
import { withStageVariables } from '#model/stage-variables.ts'

/**
 * Sends a request to one of several backends.
 * @param sender asked for each attempt
 * @param met those that earlier attempts have met
 */
export type SendToGroup = (
  exchange: Exchange,
  request: HttpClientRequest,
  sender: HttpSender,
  met?: Set<unknown>,
) => Promise<HttpClientResponse>

/**
 * A private integration: the uri says scheme, path and Host, the link which backends (developer guide, "Set up an API
 * Gateway API with private integrations").
 * @throws DefinitionError
 */
export function compileVpcLink(definition: IntegrationDefinition): SendToGroup {
  const { integration, stageVariables, vpcLinks = {} } = definition
  const link = withStageVariables(integration.connectionId ?? '', stageVariables)
  const target = withStageVariables(integration.integrationTarget ?? '', stageVariables)
  if (link === '' && target === '') {
    throw new DefinitionError(
      `connectionId ${JSON.stringify(integration.connectionId ?? '')} names no VPC link`,
      'integration/connectionId',
    )
  }
  const names = [target, link, ...(vpcLinks[link] ?? [])].filter((name) => name !== '')
  return compileTargets(definition, names, `the VPC link ${link}`)
}

export interface TargetsOptions {
  /** What targets must have to be asked. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Where there is nobody to ask; that is a fault of the definition otherwise. */
  readonly failure?: (reason: string, cause?: unknown) => GatewayError
}

/**
 * The targets of a name, whose file says which hosts answer for that of the uri.
 * @param names most exact first
 * @param what they are of, for messages
 */
export function compileTargets(
  { clientTls }: Pick<IntegrationDefinition, 'clientTls'>,
  names: readonly string[],
  what: string,
  { attributes, failure = configurationError }: TargetsOptions = {},
): SendToGroup {
  const tlsOf = new TlsSettings(clientTls)
  return async (exchange, request, sender, met) => {
    const { ports, clock } = exchange.services
    const group = ports.targets?.find(names)
    if (group === undefined) {
      throw failure(
        `no targets are known for ${what}: add ${names.map((name) => JSON.stringify(name)).join(' or ')} to the file of --targets`,
      )
    }
    const origin = parseOrigin(request.origin)
    if (origin === undefined) throw configurationError(`Invalid endpoint address: ${request.origin}`)
    if (!request.headers.has('host')) request.headers.add('Host', origin.authority)
    try {
      return await sendToTarget(
        sender,
        group,
        {
          ...request,
          attributes,
          tls: tlsOf.of(group.definition, origin),
          insecureSkipVerification:
            request.insecureSkipVerification === true || group.definition.tls?.insecureSkipVerification,
        },
        () => clock.steadyMs(),
        Math.random,
        met,
      )
    } catch (error) {
      throw error instanceof NoTarget ? failure(error.message, error) : error
    }
  }
}

/** One object for equal settings: connections are shared by it. */
class TlsSettings {
  readonly #own: ClientTls | undefined
  readonly #known = new WeakMap<TargetGroupDefinition, Map<string, ClientTls>>()

  /** @param own what the stage shows of itself */
  constructor(own: ClientTls | undefined) {
    this.#own = own
  }

  of(definition: TargetGroupDefinition, { hostname }: Origin): ClientTls {
    let byHost = this.#known.get(definition)
    if (byHost === undefined) this.#known.set(definition, (byHost = new Map()))
    let tls = byHost.get(hostname)
    if (tls === undefined) {
      // Targets are addresses: the certificate is for the name in the uri. Addresses are no names.
      const serverName = /^[\d.]+$|:/.test(hostname) ? {} : { serverName: hostname }
      tls = { ...this.#own, ...serverName, ...definition.tls }
      // Hosts come from mapped paths, too.
      if (byHost.size >= HOSTS_MAX) byHost.clear()
      byHost.set(hostname, tls)
    }
    return tls
  }
}

const HOSTS_MAX = 100
