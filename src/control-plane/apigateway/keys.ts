import type { Call } from '#aws/call.ts'
import type { Key, ParentKey } from '#store/store.ts'

/** Account and region of a call: where its records live. */
export type Place = Pick<Call, 'account' | 'region'>

/** The REST APIs of an account and region. */
export function restApisOf(place: Place): ParentKey {
  return { account: place.account, region: place.region, parent: '' }
}

export function restApiKey(place: Place, restApiId: string): Key {
  return { account: place.account, region: place.region, parent: '', id: restApiId }
}

/** All that belongs to one API. */
export function within(place: Place, restApiId: string): ParentKey {
  return { account: place.account, region: place.region, parent: restApiId }
}

/** One thing that belongs to an API. */
export function childKey(place: Place, restApiId: string, id: string): Key {
  return { account: place.account, region: place.region, parent: restApiId, id }
}
