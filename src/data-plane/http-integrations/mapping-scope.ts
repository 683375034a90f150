import { utf8Text } from '#base/utf8.ts'
import { contextText } from '#data-plane/context-variables.ts'
import type { Exchange, MethodResponse } from '#data-plane/exchange.ts'
import { isAwsSignature } from '#data-plane/method-headers.ts'
import type { ExpressionScope } from '#languages/expressions/scope.ts'
import { httpBodyBytesMax, TextBody } from '#languages/expressions/text-body.ts'
import { decodedPath } from './event-parts.ts'

const NOTHING = new Uint8Array(0)

/**
 * What values of an HTTP API's request mappings read.
 * @param forPath whether the value is to be a path: parameters of the path are not decoded, so that they stay in their
 * segments
 */
export function requestScope(exchange: Exchange, forPath: boolean = false): ExpressionScope {
  const { request, address, plan } = exchange
  return {
    context: (name) => contextText(exchange, name),
    stageVariable: (name) => plan.stageVariables[name],
    request: {
      method: exchange.method,
      path: forPath ? escaped(address.path) : address.path,
      basePath: '',
      body: new TextBody(() => utf8Text(exchange.body ?? NOTHING), httpBodyBytesMax),
      pathParameter: (name) => {
        const value = exchange.pathParameter(name)
        if (value === undefined) return undefined
        return forPath ? escaped(value) : decodedPath(value)
      },
      header: (name) => {
        const values = request.headers.getAll(name)
        return values.length === 0 || isAwsSignature(values[0]) ? undefined : values.join(',')
      },
      queryParameter: (name) => exchange.query.get(name)?.join(','),
    },
  }
}

/** Targets are latin1 texts: what was sent unescaped beyond ASCII is bytes, whatever they stand for. */
function escaped(piece: string): string {
  return piece.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** What values of response mappings read. @param body empty where no mapping looks at it */
export function responseScope(
  exchange: Exchange,
  { status, headers }: Pick<MethodResponse, 'status' | 'headers'>,
  body: Uint8Array,
): ExpressionScope {
  const joined = (name: string): string | undefined => {
    const values = headers.getAll(name)
    return values.length === 0 ? undefined : values.join(',')
  }
  return {
    context: (name) => contextText(exchange, name),
    stageVariable: (name) => exchange.plan.stageVariables[name],
    response: {
      status,
      body: new TextBody(() => utf8Text(body), httpBodyBytesMax),
      header: (name) => headers.getAll(name).at(-1),
      multiValueHeader: joined,
    },
  }
}
