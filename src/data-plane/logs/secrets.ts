import type { Exchange } from '#data-plane/exchange.ts'

/** Headers whose values say who somebody is. */
const HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'x-amz-security-token',
  'cookie',
  'set-cookie',
])

/** The same in a query. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'authorization',
  'x-api-key',
  'api_key',
  'apikey',
  'access_token',
  'token',
  'x-amz-signature',
  'x-amz-security-token',
])

/** Shorter texts stand in too many others to be hidden wherever they stand. */
const SECRET_LENGTH_MIN = 8

/** Its end alone shows: six characters, of a short text half. */
export function masked(text: string): string {
  const shown = Math.min(6, Math.floor(text.length / 2))
  return '*'.repeat(text.length - shown) + text.slice(text.length - shown)
}

/** A list of names and values in which secrets are masked. */
export function withoutSecrets(list: readonly string[]): readonly string[] {
  return list.map((text, at) => {
    if (at % 2 === 0) return text
    const name = (list[at - 1] as string).toLowerCase()
    return HEADERS.has(name) || PARAMETERS.has(name) ? masked(text) : text
  })
}

/**
 * Hides what the client of an exchange has shown of itself, wherever it stands in a text: the event of a function, a
 * mapped body or a message of an error may repeat it (developer guide, "Set up CloudWatch logging for REST APIs":
 * authorization headers, API keys and the like are redacted).
 */
export function secretsHider(exchange: Exchange): (text: string) => string {
  const secrets = new Set<string>()
  const add = (value: string): void => {
    // With and without a scheme, and as it stands in JSON.
    for (const part of [value, value.slice(value.indexOf(' ') + 1)]) {
      if (part.length < SECRET_LENGTH_MIN) continue
      secrets.add(part)
      secrets.add(JSON.stringify(part).slice(1, -1))
    }
  }
  for (const [name, value] of exchange.request.headers) {
    if (HEADERS.has(name.toLowerCase())) add(value)
  }
  for (const [name, values] of exchange.query) {
    if (PARAMETERS.has(name.toLowerCase())) for (const value of values) add(value)
  }
  // Where an authorizer named it.
  if (exchange.identity?.apiKey !== undefined) add(exchange.identity.apiKey)
  if (secrets.size === 0) return (text) => text
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  return (text) => {
    let hidden = text
    for (const secret of longestFirst) hidden = hidden.replaceAll(secret, () => masked(secret))
    return hidden
  }
}
