import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { records } from '#model/records.ts'
import { exportApi } from '../openapi/export/export-api.ts'
import { exportDialects, versionOf } from '../openapi/export/export-dialect.ts'
import { exportOptions } from '../openapi/export/export-options.ts'
import { findDocumentationVersion } from './documentation-versions.ts'
import { yaml } from '../openapi/yaml.ts'
import type { Environment } from './environment.ts'
import { badRequest, notFound } from './errors.ts'
import { findRestApi, findStage, own } from './find.ts'
import { childKey } from './keys.ts'

export function exports({ store }: Environment): Handlers<ApiGatewayOperations> {
  return {
    /** What the stage serves, which may be older than the API's definition. */
    async GetExport({ restApiId, stageName, exportType, parameters, accepts }, call) {
      await findRestApi(store, call, restApiId)
      const stage = await findStage(store, call, restApiId, stageName)
      const dialect = own(exportDialects, exportType)
      if (dialect === undefined) {
        const types = Object.keys(exportDialects).join(', ')
        throw badRequest(`Invalid export type specified: found ${exportType}, expected one of ${types}`)
      }
      const isYaml = wantsYaml(accepts)
      const snapshot = await store.read(records.snapshot, childKey(call, restApiId, stage.deploymentId))
      if (snapshot === undefined) throw notFound('Invalid Deployment identifier specified')
      const documentation =
        stage.documentationVersion === undefined
          ? undefined
          : await findDocumentationVersion(store, call, restApiId, stage.documentationVersion)
      const exported = { snapshot: snapshot.value, stage, documentation }
      const document = exportApi(exported, dialect, exportOptions(parameters))
      const text = isYaml
        ? yaml().stringify(document, { aliasDuplicateObjects: false })
        : JSON.stringify(document, null, 2)
      const name = `${exportType}_${versionOf(snapshot.value.api)}.${isYaml ? 'yaml' : 'json'}`
      return {
        // Recorded on AWS, whatever was asked for.
        contentType: 'application/octet-stream',
        contentDisposition: `attachment; filename="${name.replace(/[^\w.:-]/g, '_')}"`,
        body: Buffer.from(text, 'utf8'),
      }
    },
  }
}

/** @throws BadRequestException for what is neither */
function wantsYaml(accepts: string | undefined): boolean {
  if (accepts === undefined || accepts === '' || accepts.includes('*/*')) return false
  if (/^application\/json\b/i.test(accepts)) return false
  if (/^application\/yaml\b/i.test(accepts)) return true
  throw badRequest(
    `Invalid accept header specified: found ${accepts}, expected application/json or application/yaml`,
  )
}
