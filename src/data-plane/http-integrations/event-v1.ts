import { quoted } from '#base/quoted.ts'
import { shownCertificate } from '#data-plane/client-cert.ts'
import { commonLogTime, domainPrefix } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { headerLists } from '#data-plane/method-headers.ts'
import type { Query } from '#data-plane/query-string.ts'
import { canonicalName } from './canonical-name.ts'
import { authorizerJson, eventBody, pathParametersJson, rawPath } from './event-parts.ts'
import type { CompileEvent } from './event-v2.ts'

/**
 * Payload format 1.0. Developer guide, "Working with AWS Lambda proxy integrations for HTTP APIs": what is not there is
 * null. `path` is as sent and `requestContext.path` decoded; header names are canonical (recorded on AWS).
 */
export const compileEventV1: CompileEvent = (definition, read) => {
  const { snapshot, stage, route, resourcePath, stageVariables } = definition
  const start = `{"version":"1.0","resource":${quoted(resourcePath)},"path":`
  const context = `,"requestContext":{"accountId":${quoted(snapshot.account)},"apiId":${quoted(snapshot.api.apiId)},`
  const facts =
    `,"resourceId":${quoted(route.routeKey)},"resourcePath":${quoted(resourcePath)},` +
    `"stage":${quoted(stage.stageName)}},"pathParameters":`
  const variables = Object.keys(stageVariables).length === 0 ? 'null' : JSON.stringify(stageVariables)
  return (exchange) => {
    const { address, requestId, startedAtMs, authorizer } = exchange
    const request = read(exchange)
    const verb = quoted(exchange.method)
    const body = eventBody(exchange)
    return (
      `${start}${quoted(request.path)},"httpMethod":${verb},${headersJson(request.headers)}` +
      `${queryJson(request.query)}${context}` +
      authorizerJson(authorizer?.shown?.['1.0']) +
      `"domainName":${quoted(address.domainName)},"domainPrefix":${quoted(domainPrefix(address.domainName))},` +
      `"extendedRequestId":"${requestId}","httpMethod":${verb},"identity":${identityJson(exchange)},` +
      `"path":${quoted(rawPath(request.path))},"protocol":"HTTP/1.1","requestId":"${requestId}",` +
      `"requestTime":"${commonLogTime(startedAtMs)}","requestTimeEpoch":${startedAtMs}${facts}` +
      `${pathParametersJson(exchange) ?? 'null'},"stageVariables":${variables},` +
      `"body":${body?.json ?? 'null'},"isBase64Encoded":${body?.isBase64 === true}}`
    )
  }
}

/** Member for member as the guide's sample has them; a certificate where the client showed one. */
function identityJson({ identity = {}, client, request, address }: Exchange): string {
  const { certificate } = address.domain ?? {}
  return JSON.stringify({
    accessKey: identity.accessKey ?? null,
    accountId: identity.accountId ?? null,
    caller: identity.caller ?? null,
    cognitoAmr: null,
    cognitoAuthenticationProvider: identity.cognitoAuthenticationProvider ?? null,
    cognitoAuthenticationType: identity.cognitoAuthenticationType ?? null,
    cognitoIdentityId: identity.cognitoIdentityId ?? null,
    cognitoIdentityPoolId: identity.cognitoIdentityPoolId ?? null,
    principalOrgId: identity.principalOrgId ?? null,
    sourceIp: client.address,
    user: identity.user ?? null,
    userAgent: request.headers.get('user-agent') ?? '',
    userArn: identity.userArn ?? null,
    clientCert: certificate && shownCertificate(certificate),
  })
}

/** Members `headers`, the last value of each name, and `multiValueHeaders`. */
function headersJson(list: readonly string[]): string {
  const lists = headerLists(list.map((text, at) => (at % 2 === 0 ? canonicalName(text) : text)))
  return `"headers":${lastOfEach(lists)},"multiValueHeaders":${allOfEach(lists)},`
}

function queryJson(query: Query): string {
  if (query.size === 0) return '"queryStringParameters":null,"multiValueQueryStringParameters":null'
  return `"queryStringParameters":${lastOfEach(query)},"multiValueQueryStringParameters":${allOfEach(query)}`
}

function lastOfEach(lists: ReadonlyMap<string, readonly string[]>): string {
  return `{${[...lists].map(([name, values]) => `${quoted(name)}:${quoted(values.at(-1) as string)}`).join(',')}}`
}

function allOfEach(lists: ReadonlyMap<string, readonly string[]>): string {
  return `{${[...lists].map(([name, values]) => `${quoted(name)}:${JSON.stringify(values)}`).join(',')}}`
}
