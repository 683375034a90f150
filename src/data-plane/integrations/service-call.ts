import { targetedServices, untargetedServices, type JsonProtocol } from '#aws/service-facts.ts'
import type { IntegrationRequest } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { encodeQuery } from '#data-plane/query-string.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'
import { compileUri, UriError } from '#data-plane/uri-template.ts'
import type { ServiceUri } from './lambda-uri.ts'

/** What a service's uri says of the request. */
export interface ServiceCall {
  /** As endpoints are looked up. */
  readonly service: string
  /** Path and query, below the endpoint's own path. @throws GatewayError when what is mapped makes no URI */
  readonly target: (mapped: Pick<IntegrationRequest, 'path' | 'query'>) => string
  /** Headers that name the action, unless something is mapped to them: name, value, name, value … */
  readonly defaults: readonly string[]
}

type ServiceDefinition = Pick<IntegrationDefinition, 'integration' | 'warn'>

/**
 * `action/{Action}&{query}` is a request of `/?Action={Action}&{query}` (seen in logs of executions), `path/{path}` of
 * that path. Developer guide, "Set up an API integration request using the API Gateway console".
 * @throws DefinitionError
 */
export function compileServiceCall(definition: ServiceDefinition, uri: ServiceUri): ServiceCall {
  const { kind, rest } = uri
  const isAction = kind === 'action'
  // The host stands for what is known when the request is sent.
  const template = compileUri(`https://service/${isAction ? `?Action=${rest}` : rest.replace(/^\/+/, '')}`)
  const action = /^[^&?]*/.exec(rest)?.[0] ?? ''
  const isStored = /(?:^|\.)s3$/.test(uri.service)
  if (isAction) warnOfMissingTarget(definition, uri.service, action)
  return {
    service: uri.service === 'states' && action === 'StartSyncExecution' ? 'sync-states' : uri.service,
    defaults: isAction ? targetHeaders(targetedServices[uri.service], action) : [],
    target: ({ path, query }) => {
      let target: string
      try {
        target = template.render((name) => path.get(name)?.replace(/[&=+]/g, percent)).target
      } catch (cause) {
        if (cause instanceof UriError) throw configurationError('Invalid endpoint address', cause)
        throw cause
      }
      if (template.names.length > 0) refuseDots(target)
      if (isStored) target = plainKeys(target)
      return query.size === 0 ? target : `${target}${target.includes('?') ? '&' : '?'}${encodeQuery(query)}`
    },
  }
}

function targetHeaders(protocol: JsonProtocol | undefined, action: string): string[] {
  if (protocol === undefined) return []
  const { targetPrefix, version } = protocol
  return ['X-Amz-Target', `${targetPrefix}.${action}`, 'Content-Type', `application/x-amz-json-${version}`]
}

function warnOfMissingTarget(
  { integration, warn }: ServiceDefinition,
  service: string,
  action: string,
): void {
  const protocol = untargetedServices[service]
  const texts = [
    ...Object.keys(integration.requestParameters ?? {}),
    ...Object.values(integration.requestTemplates ?? {}),
  ]
  if (protocol === undefined || texts.some((text) => /x-amz-target/i.test(text))) return
  warn(
    `${service} is told the action by headers that API Gateway does not add: map X-Amz-Target to ` +
      `'${protocol.targetPrefix}.${action}' and Content-Type to 'application/x-amz-json-${protocol.version}'`,
    'integration/requestParameters',
  )
}

/** Dot segments in what a client names could lead to another path, or bucket: the signature is made without them. */
function refuseDots(target: string): void {
  if (DOTS.test(target)) throw configurationError('Invalid endpoint address: the path has dot segments')
}

const DOTS = /^[^?]*(?:\/|%2f)(?:\.|%2e){1,2}(?:\/|%2f|\?|$)/i

/**
 * The path with nothing escaped that S3 does not escape in the canonical request, and all that it does ("Signature
 * Calculations for the Authorization Header", Amazon S3 API Reference): else signatures of odd keys do not match.
 */
function plainKeys(target: string): string {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const bytes = path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return bytes.replace(/[^A-Za-z0-9._~/-]/g, percent) + (mark < 0 ? '' : target.slice(mark))
}

/** Of one byte. */
function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
