import type { Cursor, DocumentReader } from './document-reader.ts'

/** Tags of the document that carry a value are tags of the API. */
export function readTags(reader: DocumentReader): Readonly<Record<string, string>> | undefined {
  const tags = reader.items(reader.member(reader.root, 'tags')).flatMap((tag): [string, string][] => {
    const value = reader.textMember(tag, 'x-amazon-apigateway-tag-value')
    const name = reader.textMember(tag, 'name')
    return value === undefined || name === undefined ? [] : [[name, value]]
  })
  return tags.length === 0 ? undefined : Object.fromEntries(tags)
}

/** `x-amazon-apigateway-endpoint-configuration`, of the document or of one of its servers. */
export function endpointExtension(reader: DocumentReader): Cursor | undefined {
  const name = 'x-amazon-apigateway-endpoint-configuration'
  return (
    reader.member(reader.root, name) ??
    reader
      .items(reader.member(reader.root, 'servers'))
      .map((server) => reader.member(server, name))
      .find((found) => found !== undefined)
  )
}
