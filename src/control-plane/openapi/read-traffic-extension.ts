import { readTraffic } from '#languages/traffic/read-traffic.ts'
import type { TrafficDocument } from '#model/rest-api.ts'
import type { Cursor, DocumentReader } from './document-reader.ts'
import { isRecord } from './parse-document.ts'

export const trafficExtension = 'x-gatehouse-traffic'

/** What a document, a path or an operation says of how requests go to backends, as written; docs/resilience.md. */
export function readTrafficExtension(reader: DocumentReader, at: Cursor): TrafficDocument | undefined {
  if (isRecord(at.value)) {
    for (const name of Object.keys(at.value)) {
      if (!name.startsWith('x-gatehouse-') || name === trafficExtension) continue
      const member = { value: undefined, path: [...at.path, name] }
      reader.error(member, `${name}: unknown extension of Gatehouse, expected ${trafficExtension}`)
    }
  }
  const read = reader.checkedMember(at, trafficExtension, (value, path) => readTraffic(value, path).findings)
  return read as TrafficDocument | undefined
}
