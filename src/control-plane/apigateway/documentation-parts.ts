import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import type { DocumentationLocation, DocumentationPart } from '#model/documentation.ts'
import { records } from '#model/records.ts'
import type { Store } from '#store/store.ts'
import { DocumentReader } from '../openapi/document-reader.ts'
import { Findings } from '../openapi/findings.ts'
import { DocumentError, parseApiDocument, type ParsedDocument } from '../openapi/parse-document.ts'
import { readDocumentation } from '../openapi/read-documentation.ts'
import { writeDocumentation } from '../openapi/write-documentation.ts'
import { checkedLocation, locationKey, locationText } from './documentation-location.ts'
import { checkedProperties } from './documentation-properties.ts'
import { documentedEntities } from './documented-entities.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict } from './errors.ts'
import { findChild, findRestApi, type Reader } from './find.ts'
import { childKey, within, type Place } from './keys.ts'
import { pageOf, pageRequest } from './paging.ts'
import { applyPatch, listingDialect, type PatchTable } from './patch.ts'
import { checkRoom } from './quota.ts'

type Operations = ApiGatewayOperations
type Filter = Operations['GetDocumentationParts']['input']

export function documentationParts({ store, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateDocumentationPart({ restApiId, location, properties }, call) {
      return store.transact(async (tx) => {
        await findRestApi(tx, call, restApiId)
        const part: DocumentationPart = {
          id: newId(6),
          location: checkedLocation(location),
          properties: checkedProperties(properties),
        }
        const place = locationKey(part.location)
        const known = await listParts(tx, call, restApiId)
        if (known.some((other) => locationKey(other.location) === place)) {
          throw conflict(
            `Documentation part already exists for the specified location: ${locationText(part.location)}.`,
          )
        }
        await checkRoom(
          tx,
          quotas,
          'documentationPartsPerApi',
          records.documentationPart,
          within(call, restApiId),
        )
        tx.create(records.documentationPart, childKey(call, restApiId, part.id), part)
        return part
      })
    },

    /** By location; those that are undocumented have a location and nothing else. */
    async GetDocumentationParts(input, call) {
      const { limit, after } = pageRequest(input)
      await findRestApi(store, call, input.restApiId)
      const documented = await listParts(store, call, input.restApiId)
      const listed: readonly PartOutput[] =
        input.locationStatus === 'UNDOCUMENTED'
          ? await undocumented(store, call, input.restApiId, documented)
          : documented
      const found = listed
        .filter(({ location }) => isWanted(location, input))
        .map((part) => ({ part, key: locationKey(part.location) }))
        .filter(({ key }) => after === undefined || key > after)
        .sort((a, b) => (a.key < b.key ? -1 : 1))
      const { page, position } = pageOf(found, limit, ({ key }) => key)
      return { items: page.map(({ part }) => part), position }
    },

    async GetDocumentationPart({ restApiId, documentationPartId }, call) {
      return findPart(store, call, restApiId, documentationPartId)
    },

    async UpdateDocumentationPart({ restApiId, documentationPartId, patchOperations }, call) {
      return store.transact(async (tx) => {
        const part = await findPart(tx, call, restApiId, documentationPartId)
        const updated = applyPatch(patchable, part, patchOperations)
        tx.write(records.documentationPart, childKey(call, restApiId, documentationPartId), updated)
        return updated
      })
    },

    /** This operation alone looks at the API first (recorded on AWS). */
    async DeleteDocumentationPart({ restApiId, documentationPartId }, call) {
      await store.transact(async (tx) => {
        await findRestApi(tx, call, restApiId)
        await findPart(tx, call, restApiId, documentationPartId)
        tx.delete(records.documentationPart, childKey(call, restApiId, documentationPartId))
      })
      return {}
    },

    async ImportDocumentationParts({ restApiId, body, mode = 'merge', failOnWarnings = false }, call: Call) {
      const document = parsed(body)
      const reader = new DocumentReader(document)
      const parts = readDocumentation(reader)
      return store.transact(async (tx) => {
        await findRestApi(tx, call, restApiId)
        const findings = new Findings(document, reader.findings)
        const ids = await writeDocumentation(tx, call, restApiId, parts, mode, findings)
        findings.refuse(failOnWarnings)
        const place = within(call, restApiId)
        await checkRoom(tx, quotas, 'documentationPartsPerApi', records.documentationPart, place, 0)
        const { warnings } = findings
        return { ids, warnings: warnings.length === 0 ? undefined : warnings }
      })
    },
  }
}

/** A part, or a place that has none. */
interface PartOutput {
  readonly id?: string
  readonly location: DocumentationLocation
  readonly properties?: string
}

function findPart(reader: Reader, place: Place, restApiId: string, id: string): Promise<DocumentationPart> {
  const message = 'Invalid Documentation part identifier specified'
  return findChild(reader, place, restApiId, records.documentationPart, id, message)
}

async function listParts(
  reader: Pick<Store, 'list'>,
  place: Place,
  restApiId: string,
): Promise<readonly DocumentationPart[]> {
  return (await reader.list(records.documentationPart, within(place, restApiId))).map(({ value }) => value)
}

async function undocumented(
  store: Store,
  place: Place,
  restApiId: string,
  documented: readonly DocumentationPart[],
): Promise<readonly PartOutput[]> {
  const known = new Set(documented.map(({ location }) => locationKey(location)))
  const entities = documentedEntities({
    resources: (await store.list(records.resource, within(place, restApiId))).map(({ value }) => value),
    models: (await store.list(records.model, within(place, restApiId))).map(({ value }) => value),
    authorizers: (await store.list(records.authorizer, within(place, restApiId))).map(({ value }) => value),
  })
  return entities.filter((location) => !known.has(locationKey(location))).map((location) => ({ location }))
}

function isWanted(location: DocumentationLocation, { type, nameQuery, path }: Filter): boolean {
  return (
    (type === undefined || location.type === type) &&
    (path === undefined || path === '' || location.path === path) &&
    (nameQuery === undefined || (location.name ?? '').includes(nameQuery))
  )
}

function parsed(body: Uint8Array): ParsedDocument {
  try {
    return parseApiDocument(body)
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    throw badRequest('Unable to build importer with provided input.')
  }
}

const patchable: PatchTable<DocumentationPart> = {
  dialect: listingDialect,
  rows: [
    {
      path: '/properties',
      ops: ['replace'],
      apply: (part, { value }) => ({ ...part, properties: checkedProperties(value) }),
    },
  ],
}
