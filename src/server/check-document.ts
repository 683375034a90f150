import type { Diagnostic } from '#base/diagnostic.ts'

/** Everything that is wrong with an OpenAPI document, by place. Loaded when asked for, as what follows. */
export async function checkDocument(
  bytes: Uint8Array,
  protocol: 'REST' | 'HTTP',
): Promise<readonly Diagnostic[]> {
  const check = await import('#control-plane/openapi/check/check-document.ts')
  return check.checkDocument(bytes, protocol)
}

/** What the official schema of OpenAPI says of a document that was imported already. */
export async function checkImported(bytes: Uint8Array): Promise<readonly Diagnostic[]> {
  const { parseApiDocument } = await import('#control-plane/openapi/parse-document.ts')
  const { checkOfficialSchema } = await import('#control-plane/openapi/check/official-schema.ts')
  return checkOfficialSchema(parseApiDocument(bytes))
}
