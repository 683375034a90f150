import type { JsonObject } from './strict-json.ts'

/** What an access token allows: `scope`, separated by spaces (RFC 8693 §4.2), or `scp`, a list or the same. */
export function scopesOf({ scope, scp }: JsonObject): readonly string[] {
  const given = scope ?? scp
  if (Array.isArray(given)) return given.filter((one) => typeof one === 'string')
  return typeof given === 'string' ? given.split(' ').filter((one) => one !== '') : []
}
