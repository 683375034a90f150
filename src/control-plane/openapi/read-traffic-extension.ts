import { readTraffic } from '#languages/traffic/read-traffic.ts'
import type { TrafficDocument } from '#model/rest-api.ts'
import type { Cursor, DocumentReader } from './document-reader.ts'

export const trafficExtension = 'x-gatehouse-traffic'

/** What a document, a path or an operation says of how requests go to backends, as written; docs/resilience.md. */
export function readTrafficExtension(reader: DocumentReader, at: Cursor): TrafficDocument | undefined {
  const read = reader.checkedMember(at, trafficExtension, (value, path) => readTraffic(value, path).findings)
  return read as TrafficDocument | undefined
}
