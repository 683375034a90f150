import type { DocumentationLocation, DocumentationType } from '#model/documentation.ts'
import { badRequest } from './errors.ts'
import { patchText } from './patch.ts'

type Field = 'path' | 'method' | 'statusCode' | 'name'

/** What a location may and must say besides its type. */
interface LocationRules {
  readonly fields: readonly Field[]
  readonly required?: readonly Field[]
}

/** Developer guide, "Valid location fields of DocumentationPart". */
const rules: Readonly<Record<DocumentationType, LocationRules>> = {
  API: { fields: [] },
  AUTHORIZER: { fields: ['name'] },
  MODEL: { fields: ['name'] },
  RESOURCE: { fields: ['path'] },
  METHOD: { fields: ['path', 'method'] },
  PATH_PARAMETER: { fields: ['path', 'method', 'name'], required: ['name'] },
  QUERY_PARAMETER: { fields: ['path', 'method', 'name'] },
  REQUEST_HEADER: { fields: ['path', 'method', 'name'], required: ['name'] },
  REQUEST_BODY: { fields: ['path', 'method'] },
  RESPONSE: { fields: ['path', 'method', 'statusCode'] },
  RESPONSE_HEADER: { fields: ['path', 'method', 'statusCode', 'name'], required: ['name'] },
  RESPONSE_BODY: { fields: ['path', 'method', 'statusCode'] },
}

/** Shown where a location leaves it out (recorded on AWS); any method and any status are not shown. */
const defaultPath = '/'
const anyValue = '*'

const fieldOrder: readonly Field[] = ['path', 'method', 'statusCode', 'name']

export const documentationTypes: readonly DocumentationType[] = Object.keys(rules) as DocumentationType[]

/** The location with the path that it means. @throws BadRequestException */
export function checkedLocation(given: DocumentationLocation): DocumentationLocation {
  const { fields, required = [] } = rules[given.type]
  // Terraform sends empty texts for what it does not set.
  const valueOf = (field: Field): string | undefined => patchText(given[field])
  const extra = fieldOrder.find((field) => valueOf(field) !== undefined && !fields.includes(field))
  if (extra !== undefined) {
    throw badRequest(
      `Invalid documentation part location: ${extra} is not valid for type '${given.type}'. Valid fields are [${['type', ...fields].join(', ')}]`,
    )
  }
  const missing = required.find((field) => valueOf(field) === undefined)
  if (missing !== undefined) {
    throw badRequest(`Invalid documentation part location: ${missing} is required for type '${given.type}'`)
  }
  const location: Record<string, string> = { type: given.type }
  for (const field of fields) {
    const value = valueOf(field) ?? (field === 'path' ? defaultPath : undefined)
    if (value !== undefined) location[field] = value
  }
  return location as unknown as DocumentationLocation
}

/** `type 'METHOD', path '/pets', method 'GET'`. */
export function locationText(location: DocumentationLocation): string {
  const given = (['type', ...fieldOrder] as const).filter((field) => location[field] !== undefined)
  return given.map((field) => `${field} '${location[field]}'`).join(', ')
}

/** The same for the same place, and sorted by type, path, method, status, name. */
export function locationKey(location: DocumentationLocation): string {
  const valueOf = (field: Field): string => {
    const value = location[field] ?? ''
    return value === anyValue && field !== 'name' ? '' : value
  }
  return [location.type, ...fieldOrder.map(valueOf)].join('\n')
}
