import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import type { Api } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import type { Store } from '#store/store.ts'
import { badRequest } from '../apigateway/errors.ts'
import { childKey } from '../apigateway/keys.ts'
import { yaml } from '../openapi/yaml.ts'
import { takeRoutedSnapshot } from '../take-snapshot.ts'
import type { Environment } from './environment.ts'
import { findApi } from './find.ts'
import { givenText } from './merge.ts'
import { exportHttpApi } from './openapi/export-http-api.ts'
import { findStage } from './stage-record.ts'

type Operations = ApiGatewayV2Operations

/** What may be asked for (API reference, Export). */
const specifications = ['OAS30']
const outputTypes = ['YAML', 'JSON']
const exportVersions = ['1.0']

export function exportApi({ store, endpointOf }: Environment): Handlers<Operations> {
  return {
    /** What a stage serves or, without one, what the API is now. */
    async ExportApi({ ApiId, Specification, OutputType, ExportVersion, StageName, IncludeExtensions }, call) {
      const specification = oneOf('specification', Specification, specifications)
      const outputType = oneOf('outputType', OutputType, outputTypes)
      oneOf('exportVersion', givenText(ExportVersion) ?? '1.0', exportVersions)
      const api = await findApi(store, call, ApiId)
      if (api.protocolType !== 'HTTP') {
        throw badRequest(`Export to ${specification} is not supported on protocolType ${api.protocolType}`)
      }
      const stageName = givenText(StageName)
      const snapshot = await snapshotOf(store, call, api, stageName)
      const document = exportHttpApi(snapshot, {
        endpoint: endpointOf(api, call.region),
        basePath: stageName === undefined || stageName === '$default' ? '' : stageName,
        extensions: IncludeExtensions ?? true,
      })
      const text =
        outputType === 'YAML'
          ? yaml().stringify(document, { aliasDuplicateObjects: false })
          : JSON.stringify(document, null, 2)
      return { body: Buffer.from(text, 'utf8') }
    },
  }
}

/** @throws BadRequestException */
function oneOf(name: string, text: string, known: readonly string[]): string {
  const found = known.find((each) => each === text.toUpperCase())
  if (found !== undefined) return found
  throw badRequest(`Invalid ${name} specified: ${text}. Must be one of [${known.join(', ')}]`)
}

async function snapshotOf(
  store: Store,
  { account, region }: Pick<Call, 'account' | 'region'>,
  api: Api,
  stageName: string | undefined,
): Promise<RoutedApiSnapshot> {
  const place = { account, region }
  if (stageName === undefined) return takeRoutedSnapshot(store, { ...place, api, deploymentId: '' })
  const { deploymentId } = await findStage(store, place, api.apiId, stageName)
  const found =
    deploymentId === undefined
      ? undefined
      : await store.read(records.apiSnapshot, childKey(place, api.apiId, deploymentId))
  if (found !== undefined) return found.value
  throw badRequest(`Stage ${stageName} has no deployment to export: deploy the API to it first`)
}
