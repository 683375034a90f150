import { openapi3 } from '../../openapi/dialect.ts'
import type { Cursor, DocumentReader } from '../../openapi/document-reader.ts'
import { isRecord } from '../../openapi/parse-document.ts'

/**
 * Members of OpenAPI and of REST APIs' extensions that mean nothing to HTTP APIs, by where they are. The wording and the order
 * within an operation were recorded on AWS.
 */
const ignored = {
  document: [
    'externalDocs',
    'x-amazon-apigateway-api-key-source',
    'x-amazon-apigateway-binary-media-types',
    'x-amazon-apigateway-documentation',
    'x-amazon-apigateway-gateway-responses',
    'x-amazon-apigateway-minimum-compression-size',
    'x-amazon-apigateway-policy',
    'x-amazon-apigateway-request-validator',
    'x-amazon-apigateway-request-validators',
  ],
  components: [
    'schemas',
    'responses',
    'parameters',
    'examples',
    'requestBodies',
    'headers',
    'links',
    'callbacks',
  ],
  path: ['summary', 'description', 'servers', 'parameters', 'trace'],
  operation: [
    'tags',
    'summary',
    'description',
    'externalDocs',
    'requestBody',
    'responses',
    'parameters',
    'callbacks',
    'deprecated',
    'servers',
    'x-amazon-apigateway-request-validator',
  ],
  integration: [
    'requestTemplates',
    'passthroughBehavior',
    'contentHandling',
    'cacheNamespace',
    'cacheKeyParameters',
    'responses',
  ],
} as const

export function ignoredMembers(place: keyof typeof ignored, where: string, { value }: Cursor): string[] {
  if (!isRecord(value)) return []
  return ignored[place]
    .filter((name) => Object.hasOwn(value, name))
    .map((name) => `${where === '' ? '' : `${where}: `}key [${name}] will be ignored by API Gateway`)
}

/** Bodies that name schemas which are not there, as AWS warns of them though it reads no schema. */
export function warnOfMissingSchemas(
  reader: DocumentReader,
  path: string,
  method: string,
  operation: Cursor,
): void {
  const known = openapi3.models(reader)?.value
  const check = (part: string, holder: unknown): void => {
    const content = isRecord(holder) && isRecord(holder['content']) ? holder['content'] : {}
    for (const media of Object.values(content)) {
      const schema = isRecord(media) ? media['schema'] : undefined
      const reference = isRecord(schema) ? schema['$ref'] : undefined
      if (typeof reference !== 'string' || !reference.startsWith(openapi3.modelPrefix)) continue
      const name = reference.slice(openapi3.modelPrefix.length)
      if (isRecord(known) && Object.hasOwn(known, name)) continue
      // Seen on AWS: getmoto/moto's tests, recorded there.
      reader.warn(
        operation,
        `Parse issue: attribute paths.'${path}'(${method}).${part}.content.schema.${reference} is missing`,
      )
    }
  }
  const { value } = operation
  if (!isRecord(value)) return
  check('requestBody', value['requestBody'])
  if (!isRecord(value['responses'])) return
  for (const [status, response] of Object.entries(value['responses'])) check(`responses.${status}`, response)
}
