import { sameText } from '#base/same-text.ts'
import type { Headers } from '#http/headers.ts'
import type { Caller } from '#base/caller.ts'
import { canonicalRequest, sha256Hex, UNSIGNED_PAYLOAD, type SignableRequest } from './canonical-request.ts'
import { SignatureError } from './signature-error.ts'
import { basicDate, parseBasicDate, type SignatureClaim } from './signature-claim.ts'
import { deriveSigningKey, hmac, signingKey } from './signing-key.ts'

export const ALGORITHM = 'AWS4-HMAC-SHA256'
export const CLOCK_SKEW_MAX_MS: number = 5 * 60_000

/** Keys to sign with. */
export interface SigningKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface SigningScope {
  readonly region: string
  /** Signing name: `lambda`, `apigateway`, `execute-api`. */
  readonly service: string
}

/** What a server knows of an access key. */
export interface AccessKey {
  readonly secret: string
  /** 12 digits. */
  readonly account: string
  /** Default `arn:aws:iam::{account}:root`. */
  readonly arn?: string | undefined
  /** Default the account. */
  readonly userId?: string | undefined
  /** What its owner may do; undefined: everything. */
  readonly caller?: Caller | undefined
}

/** `expired`: of temporary credentials. Undefined: unknown, inactive, or with a token that is not the key's. */
export type FoundKey = AccessKey | 'expired' | undefined

export type FindKey = (accessKeyId: string, sessionToken: string | undefined) => FoundKey | Promise<FoundKey>

export type Credentials =
  /** Development: every signature is accepted; by keys that are found, only their own. */
  | { readonly kind: 'any'; readonly find?: FindKey | undefined }
  | { readonly kind: 'keys'; readonly find: FindKey }

/** AWS's words. */
export const SIGNATURE_MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

/** Signing never covers these: proxies and clients change them on the way. */
const UNSIGNABLE = new Set([
  'authorization',
  'connection',
  'expect',
  'user-agent',
  'transfer-encoding',
  'x-amzn-trace-id',
])

/**
 * Signs a request (header form): adds `X-Amz-Date`, `X-Amz-Security-Token` when the keys have one, and
 * `Authorization` to `request.headers`, which must hold `Host` already.
 * @param now epoch milliseconds
 */
export function sign(
  request: SignableRequest & { readonly body: Uint8Array },
  keys: SigningKeys,
  scope: SigningScope,
  now: number,
): void {
  const { headers } = request
  if (!headers.has('host')) throw new Error('a request is signed with its Host header: none is set')
  const date = basicDate(now)
  headers.set('X-Amz-Date', date)
  if (keys.sessionToken !== undefined) headers.set('X-Amz-Security-Token', keys.sessionToken)
  const signed = signableNames(headers)
  const payloadHash = headers.get('x-amz-content-sha256') ?? sha256Hex(request.body)
  const canonical = canonicalRequest(request, signed, payloadHash, scope.service)
  const credential = `${date.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`
  const signature = signatureOf(
    stringToSign(canonical, date, scope),
    signingKey(keys.secretAccessKey, date.slice(0, 8), scope.region, scope.service),
  )
  headers.set(
    'Authorization',
    `${ALGORITHM} Credential=${keys.accessKeyId}/${credential}, SignedHeaders=${signed.join(';')}, Signature=${signature}`,
  )
}

/**
 * The part of verification that needs no body, so that strangers' bodies are not read: a known key, a fresh date, a
 * scope that names what is called.
 * @param now epoch milliseconds
 * @throws SignatureError
 */
export function checkClaim<Key extends Pick<AccessKey, 'secret'>>(
  claim: SignatureClaim,
  key: Key | 'expired' | undefined,
  now: number,
): Key {
  if (key === undefined) {
    throw new SignatureError('unknown-key', 'The security token included in the request is invalid.')
  }
  if (key === 'expired') {
    throw new SignatureError('expired-token', 'The security token included in the request is expired')
  }
  if (claim.scopeDate !== claim.date.slice(0, 8)) {
    throw new SignatureError(
      'mismatch',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.scopeDate}' != '${claim.date.slice(0, 8)}', from '${claim.date}'.`,
    )
  }
  if (!claim.signedHeaders.includes('host')) {
    throw new SignatureError(
      'mismatch',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )
  }
  checkDate(claim, now)
  return key
}

/**
 * The rest: the body's hash and the signature itself, compared in constant time.
 * @throws SignatureError
 */
export function checkSignature(
  claim: SignatureClaim,
  key: Pick<AccessKey, 'secret'>,
  request: SignableRequest & { readonly body: Uint8Array },
): void {
  const payloadHash = claim.payloadHash ?? sha256Hex(request.body)
  const bodyMatches =
    claim.payloadHash === undefined ||
    claim.payloadHash === UNSIGNED_PAYLOAD ||
    sameText(claim.payloadHash, sha256Hex(request.body))
  const canonical = canonicalRequest(
    request,
    claim.signedHeaders,
    payloadHash,
    claim.service,
    claim.presigned ? 'X-Amz-Signature' : undefined,
  )
  const toSign = stringToSign(canonical, claim.date, claim)
  if (!sameText(signatureOf(toSign, keptSigningKey(key, claim)), claim.signature) || !bodyMatches) {
    throw new SignatureError('mismatch', SIGNATURE_MISMATCH, {
      canonicalRequest: canonical,
      stringToSign: toSign,
    })
  }
}

/**
 * Both parts of verification.
 * @param now epoch milliseconds
 * @returns the key that signed
 * @throws SignatureError
 */
export function verify(
  claim: SignatureClaim,
  request: SignableRequest & { readonly body: Uint8Array },
  found: FoundKey,
  now: number,
): AccessKey {
  const key = checkClaim(claim, found, now)
  checkSignature(claim, key, request)
  return key
}

function checkDate({ date, expiresSeconds }: SignatureClaim, now: number): void {
  const signedAt = parseBasicDate(date)
  if (signedAt - now > CLOCK_SKEW_MAX_MS) {
    throw new SignatureError(
      'mismatch',
      `Signature not yet current: ${date} is still later than ${basicDate(now + CLOCK_SKEW_MAX_MS)} (${basicDate(now)} + 5 min.)`,
    )
  }
  const lifeMs = expiresSeconds === undefined ? CLOCK_SKEW_MAX_MS : expiresSeconds * 1000
  if (now - signedAt > lifeMs) {
    throw new SignatureError(
      'mismatch',
      `Signature expired: ${date} is now earlier than ${basicDate(now - lifeMs)} (${basicDate(now)} - ${lifeText(lifeMs)})`,
    )
  }
}

function lifeText(lifeMs: number): string {
  return lifeMs % 60_000 === 0 ? `${lifeMs / 60_000} min.` : `${lifeMs / 1000} sec.`
}

function stringToSign(canonical: string, date: string, { region, service }: SigningScope): string {
  return `${ALGORITHM}\n${date}\n${date.slice(0, 8)}/${region}/${service}/aws4_request\n${sha256Hex(canonical)}`
}

function signatureOf(toSign: string, key: Uint8Array): string {
  return Buffer.from(hmac(key, toSign)).toString('hex')
}

/** The last signing key of each access key that is known: callers are many more than those as whom we call. */
const keptKeys = new WeakMap<
  Pick<AccessKey, 'secret'>,
  { readonly scope: string; readonly key: Uint8Array }
>()

function keptSigningKey(accessKey: Pick<AccessKey, 'secret'>, claim: SignatureClaim): Uint8Array {
  const { region, service, scopeDate } = claim
  const scope = `${scopeDate}/${region}/${service}`
  const kept = keptKeys.get(accessKey)
  if (kept?.scope === scope) return kept.key
  const key = deriveSigningKey(accessKey.secret, scopeDate, region, service)
  keptKeys.set(accessKey, { scope, key })
  return key
}

function signableNames(headers: Headers): string[] {
  const names = new Set<string>()
  for (const [name] of headers) if (!UNSIGNABLE.has(name.toLowerCase())) names.add(name.toLowerCase())
  return [...names].sort()
}
