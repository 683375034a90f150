import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { compileTargets, type SendToGroup } from '#data-plane/integrations/vpc-link.ts'
import { parseQuery } from '#data-plane/query-string.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import type { Endpoint } from '#data-plane/uri-template.ts'
import { withStageVariables } from '#model/stage-variables.ts'

/** Where a private integration leads, and how. */
export interface PrivateIntegration {
  readonly send: SendToGroup
  /** The whole path of the client, its stage included, without query. */
  readonly endpoint: (exchange: Exchange) => Endpoint
}

interface Resource {
  /** What may stand in the file of targets, most exact first. */
  readonly names: readonly string[]
  /** What instances must have. */
  readonly attributes?: Readonly<Record<string, string>>
}

const LISTENER =
  /^(arn:[\w-]+:elasticloadbalancing:[\w-]+:\d{12}):listener\/((?:app|net)\/([\w-]+)\/\w+)\/\w+$/
const SERVICE = /^arn:[\w-]+:servicediscovery:[\w-]+:\d{12}:service\/([\w-]+)$/

/**
 * HTTP_PROXY through a VPC link, to a listener of a load balancer or to the instances of a service of Cloud Map, whose
 * attributes the query of the ARN may ask for. Developer guide, "Working with private integrations for HTTP APIs".
 * @throws DefinitionError
 */
export function compilePrivateIntegration(definition: ApiIntegrationDefinition): PrivateIntegration {
  const { integration, stageVariables, vpcLinks = {}, clientTls } = definition
  const link = withStageVariables(integration.connectionId ?? '', stageVariables)
  if (link === '') {
    throw new DefinitionError(
      `connectionId ${JSON.stringify(integration.connectionId ?? '')} names no VPC link`,
      'integration/connectionId',
    )
  }
  const uri = withStageVariables(integration.integrationUri ?? '', stageVariables)
  const { names, attributes } = resourceOf(uri)
  const send = compileTargets(
    { clientTls },
    [...names, link, ...(vpcLinks[link] ?? [])],
    `${uri} behind the VPC link ${link}`,
    { failure: nobody, ...(attributes === undefined ? {} : { attributes }) },
  )
  const origin = originOf(integration.tlsConfig)
  return { send, endpoint: ({ address }) => ({ origin, target: address.fullPath }) }
}

/** @throws DefinitionError */
function resourceOf(uri: string): Resource {
  const [arn = '', query] = uri.split('?', 2)
  const listener = LISTENER.exec(arn)
  if (listener !== null && query === undefined) {
    const [, prefix = '', balancer = '', name = ''] = listener
    return { names: [arn, `${prefix}:loadbalancer/${balancer}`, name] }
  }
  const service = SERVICE.exec(arn)
  if (service !== null) {
    const attributes = Object.fromEntries(
      [...parseQuery(query)].map(([name, values]) => [name, values.at(-1) ?? '']),
    )
    const names = [arn, service[1] as string]
    return query === undefined ? { names } : { names: [uri, ...names], attributes }
  }
  throw new DefinitionError(
    `integration uri ${JSON.stringify(uri)}: expected the ARN of a load balancer's listener or of a service of Cloud ` +
      'Map, as connectionType is VPC_LINK',
    'integration/integrationUri',
  )
}

/** Traffic is HTTP unless there is a `tlsConfig` (same page). An address is no name for a certificate. */
function originOf(tlsConfig: ApiIntegrationDefinition['integration']['tlsConfig']): string {
  if (tlsConfig === undefined) return 'http://0.0.0.0'
  const { serverNameToVerify = '' } = tlsConfig
  if (serverNameToVerify === '') return 'https://0.0.0.0'
  if (/^[\w.-]+$/.test(serverNameToVerify)) return `https://${serverNameToVerify.toLowerCase()}`
  throw new DefinitionError(
    `serverNameToVerify ${JSON.stringify(serverNameToVerify)}: expected a host name`,
    'integration/tlsConfig',
  )
}

function nobody(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('INTEGRATION_FAILURE', { reason, cause })
}
