import type { Diagnostic } from '#base/diagnostic.ts'
import { pathText } from '../document-reader.ts'
import type { ParsedDocument } from '../parse-document.ts'
import { walkSchema } from './schema-walk.ts'

/** Most findings that are told of one document. */
export const officialFindingsMax = 100

/** The schema of each version, by what the document says that it is; of no use to a gateway that serves. */
const versions = [
  {
    member: 'swagger',
    pattern: /^2\.0$/,
    name: 'Swagger 2.0',
    load: () =>
      import('@seriousme/openapi-schema-validator/schemas/v2.0/schema.json', { with: { type: 'json' } }),
  },
  {
    member: 'openapi',
    pattern: /^3\.0/,
    name: 'OpenAPI 3.0',
    load: () =>
      import('@seriousme/openapi-schema-validator/schemas/v3.0/schema.json', { with: { type: 'json' } }),
  },
  {
    member: 'openapi',
    pattern: /^3\.1/,
    name: 'OpenAPI 3.1',
    load: () =>
      import('@seriousme/openapi-schema-validator/schemas/v3.1/schema.json', { with: { type: 'json' } }),
  },
] as const

/**
 * What of a document is not as the official schema of its version says. All of it are warnings: API Gateway imports much
 * that those schemas refuse.
 */
export async function checkOfficialSchema(document: ParsedDocument): Promise<readonly Diagnostic[]> {
  const version = versions.find(({ member, pattern }) => pattern.test(String(document.root[member])))
  if (version === undefined) return []
  const { default: schema } = await version.load()
  const told = new Set<string>()
  return walkSchema(schema, document.root)
    .map(({ path, problem }): Diagnostic => ({
      severity: 'warning',
      message: `${pathText(path)}: ${problem} (${version.name})`,
      where: pathText(path),
      ...document.locate(path),
    }))
    .filter(({ message }) => !told.has(message) && told.add(message))
    .slice(0, officialFindingsMax)
}
