import type { Call } from '#aws/call.ts'
import type { Key, ParentKey } from '#store/store.ts'

/** Account and region of a call: where its records live. */
export type Place = Pick<Call, 'account' | 'region'>

/** What belongs to an account and region itself: REST APIs, domain names, API keys. */
export function topLevelOf(place: Place): ParentKey {
  return { account: place.account, region: place.region, parent: '' }
}

export function topLevelKey(place: Place, id: string): Key {
  return { account: place.account, region: place.region, parent: '', id }
}

/** The REST APIs of an account and region. */
export const restApisOf: typeof topLevelOf = topLevelOf
export const restApiKey: typeof topLevelKey = topLevelKey

/** All that belongs to one API, or to one domain name, usage plan or API key. */
export function within(place: Place, parent: string): ParentKey {
  return { account: place.account, region: place.region, parent }
}

/** One thing that belongs to an API. */
export function childKey(place: Place, restApiId: string, id: string): Key {
  return { account: place.account, region: place.region, parent: restApiId, id }
}
