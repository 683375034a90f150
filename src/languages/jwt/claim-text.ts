import type { JsonObject } from './strict-json.ts'

/**
 * Claims as REST APIs show them in `$context.authorizer.claims` and in events: each a text; `exp` and `iat` as dates.
 * Without a prototype: names are the issuer's own. (AWS's samples of events; lists by what users show of them.)
 */
export function claimTexts(claims: JsonObject): Readonly<Record<string, string>> {
  const texts = Object.create(null) as Record<string, string>
  for (const [name, value] of Object.entries(claims)) {
    if (value !== null)
      texts[name] = isDateClaim(name) && typeof value === 'number' ? dateText(value) : textOf(value)
  }
  return texts
}

const isDateClaim = (name: string): boolean => name === 'exp' || name === 'iat'

/** `cognito:groups` is `admins,owners`. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
}

/** A time past these cannot be told. */
const secondsMax = 8.64e12

/** `Thu Apr 20 16:08:01 UTC 2017` */
function dateText(seconds: number): string {
  if (Math.abs(seconds) > secondsMax) return String(seconds)
  // Thu, 20 Apr 2017 16:08:01 GMT
  const [day, date, month, year, time] = new Date(1000 * seconds).toUTCString().split(' ') as [
    string,
    ...string[],
  ]
  return `${day.slice(0, 3)} ${month} ${date} ${time} UTC ${year}`
}
