import { newId } from '#base/ids.ts'
import type { DocumentationPart } from '#model/documentation.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { checkedLocation, locationKey } from '../apigateway/documentation-location.ts'
import { checkedProperties } from '../apigateway/documentation-properties.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import type { Findings } from './findings.ts'
import type { DocumentationDefinition } from './read-documentation.ts'
import type { WriteMode } from './write-definition.ts'

/**
 * Writes a document's documentation parts below an API: in place of all there are, or laid over them, a part's
 * properties over those of the part in the same place.
 * @returns their ids, in the document's order
 */
export async function writeDocumentation(
  tx: Transaction,
  place: Place,
  restApiId: string,
  definitions: readonly DocumentationDefinition[],
  mode: WriteMode,
  findings: Findings,
): Promise<readonly string[]> {
  const known = await tx.list(records.documentationPart, within(place, restApiId))
  const parts = new Map<string, DocumentationPart>()
  if (mode === 'overwrite') tx.deleteAll(records.documentationPart, within(place, restApiId))
  else for (const { value } of known) parts.set(locationKey(value.location), value)

  const ids = new Set<string>()
  for (const { at, location: written, properties: text } of definitions) {
    const checked = findings.attempt(at, 'Unable to create documentation part', () => ({
      location: checkedLocation(written),
      properties: checkedProperties(text),
    }))
    if (checked === undefined) continue
    const key = locationKey(checked.location)
    const before = parts.get(key)
    const part: DocumentationPart = {
      id: before?.id ?? newId(6),
      location: checked.location,
      properties: before === undefined ? checked.properties : merged(before.properties, checked.properties),
    }
    parts.set(key, part)
    ids.add(part.id)
    tx.write(records.documentationPart, childKey(place, restApiId, part.id), part)
  }
  return [...ids]
}

/** Both are JSON objects by then. */
function merged(before: string, after: string): string {
  return JSON.stringify({ ...(JSON.parse(before) as object), ...(JSON.parse(after) as object) })
}
