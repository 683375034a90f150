import { shownCertificate } from '#data-plane/client-cert.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { eventHeaders, pathParametersJson } from '#data-plane/http-integrations/event-parts.ts'
import { compileRequestV2 } from '#data-plane/http-integrations/request-v2.ts'
import { canonicalName } from '#data-plane/http-integrations/canonical-name.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'

/** Writes the event of an authorizer's function, as JSON text. @param identity the values of its identity sources */
export type AuthorizerEvent = (exchange: Exchange, arn: string, identity: readonly string[]) => string

/** By payload format. Developer guide, "Working with AWS Lambda authorizers for HTTP APIs". */
export const authorizerEvents: Readonly<
  Record<'1.0' | '2.0', (definition: HttpRouteDefinition) => AuthorizerEvent>
> = { '1.0': compileV1, '2.0': compileV2 }

const quote: (text: string) => string = JSON.stringify

/** As the event of an integration, without a body; what is not there is left out. */
function compileV2(definition: HttpRouteDefinition): AuthorizerEvent {
  const { stageVariables } = definition
  const request = compileRequestV2(definition)
  const variables =
    Object.keys(stageVariables).length === 0 ? '' : `,"stageVariables":${JSON.stringify(stageVariables)}`
  return (exchange, arn, identity) => {
    const parameters = pathParametersJson(exchange)
    return (
      `{"version":"2.0","type":"REQUEST","routeArn":${quote(arn)},` +
      (identity.length === 0 ? '' : `"identitySource":${JSON.stringify(identity)},`) +
      request(exchange) +
      `${parameters === undefined ? '' : `,"pathParameters":${parameters}`}${variables}}`
    )
  }
}

/** The members of that page, in its order; names of headers are canonical, as in events of integrations. */
function compileV1({
  snapshot,
  stage,
  route,
  resourcePath,
  stageVariables,
}: HttpRouteDefinition): AuthorizerEvent {
  return (exchange, arn, identity) => {
    const { address, query, method, requestId, client, request } = exchange
    const sources = identity.length === 0 ? undefined : identity.join(',')
    const { certificate } = address.domain ?? {}
    return JSON.stringify({
      version: '1.0',
      type: 'REQUEST',
      methodArn: arn,
      identitySource: sources,
      authorizationToken: sources,
      resource: resourcePath,
      path: address.fullPath,
      httpMethod: method,
      headers: lastOfEach(eventHeaders(exchange)),
      queryStringParameters: Object.fromEntries(
        [...query].map(([name, values]) => [name, values.at(-1) as string]),
      ),
      pathParameters: JSON.parse(pathParametersJson(exchange) ?? '{}') as unknown,
      stageVariables,
      requestContext: {
        path: address.fullPath,
        accountId: snapshot.account,
        resourceId: route.routeKey,
        stage: stage.stageName,
        requestId,
        identity: {
          sourceIp: client.address,
          userAgent: request.headers.get('user-agent'),
          clientCert: certificate && shownCertificate(certificate),
        },
        resourcePath,
        httpMethod: method,
        apiId: snapshot.api.apiId,
      },
    })
  }
}

function lastOfEach(list: readonly string[]): Readonly<Record<string, string>> {
  const headers: [string, string][] = []
  for (let i = 0; i < list.length; i += 2)
    headers.push([canonicalName(list[i] as string), list[i + 1] as string])
  return Object.fromEntries(headers)
}
