import { Headers } from '#http/headers.ts'
import { textBody } from '#http/body.ts'
import { AwsError } from '#aws/error.ts'
import { errorFacts } from '#aws/error-facts.ts'
import { parseJsonBody, structureFromJson, structureToJson, type JsonDialect } from '#aws/json-value.ts'
import type { ServiceTable } from '#aws/table.ts'
import type { Codec } from './codec.ts'
import { headerText } from './header-text.ts'

/** awsJson 1.0 and 1.1: `POST /` with the operation in `X-Amz-Target`, everything else in one JSON body. */
export function awsJson(version: '1.0' | '1.1'): Codec {
  const type = `application/x-amz-json-${version}`
  return {
    speaks: ({ headers }) =>
      headers.has('x-amz-target') && (headers.get('content-type') ?? '').startsWith(type),

    identify(request, service) {
      const target = request.headers.get('x-amz-target') ?? ''
      const prefix = `${service.meta.targetPrefix}.`
      if (!target.startsWith(prefix)) return undefined
      return { operation: target.slice(prefix.length), labels: new Map() }
    },

    decode(request, operation, _labels, service) {
      const body = parseJsonBody(request.body, service.overlay)
      return operation.input === undefined
        ? {}
        : structureFromJson(operation.input, body, dialectOf(service), 0)
    },

    encode(output, operation, service, requestId) {
      const value = operation.output ? structureToJson(operation.output, output, dialectOf(service)) : {}
      const headers = new Headers(['x-amzn-RequestId', requestId, 'Content-Type', type])
      return { status: 200, headers, body: textBody(JSON.stringify(value)) }
    },

    encodeError(error, service, requestId) {
      const { body, code, queryCode, status } = errorFacts(error, service)
      const headers = new Headers(['x-amzn-RequestId', requestId, 'Content-Type', type])
      if (queryCode !== undefined) {
        // Services that once spoke awsQuery: SDKs then give the old code to their users.
        headers.add('x-amzn-query-error', headerText(`${queryCode};${status < 500 ? 'Sender' : 'Receiver'}`))
      }
      return { status, headers, body: textBody(JSON.stringify({ __type: code, ...body })) }
    },

    unknownOperation: (operation) =>
      new AwsError('UnknownOperationException', `Unknown operation ${operation ?? '(none)'}`, 404),

    missingToken: 'Missing Authentication Token',
    deniedCode: 'AccessDeniedException',
    signatureCodes: {
      missing: 'MissingAuthenticationTokenException',
      incomplete: 'IncompleteSignatureException',
      'unknown-key': 'UnrecognizedClientException',
      'expired-token': 'ExpiredTokenException',
      mismatch: 'InvalidSignatureException',
    },
  }
}

function dialectOf(service: ServiceTable): JsonDialect {
  return { nameOf: (member) => member.name, overlay: service.overlay }
}
