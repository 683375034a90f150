import type { DocumentationLocation, DocumentationVersion } from '#model/documentation.ts'
import { locationKey } from '../../apigateway/documentation-location.ts'
import { propertiesOf } from './documentation-lookup.ts'
import { secondsText } from './seconds-text.ts'
import { present, type Written } from './written.ts'

/** `x-amazon-apigateway-documentation`: every part as it is, by place, for an import to bring back. */
export function exportDocumentation({ version, createdDate, parts }: DocumentationVersion): Written {
  return {
    version,
    createdDate: secondsText(createdDate),
    documentationParts: parts
      .map((part) => ({ part, key: locationKey(part.location) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ part }) => ({ location: exportLocation(part.location), properties: propertiesOf(part) })),
  }
}

/** The root needs no saying (developer guide, "Download a documentation snapshot associated with a stage"). */
function exportLocation(location: DocumentationLocation): Written {
  return present({ ...location, path: location.path === '/' ? undefined : location.path })
}
