import { documentationTypes } from '../apigateway/documentation-location.ts'
import type { DocumentationLocation } from '#model/documentation.ts'
import type { Cursor, DocumentReader } from './document-reader.ts'

export interface DocumentationDefinition {
  /** As written: not checked against the rules of its type. */
  readonly location: DocumentationLocation
  /** JSON text. */
  readonly properties: string
  readonly at: Cursor
}

/** The parts that a document brings in `x-amazon-apigateway-documentation`. */
export function readDocumentation(reader: DocumentReader): readonly DocumentationDefinition[] {
  const extension = reader.member(reader.root, 'x-amazon-apigateway-documentation')
  const parts = extension && reader.member(extension, 'documentationParts')
  return reader.items(parts).flatMap((at) => {
    const location = reader.member(at, 'location')
    const properties = reader.member(at, 'properties')
    const type = location && reader.choiceMember(location, 'type', documentationTypes)
    if (location === undefined || properties === undefined || type === undefined) {
      reader.error(at, 'a documentation part needs a location with a type, and properties')
      return []
    }
    return [
      {
        at,
        location: {
          type,
          path: reader.textMember(location, 'path'),
          method: reader.textMember(location, 'method'),
          statusCode: reader.textMember(location, 'statusCode'),
          name: reader.textMember(location, 'name'),
        },
        properties:
          typeof properties.value === 'string' ? properties.value : JSON.stringify(properties.value),
      },
    ]
  })
}
