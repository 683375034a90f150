import { quoted } from '#base/quoted.ts'
import { sameName } from '#http/same-name.ts'
import type { Address } from '#data-plane/address.ts'
import { shownCertificate } from '#data-plane/client-cert.ts'
import {
  authorizerVariables,
  commonLogTime,
  domainPrefix,
  protocolOf,
} from '#data-plane/context-variables.ts'
import type { CallerIdentity } from '#data-plane/caller.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'
import type { Query } from '#data-plane/query-string.ts'
import type { VpcEndpoint } from '#data-plane/origin.ts'

/**
 * Writes the event that a function behind AWS_PROXY receives, as JSON text. What does not change between requests is
 * written at deploy. Developer guide, "Input format of a Lambda function for proxy integration"; absent collections
 * are null (recorded on AWS).
 */
export function compileProxyEvent(definition: IntegrationDefinition): (exchange: Exchange) => string {
  const { snapshot, stage, resource, method, stageVariables, isBinary } = definition
  const operation =
    method.operationName === undefined ? '' : `"operationName":${quoted(method.operationName)},`
  const start = `{"resource":${quoted(resource.path)},"path":`
  const variables = Object.keys(stageVariables).length === 0 ? 'null' : JSON.stringify(stageVariables)
  const context =
    `,"stageVariables":${variables},"requestContext":{"resourceId":${quoted(resource.id)},` +
    `"resourcePath":${quoted(resource.path)},${operation}"httpMethod":`
  const facts =
    `,"accountId":${quoted(snapshot.account)},"stage":${quoted(stage.stageName)},` +
    `"deploymentId":${quoted(snapshot.deploymentId)},"apiId":${quoted(snapshot.api.id)}},"body":`
  return (exchange) => {
    const { request, address, query } = exchange
    const verb = quoted(exchange.method)
    const authorizer = authorizerVariables(exchange)
    return (
      `${start}${quoted(address.eventPath)},"httpMethod":${verb},${headersJson(exchange.headers)}` +
      `${queryJson(query)},"pathParameters":${pathParametersJson(exchange)}${context}${verb},` +
      `"extendedRequestId":"${exchange.extendedRequestId}",` +
      `"requestTime":"${commonLogTime(exchange.startedAtMs)}","path":${quoted(address.fullPath)},` +
      `"protocol":"${protocolOf(request)}","domainPrefix":${quoted(domainPrefix(address.domainName))},` +
      `"requestTimeEpoch":${exchange.startedAtMs},"requestId":"${exchange.requestId}",` +
      `"identity":{${identityJson(exchange)}},` +
      (authorizer === undefined ? '' : `"authorizer":${JSON.stringify(authorizer)},`) +
      `${customDomainJson(address)}"domainName":${quoted(address.domainName)}${facts}${bodyJson(exchange, isBinary)}}`
    )
  }
}

const NOBODY: CallerIdentity = {}

/** Members of `requestContext.identity`. */
function identityJson({ identity = NOBODY, client, request, address, vpcEndpoint }: Exchange): string {
  return (
    `"cognitoIdentityPoolId":${orNull(identity.cognitoIdentityPoolId)},"accountId":${orNull(identity.accountId)},` +
    `"cognitoIdentityId":${orNull(identity.cognitoIdentityId)},` +
    (identity.apiKey === undefined ? '' : `"apiKey":${quoted(identity.apiKey)},`) +
    `"caller":${orNull(identity.caller)},"sourceIp":${quoted(client.address)},` +
    `"principalOrgId":${orNull(identity.principalOrgId)},"accessKey":${orNull(identity.accessKey)},` +
    `"cognitoAuthenticationType":${orNull(identity.cognitoAuthenticationType)},` +
    `"cognitoAuthenticationProvider":${orNull(identity.cognitoAuthenticationProvider)},` +
    `"userArn":${orNull(identity.userArn)},` +
    endpointJson(vpcEndpoint) +
    (identity.apiKeyId === undefined ? '' : `"apiKeyId":${quoted(identity.apiKeyId)},`) +
    `"userAgent":${orNull(request.headers.get('user-agent'))},"user":${orNull(identity.user)}${clientCertJson(address)}`
  )
}

function orNull(text: string | undefined): string {
  return text === undefined ? 'null' : quoted(text)
}

/** Of private APIs alone. */
function endpointJson(endpoint: VpcEndpoint | undefined): string {
  return endpoint === undefined ? '' : `"vpcId":${quoted(endpoint.vpcId)},"vpceId":${quoted(endpoint.id)},`
}

/** Developer guide, "Input format of a Lambda function for proxy integration": `requestContext.identity.clientCert`. */
function clientCertJson({ domain }: Address): string {
  return domain?.certificate === undefined
    ? ''
    : `,"clientCert":${JSON.stringify(shownCertificate(domain.certificate))}`
}

function customDomainJson({ domain }: Address): string {
  return domain === undefined ? '' : `"customDomain":{"basePathMatched":${quoted(domain.basePathMatched)}},`
}

function bodyJson({ body, request }: Exchange, isBinary: (type: string | undefined) => boolean): string {
  if (body === undefined || body.length === 0) return 'null,"isBase64Encoded":false'
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return isBinary(request.headers.get('content-type'))
    ? `"${bytes.toString('base64')}","isBase64Encoded":true`
    : `${quoted(bytes.toString('utf8'))},"isBase64Encoded":false`
}

/**
 * `"headers":{…},"multiValueHeaders":{…}`: names that differ in case alone are one, under the first spelling. Null where
 * there are none, as when an owner tests a method (recorded on AWS).
 */
function headersJson(list: readonly string[]): string {
  if (list.length === 0) return '"headers":null,"multiValueHeaders":null'
  let single = ''
  let multi = ''
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    if (indexOf(list, name, 0) < i) continue
    let last = quoted(list[i + 1] as string)
    let all = last
    for (let next = indexOf(list, name, i + 2); next < list.length; next = indexOf(list, name, next + 2)) {
      last = quoted(list[next + 1] as string)
      all += `,${last}`
    }
    const separator = single === '' ? '' : ','
    single += `${separator}${quoted(name)}:${last}`
    multi += `${separator}${quoted(name)}:[${all}]`
  }
  return `"headers":{${single}},"multiValueHeaders":{${multi}}`
}

/** Where a name is next, from `start`; the list's length when nowhere. */
function indexOf(list: readonly string[], name: string, start: number): number {
  let i = start
  while (i < list.length && !sameName(list[i] as string, name)) i += 2
  return i
}

function queryJson(query: Query): string {
  if (query.size === 0) return ',"queryStringParameters":null,"multiValueQueryStringParameters":null'
  let single = ''
  let multi = ''
  for (const [name, values] of query) {
    const separator = single === '' ? '' : ','
    const key = quoted(name)
    single += `${separator}${key}:${quoted(values[values.length - 1] as string)}`
    multi += `${separator}${key}:${JSON.stringify(values)}`
  }
  return `,"queryStringParameters":{${single}},"multiValueQueryStringParameters":{${multi}}`
}

function pathParametersJson({ route, pathValues }: Exchange): string {
  if (route === undefined || pathValues.length === 0) return 'null'
  const members = pathValues.map(
    (value, at) => `${quoted(route.pathParameterNames[at] ?? '')}:${quoted(value)}`,
  )
  return `{${members.join(',')}}`
}
