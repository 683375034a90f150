import { shownCertificate } from '#data-plane/client-cert.ts'
import { commonLogTime, domainPrefix } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import type { Query } from '#data-plane/query-string.ts'
import { authorizerJson, eventRequest, rawPath, type ReadEventRequest } from './event-parts.ts'

const quote: (text: string) => string = JSON.stringify

/**
 * What events of payload format 2.0 tell of a request, whoever gets them: the members from `routeKey` to `requestContext`.
 * @param read what mappings may have changed; as the client sent it
 */
export function compileRequestV2(
  { snapshot, stage, route }: HttpRouteDefinition,
  read: ReadEventRequest = eventRequest,
): (exchange: Exchange) => string {
  const routeKey = quote(route.routeKey)
  const start = `"routeKey":${routeKey},"rawPath":`
  const context = `"requestContext":{"accountId":${quote(snapshot.account)},"apiId":${quote(snapshot.api.apiId)},`
  const facts = `","routeKey":${routeKey},"stage":${quote(stage.stageName)},"time":"`
  return (exchange) => {
    const { address, requestId, startedAtMs, authorizer } = exchange
    const request = read(exchange)
    const path = quote(rawPath(request.path))
    const { certificate } = address.domain ?? {}
    return (
      `${start}${path},"rawQueryString":${quote(request.rawQuery)},${headersJson(request.headers)}` +
      `${queryJson(request.query)}${context}` +
      (certificate === undefined
        ? ''
        : `"authentication":{"clientCert":${JSON.stringify(shownCertificate(certificate))}},`) +
      authorizerJson(authorizer?.shown?.['2.0']) +
      `"domainName":${quote(address.domainName)},"domainPrefix":${quote(domainPrefix(address.domainName))},` +
      `"http":{"method":${quote(exchange.method)},"path":${path},"protocol":"HTTP/1.1",` +
      `"sourceIp":${quote(exchange.client.address)},` +
      `"userAgent":${quote(exchange.request.headers.get('user-agent') ?? '')}},` +
      `"requestId":"${requestId}${facts}${commonLogTime(startedAtMs)}","timeEpoch":${startedAtMs}}`
    )
  }
}

/** Members `cookies`, where there are any, and `headers`: names in lower case, values of one name joined. */
function headersJson(list: readonly string[]): string {
  const names: string[] = []
  const values: string[] = []
  let cookies = ''
  for (let i = 0; i < list.length; i += 2) {
    const name = (list[i] as string).toLowerCase()
    const value = list[i + 1] as string
    if (name === 'cookie') {
      // A semicolon at the end, or two in a row, make no cookie.
      for (const cookie of value.split(/;[ \t]*/)) {
        if (cookie !== '') cookies += `${cookies === '' ? '' : ','}${quote(cookie)}`
      }
      continue
    }
    const at = names.indexOf(name)
    if (at === -1) {
      names.push(name)
      values.push(value)
    } else {
      values[at] += `,${value}`
    }
  }
  let members = ''
  for (let i = 0; i < names.length; i++) {
    members += `${i === 0 ? '' : ','}${quote(names[i] as string)}:${quote(values[i] as string)}`
  }
  return `${cookies === '' ? '' : `"cookies":[${cookies}],`}"headers":{${members}},`
}

function queryJson(query: Query): string {
  if (query.size === 0) return ''
  let members = ''
  for (const [name, values] of query) {
    members += `${members === '' ? '' : ','}${quote(name)}:${quote(values.join(','))}`
  }
  return `"queryStringParameters":{${members}},`
}
