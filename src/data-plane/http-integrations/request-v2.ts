import { quoted } from '#base/quoted.ts'
import { shownCertificate } from '#data-plane/client-cert.ts'
import { commonLogTime, domainPrefix } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import type { Query } from '#data-plane/query-string.ts'
import { authorizerJson, eventRequest, rawPath, type ReadEventRequest } from './event-parts.ts'

/**
 * What events of payload format 2.0 tell of a request, whoever gets them: the members from `routeKey` to `requestContext`.
 * @param read what mappings may have changed; as the client sent it
 */
export function compileRequestV2(
  { snapshot, stage, route }: HttpRouteDefinition,
  read: ReadEventRequest = eventRequest,
): (exchange: Exchange) => string {
  const routeKey = quoted(route.routeKey)
  const start = `"routeKey":${routeKey},"rawPath":`
  const context = `"requestContext":{"accountId":${quoted(snapshot.account)},"apiId":${quoted(snapshot.api.apiId)},`
  const facts = `","routeKey":${routeKey},"stage":${quoted(stage.stageName)},"time":"`
  return (exchange) => {
    const { address, requestId, startedAtMs, authorizer } = exchange
    const request = read(exchange)
    const path = quoted(rawPath(request.path))
    const { certificate } = address.domain ?? {}
    return (
      `${start}${path},"rawQueryString":${quoted(request.rawQuery)},${headersJson(request.headers)}` +
      `${queryJson(request.query)}${context}` +
      (certificate === undefined
        ? ''
        : `"authentication":{"clientCert":${JSON.stringify(shownCertificate(certificate))}},`) +
      authorizerJson(authorizer?.shown?.['2.0']) +
      `"domainName":${quoted(address.domainName)},"domainPrefix":${quoted(domainPrefix(address.domainName))},` +
      `"http":{"method":${quoted(exchange.method)},"path":${path},"protocol":"HTTP/1.1",` +
      `"sourceIp":${quoted(exchange.client.address)},` +
      `"userAgent":${quoted(exchange.request.headers.get('user-agent') ?? '')}},` +
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
        if (cookie !== '') cookies += `${cookies === '' ? '' : ','}${quoted(cookie)}`
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
    members += `${i === 0 ? '' : ','}${quoted(names[i] as string)}:${quoted(values[i] as string)}`
  }
  return `${cookies === '' ? '' : `"cookies":[${cookies}],`}"headers":{${members}},`
}

function queryJson(query: Query): string {
  if (query.size === 0) return ''
  let members = ''
  for (const [name, values] of query) {
    members += `${members === '' ? '' : ','}${quoted(name)}:${quoted(values.join(','))}`
  }
  return `"queryStringParameters":{${members}},`
}
