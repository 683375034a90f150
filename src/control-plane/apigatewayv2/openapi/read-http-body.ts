import { badRequest } from '../../apigateway/errors.ts'
import { Findings } from '../../openapi/findings.ts'
import type { BasePathMode } from '../../openapi/import-options.ts'
import { DocumentError, parseApiDocument, type ParsedDocument } from '../../openapi/parse-document.ts'
import type { HttpApiDefinition } from './http-api-definition.ts'
import { readHttpApi } from './read-http-api.ts'

export interface ReadHttpBody {
  readonly definition: HttpApiDefinition
  /** What reading found; writing adds to it. */
  readonly findings: Findings
}

/**
 * The document in a call's body.
 * @param variables what `${AWS::Region}` and the like stand for
 * @throws BadRequestException for what is no OpenAPI 3.0 document
 */
export function readHttpBody(
  body: string,
  basePath: BasePathMode,
  variables: Readonly<Record<string, string>>,
): ReadHttpBody {
  let document: ParsedDocument
  try {
    document = parseApiDocument(Buffer.from(body, 'utf8'), variables)
  } catch (error) {
    if (error instanceof DocumentError) throw badRequest(`Invalid OpenAPI input. ${error.message}`)
    throw error
  }
  const { definition, findings } = readHttpApi(document, basePath)
  if (definition === undefined) {
    throw badRequest(`Invalid OpenAPI input. ${findings.map(({ message }) => message).join('; ')}`)
  }
  return { definition, findings: new Findings(document, findings) }
}
