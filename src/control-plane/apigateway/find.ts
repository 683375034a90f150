import type { Kind } from '#base/kind.ts'
import type { ApiKey } from '#model/api-key.ts'
import type { ClientCertificate } from '#model/client-certificate.ts'
import { records } from '#model/records.ts'
import type { Deployment, Integration, Method, Resource, RestApi, Stage } from '#model/rest-api.ts'
import type { UsagePlan } from '#model/usage-plan.ts'
import type { VpcLink } from '#model/vpc-link.ts'
import type { Store } from '#store/store.ts'
import { notFound } from './errors.ts'
import { topLevelKey, childKey, restApiKey, type Place } from './keys.ts'

/** A store or a transaction. */
export type Reader = Pick<Store, 'read'>

/** Identifiers of a method, as every operation below one carries them. */
export interface MethodId {
  readonly restApiId: string
  readonly resourceId: string
  readonly httpMethod: string
}

/** @throws NotFoundException */
export async function findRestApi(reader: Reader, place: Place, restApiId: string): Promise<RestApi> {
  const found = await reader.read(records.restApi, restApiKey(place, restApiId))
  if (found === undefined) {
    throw notFound(`Invalid API identifier specified ${place.account}:${restApiId}`)
  }
  return found.value
}

/** The API is not looked at: an unknown one answers as an unknown resource does (recorded on AWS). */
export async function findResource(
  reader: Reader,
  place: Place,
  restApiId: string,
  resourceId: string,
): Promise<Resource> {
  return findChild(
    reader,
    place,
    restApiId,
    records.resource,
    resourceId,
    'Invalid Resource identifier specified',
  )
}

export async function findMethod(
  reader: Reader,
  place: Place,
  id: MethodId,
): Promise<{ resource: Resource; method: Method }> {
  const resource = await findResource(reader, place, id.restApiId, id.resourceId)
  const method = own(resource.methods, id.httpMethod)
  if (method === undefined) throw notFound('Invalid Method identifier specified')
  return { resource, method }
}

export async function findIntegration(
  reader: Reader,
  place: Place,
  id: MethodId,
): Promise<{ resource: Resource; method: Method; integration: Integration }> {
  const { resource, method } = await findMethod(reader, place, id)
  if (method.integration === undefined) throw notFound('Invalid Integration identifier specified')
  return { resource, method, integration: method.integration }
}

export async function findDeployment(
  reader: Reader,
  place: Place,
  restApiId: string,
  deploymentId: string,
): Promise<Deployment> {
  return findChild(
    reader,
    place,
    restApiId,
    records.deployment,
    deploymentId,
    'Invalid Deployment identifier specified',
  )
}

export async function findStage(
  reader: Reader,
  place: Place,
  restApiId: string,
  stageName: string,
): Promise<Stage> {
  return findChild(reader, place, restApiId, records.stage, stageName, 'Invalid stage identifier specified')
}

export function findApiKey(reader: Reader, place: Place, id: string): Promise<ApiKey> {
  return findOfAccount(reader, place, records.apiKey, id, 'Invalid API Key identifier specified')
}

export function findUsagePlan(reader: Reader, place: Place, id: string): Promise<UsagePlan> {
  return findOfAccount(reader, place, records.usagePlan, id, 'Invalid Usage Plan ID specified')
}

export function findVpcLink(reader: Reader, place: Place, id: string): Promise<VpcLink> {
  return findOfAccount(reader, place, records.vpcLink, id, 'Invalid Vpc Link identifier specified')
}

export function findClientCertificate(reader: Reader, place: Place, id: string): Promise<ClientCertificate> {
  const message = 'Invalid Client Certificate identifier specified'
  return findOfAccount(reader, place, records.clientCertificate, id, message)
}

/** What an account has beside APIs. @throws NotFoundException with `message` */
async function findOfAccount<T>(
  reader: Reader,
  place: Place,
  kind: Kind<T>,
  id: string,
  message: string,
): Promise<T> {
  const found = await reader.read(kind, topLevelKey(place, id))
  if (found === undefined) throw notFound(message)
  return found.value
}

/** @throws NotFoundException with `message` */
export async function findChild<T>(
  reader: Reader,
  place: Place,
  restApiId: string,
  kind: Kind<T>,
  id: string,
  message: string,
): Promise<T> {
  const found = await reader.read(kind, childKey(place, restApiId, id))
  if (found === undefined) throw notFound(message)
  return found.value
}

/** A member of a map that clients name: never one of the prototype's. */
export function own<T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined
}
