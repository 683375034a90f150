import type { Kind } from '#base/kind.ts'
import type { Api, ApiAuthorizer, ApiIntegration, ApiModel, Route } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import { notFound } from '../apigateway/errors.ts'
import type { Reader } from '../apigateway/find.ts'
import { childKey, topLevelKey, type Place } from '../apigateway/keys.ts'

/** @throws NotFoundException */
export async function findApi(reader: Reader, place: Place, apiId: string): Promise<Api> {
  const found = await reader.read(records.api, topLevelKey(place, apiId))
  if (found === undefined) {
    throw notFound(`Invalid API identifier specified ${place.account}:${apiId}`)
  }
  return found.value
}

/** How to find what belongs to an API. @throws NotFoundException, of the API where that is not there */
export type FindOfApi<T> = (reader: Reader, place: Place, apiId: string, id: string) => Promise<T>

/** @param noun as refusals name it */
export function findOfApi<T>(kind: Kind<T>, noun: string): FindOfApi<T> {
  return async (reader, place, apiId, id) => {
    const found = await reader.read(kind, childKey(place, apiId, id))
    if (found !== undefined) return found.value
    await findApi(reader, place, apiId)
    throw notFound(`Invalid ${noun} identifier specified ${id}`)
  }
}

export const findRoute: FindOfApi<Route> = findOfApi(records.route, 'Route')
export const findIntegration: FindOfApi<ApiIntegration> = findOfApi(records.apiIntegration, 'Integration')
export const findAuthorizer: FindOfApi<ApiAuthorizer> = findOfApi(records.apiAuthorizer, 'Authorizer')
export const findModel: FindOfApi<ApiModel> = findOfApi(records.apiModel, 'Model')
