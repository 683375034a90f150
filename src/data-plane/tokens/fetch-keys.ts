import { emptyBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import { readKeySet, type KeySet } from '#languages/jwt/key-set.ts'
import { readJsonObject } from '#languages/jwt/strict-json.ts'
import type { KeySetLimits } from './limits.ts'

export interface FetchKeysOptions {
  readonly client: HttpClient
  readonly limits: KeySetLimits
}

/** What an issuer did not give. Its message says why. */
export class IssuerError extends Error {
  readonly part: 'discovery' | 'keys'

  constructor(part: IssuerError['part'], cause: unknown) {
    super((cause as Error).message, { cause })
    this.name = 'IssuerError'
    this.part = part
  }
}

/** Keys of a user pool: where they are is known. @param issuer without a slash at its end */
export async function fetchPoolKeys(issuer: string, options: FetchKeysOptions): Promise<KeySet> {
  return keysAt(new URL(`${issuer}/.well-known/jwks.json`), issuer, options)
}

/**
 * Keys of any other issuer, which says itself where they are (OpenID Connect Discovery 1.0 §4). Over plain HTTP it may
 * only name an address of its own.
 */
export async function fetchIssuerKeys(issuer: string, options: FetchKeysOptions): Promise<KeySet> {
  return keysAt(await discover(issuer, options), issuer, options)
}

async function discover(issuer: string, options: FetchKeysOptions): Promise<URL> {
  try {
    const base = issuer.endsWith('/') ? issuer.slice(0, -1) : issuer
    const place = new URL(`${base}/.well-known/openid-configuration`)
    const found = readJsonObject(await get(place, options))
    if (found?.['issuer'] !== issuer) {
      throw new Error(
        `${place.href}: expected the issuer ${issuer}, found ${JSON.stringify(found?.['issuer'])}`,
      )
    }
    const { jwks_uri: keys } = found
    const url = typeof keys === 'string' && URL.canParse(keys) ? new URL(keys) : undefined
    if (url === undefined || (url.protocol !== 'https:' && url.origin !== place.origin)) {
      throw new Error(`${place.href}: expected a jwks_uri of https:, found ${JSON.stringify(keys)}`)
    }
    return url
  } catch (cause) {
    throw new IssuerError('discovery', cause)
  }
}

async function keysAt(url: URL, issuer: string, options: FetchKeysOptions): Promise<KeySet> {
  try {
    return keysOf(await get(url, options), issuer)
  } catch (cause) {
    throw new IssuerError('keys', cause)
  }
}

function keysOf(bytes: Uint8Array, issuer: string): KeySet {
  const keys = readKeySet(bytes)
  if (keys === undefined) throw new Error(`the keys of ${issuer} are no JSON Web Key set`)
  return keys
}

/** Redirections are not followed: only who is configured is asked. */
async function get(
  url: URL,
  { client, limits: { timeoutMs, bytesMax } }: FetchKeysOptions,
): Promise<Uint8Array> {
  try {
    const response = await client.send({
      origin: url.origin,
      method: 'GET',
      target: url.pathname + url.search,
      headers: new Headers(['Accept', 'application/json']),
      body: emptyBody,
      timeoutMs,
      timeouts: { totalMs: timeoutMs },
      responseBodyBytesMax: bytesMax,
    })
    const bytes = await response.body.bytes(bytesMax)
    if (response.status !== 200) throw new Error(`answered with status ${response.status}, expected 200`)
    return bytes
  } catch (cause) {
    throw new Error(`${url.href}: ${(cause as Error).message}`, { cause })
  }
}
