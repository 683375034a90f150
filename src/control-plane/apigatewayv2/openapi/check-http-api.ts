import type { Diagnostic } from '#base/diagnostic.ts'
import { silentLog } from '#base/log.ts'
import type { Api } from '#model/http-api.ts'
import { routedTimeoutMs } from '#model/quotas.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { checkedPlace } from '../../openapi/document-variables.ts'
import { Findings } from '../../openapi/findings.ts'
import type { ParsedDocument } from '../../openapi/parse-document.ts'
import { readHttpApi } from './read-http-api.ts'
import { writeHttpApi } from './write-http-api.ts'

/** Everything that an import as an HTTP API would refuse or warn of. Nothing is kept. */
export async function checkHttpApi(document: ParsedDocument): Promise<readonly Diagnostic[]> {
  const { definition, findings: read } = readHttpApi(document, 'ignore')
  if (definition === undefined) return read
  const findings = new Findings(document, read)
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    await store.transact((tx) => writeHttpApi(tx, checkedPlace, API, definition, findings, routedTimeoutMs))
  } finally {
    await store.close()
  }
  return findings.diagnostics
}

const API = { apiId: 'checked', name: 'checked', protocolType: 'HTTP' } as Api
