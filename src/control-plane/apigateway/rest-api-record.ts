import { records } from '#model/records.ts'
import type { Model, RestApi } from '#model/rest-api.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest } from './errors.ts'
import { childKey, restApiKey, within, type Place } from './keys.ts'

/** Largest `minimumCompressionSize` (API reference, RestApi). */
export const compressionBytesMax = 10_485_760

/** Every kind of record that lives below an API: what deleting it deletes. */
const childKinds = [
  records.resource,
  records.resourceName,
  records.deployment,
  records.snapshot,
  records.stage,
  records.model,
  records.requestValidator,
  records.gatewayResponse,
  records.authorizer,
  records.documentationPart,
  records.documentationVersion,
  records.cacheFlush,
] as const

/** A new API with its root resource and models. */
export function createRestApiRecord(
  tx: Transaction,
  place: Place,
  api: RestApi,
  models: readonly Model[],
): void {
  tx.create(records.restApi, restApiKey(place, api.id), api)
  tx.create(records.resource, childKey(place, api.id, api.rootResourceId), {
    id: api.rootResourceId,
    path: '/',
    methods: {},
  })
  for (const model of models) tx.create(records.model, childKey(place, api.id, model.name), model)
}

export function deleteRestApiRecord(tx: Transaction, place: Place, restApiId: string): void {
  for (const kind of childKinds) tx.deleteAll(kind, within(place, restApiId))
  tx.delete(records.restApi, restApiKey(place, restApiId))
}

/** @throws BadRequestException */
export function checkedCompressionSize(bytes: number | undefined): number | undefined {
  if (bytes === undefined) return undefined
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > compressionBytesMax) {
    throw badRequest(`Invalid minimum compression size, must be between 0 and ${compressionBytesMax}`)
  }
  return bytes
}

/** The policy as compact JSON; undefined for none. @throws BadRequestException */
export function checkedPolicy(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const policy = parsedJson(text)
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    throw badRequest(
      'Invalid policy document. Please check the policy syntax and ensure that Principals are valid.',
    )
  }
  return JSON.stringify(policy)
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
