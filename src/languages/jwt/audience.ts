import type { JsonObject } from './strict-json.ts'

/** For whom a token is (RFC 7519 §4.1.3); access tokens of user pools name their client alone. */
export function audiencesOf({ aud, client_id: clientId }: JsonObject): readonly string[] {
  if (Array.isArray(aud)) return aud.filter((one) => typeof one === 'string')
  if (typeof aud === 'string') return [aud]
  return aud === undefined && typeof clientId === 'string' ? [clientId] : []
}
