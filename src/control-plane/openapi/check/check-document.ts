import type { Diagnostic } from '#base/diagnostic.ts'
import { silentLog } from '#base/log.ts'
import type { RestApi } from '#model/rest-api.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { checkedCompressionSize, checkedPolicy } from '../../apigateway/rest-api-record.ts'
import type { ApiDefinition } from '../definition.ts'
import { checkedPlace, documentVariables } from '../document-variables.ts'
import { checkHttpApi } from '../../apigatewayv2/openapi/check-http-api.ts'
import { Findings } from '../findings.ts'
import { DocumentError, parseApiDocument, type ParsedDocument } from '../parse-document.ts'
import { readDefinition } from '../read-definition.ts'
import { writeDefinition } from '../write-definition.ts'
import { checkOfficialSchema } from './official-schema.ts'

/**
 * Everything that an import would refuse or warn of, and what the official schema of OpenAPI says beside that, by place.
 * Nothing is kept.
 */
export async function checkDocument(
  bytes: Uint8Array,
  protocol: 'REST' | 'HTTP' = 'REST',
): Promise<readonly Diagnostic[]> {
  let document: ParsedDocument
  try {
    document = parseApiDocument(bytes, documentVariables('aws', checkedPlace))
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    return [{ severity: 'error', message: error.reason, ...error.position }]
  }
  const findings = await (protocol === 'HTTP' ? checkHttpApi(document) : checkRestApi(document))
  const official = await checkOfficialSchema(document)
  return [...findings, ...official].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  )
}

async function checkRestApi(document: ParsedDocument): Promise<readonly Diagnostic[]> {
  const { definition, findings } = readDefinition(document, 'ignore')
  return definition === undefined ? findings : (await written(definition, document, findings)).diagnostics
}

/** What is only found by making the API, in a store that is thrown away. */
async function written(
  definition: ApiDefinition,
  document: ParsedDocument,
  read: readonly Diagnostic[],
): Promise<Findings> {
  const findings = new Findings(document, read)
  const root = { value: document.root, path: [] }
  const checkApi = (): void => {
    checkedPolicy(definition.policy)
    checkedCompressionSize(definition.minimumCompressionSize)
  }
  findings.attempt(root, 'Unable to create REST API', checkApi)
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    await store.transact((tx) => writeDefinition(tx, checkedPlace, NO_API, definition, 'overwrite', findings))
  } finally {
    await store.close()
  }
  return findings
}

const NO_API = { id: 'checked', rootResourceId: 'root', name: 'checked' } as RestApi
