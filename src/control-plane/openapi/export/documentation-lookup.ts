import type {
  DocumentationLocation,
  DocumentationPart,
  DocumentationType,
  DocumentationVersion,
} from '#model/documentation.ts'
import { locationKey } from '../../apigateway/documentation-location.ts'
import { isRecord } from '../parse-document.ts'
import type { Written } from './written.ts'

/** What a documentation version says of the entities of its API, in members that OpenAPI has. */
export interface DocumentationLookup {
  /** @param location of one entity, every field that its type has given */
  of(location: DocumentationLocation): Written
  /** What the API's own part says of the document's `info`. */
  readonly info: Written
}

type Test = (value: unknown) => boolean
const isText: Test = (value) => typeof value === 'string'
const isFlag: Test = (value) => typeof value === 'boolean'
const isListOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test)

type Members = Readonly<Record<string, Test>>
const description: Members = { description: isText }

/**
 * The members that go into an export, by type of entity, beside extensions (`x-…`); others are for the owner alone. A
 * value that OpenAPI would not have there stays out too: an export is a valid document whatever a part holds.
 * Developer guide, "Content of a documentation part", and its exported example.
 */
const members: Readonly<Record<DocumentationType, Members>> = {
  API: { tags: isListOf(isRecord), externalDocs: isRecord },
  AUTHORIZER: description,
  METHOD: {
    tags: isListOf(isText),
    summary: isText,
    ...description,
    externalDocs: isRecord,
    deprecated: isFlag,
  },
  MODEL: { title: isText, ...description, externalDocs: isRecord, example: () => true },
  PATH_PARAMETER: description,
  QUERY_PARAMETER: description,
  REQUEST_BODY: description,
  REQUEST_HEADER: description,
  RESOURCE: {},
  RESPONSE: description,
  // A schema that is a reference has no members beside it.
  RESPONSE_BODY: {},
  RESPONSE_HEADER: description,
}

/** Not `title` and `version`, which are the API's own (the guide's example). */
const infoMembers: Members = { ...description, termsOfService: isText, contact: isRecord, license: isRecord }

/** Types of entities that take over what is said of more general ones (developer guide, same page). */
const inheriting: ReadonlySet<DocumentationType> = new Set([
  'METHOD',
  'PATH_PARAMETER',
  'QUERY_PARAMETER',
  'REQUEST_BODY',
  'REQUEST_HEADER',
  'RESPONSE',
  'RESPONSE_BODY',
  'RESPONSE_HEADER',
])

/** @param version undefined: nothing is said of anything */
export function lookUpDocumentation(version: DocumentationVersion | undefined): DocumentationLookup {
  const parts = version?.parts ?? []
  const byPlace = new Map(parts.map((part) => [locationKey(part.location), propertiesOf(part)]))
  const api = byPlace.get(locationKey({ type: 'API' }))
  return {
    of: (location) => {
      // Most exports have none: nothing is searched for then.
      const properties = parts.length === 0 ? undefined : propertiesFor(location, byPlace)
      return pick(properties, members[location.type])
    },
    info: pick(api?.['info'], infoMembers),
  }
}

/**
 * The one part that an entity has: its own, or the most specific of those that are about it by a path above its own, any
 * method, any status. A part is taken whole: nothing of a more general one shows through.
 */
function propertiesFor(
  location: DocumentationLocation,
  byPlace: ReadonlyMap<string, Written>,
): Written | undefined {
  if (!inheriting.has(location.type)) return byPlace.get(locationKey(location))
  for (const path of pathsUp(location.path ?? '/')) {
    for (const method of [location.method, undefined]) {
      for (const statusCode of [location.statusCode, undefined]) {
        const found = byPlace.get(locationKey({ ...location, path, method, statusCode }))
        if (found !== undefined) return found
      }
    }
  }
  return undefined
}

/** `/pets/{id}` → `/pets/{id}`, `/pets`, `/` */
function pathsUp(path: string): readonly string[] {
  const segments = path.split('/').filter((segment) => segment !== '')
  return [...segments.map((_, at) => `/${segments.slice(0, segments.length - at).join('/')}`), '/']
}

export function propertiesOf({ properties }: DocumentationPart): Written {
  return JSON.parse(properties) as Written
}

/** Extensions of API Gateway's own are no documentation: an import would act on them. */
function pick(value: unknown, known: Members): Written {
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter(([name, member]) =>
      Object.hasOwn(known, name)
        ? (known[name] as Test)(member)
        : name.startsWith('x-') && !name.startsWith('x-amazon-apigateway-'),
    ),
  )
}
