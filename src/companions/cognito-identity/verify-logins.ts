import { AwsError } from '#aws/error.ts'
import { findOidcProvider } from '#companions/iam/oidc-providers.ts'
import type { ProviderToken } from '#companions/sts/token-verifier.ts'
import { readToken } from '#languages/jwt/token.ts'
import type { IdentityPoolsContext, Pool } from './context.ts'
import { invalidParameter, notAuthorized } from './errors.ts'
import { loginsMax } from './limits.ts'
import { PROVIDER, verifyOwnToken } from './open-id-tokens.ts'
import type { Login } from './records.ts'

/** Somebody whom a provider knows. */
export interface VerifiedLogin extends Login {
  /** As role mappings name the provider. */
  readonly mappingName: string
  /** As maps of principal tags may name it. */
  readonly names: readonly string[]
  /** In `amr`, beside the provider: `{provider}:CognitoSignIn:{sub}`. */
  readonly amr: string
  readonly claims: ProviderToken['claims']
}

/** What a token of the pool itself says, which a developer had made. */
export interface OwnToken {
  readonly identityId: string
  readonly amr: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly secondsLeft: number
}

export interface VerifiedLogins {
  readonly logins: readonly VerifiedLogin[]
  readonly own: OwnToken | undefined
}

/**
 * Who somebody is by the tokens of providers that the pool believes.
 * @param given provider → token
 * @throws AwsError NotAuthorizedException
 */
export async function verifyLogins(
  context: IdentityPoolsContext,
  pool: Pool,
  given: Readonly<Record<string, string>> = {},
): Promise<VerifiedLogins> {
  const entries = Object.entries(given)
  if (entries.length > loginsMax) throw invalidParameter(`There are ${loginsMax} logins at most`)
  const logins: VerifiedLogin[] = []
  let own: OwnToken | undefined
  for (const [provider, token] of entries) {
    if (provider === PROVIDER) own = await ofDeveloper(context, pool, token)
    else logins.push(await verifyLogin(context, pool, provider, token))
  }
  return { logins, own }
}

/** Tokens that others than the developer's users have been given are for STS. */
async function ofDeveloper(context: IdentityPoolsContext, pool: Pool, token: string): Promise<OwnToken> {
  const identity = await verifyOwnToken(context, token)
  if (identity === 'expired') throw expired(token, context)
  const { DeveloperProviderName: name } = pool.record.settings
  const amr = typeof identity === 'string' ? [] : [identity.claims['amr'] ?? []].flat()
  const isDevelopers = name !== undefined && amr[1] === name
  if (typeof identity === 'string' || identity.audience !== pool.id || !isDevelopers) {
    throw notAuthorized('Invalid login token. Not a valid OpenId Connect identity token.')
  }
  const exp = Number(readToken(token)?.claims['exp'])
  const secondsLeft = exp - Math.floor(context.clock.now() / 1000)
  return { identityId: identity.subject, amr, tags: identity.tags ?? {}, secondsLeft }
}

const USER_POOL = /^cognito-idp\.[a-z\d-]+\.amazonaws\.com(?:\.cn)?\/([\w-]{1,55})$/
/** Public providers whose tokens are OpenID Connect's; the pool names the audience. */
const PUBLIC_ISSUERS: ReadonlyMap<string, string> = new Map([
  ['accounts.google.com', 'https://accounts.google.com'],
  ['appleid.apple.com', 'https://appleid.apple.com'],
])

async function verifyLogin(
  context: IdentityPoolsContext,
  pool: Pool,
  provider: string,
  token: string,
): Promise<VerifiedLogin> {
  const [, userPoolId] = USER_POOL.exec(provider) ?? []
  if (userPoolId !== undefined) return ofUserPool(context, pool, provider, userPoolId, token)
  const { SupportedLoginProviders = {}, OpenIdConnectProviderARNs = [] } = pool.record.settings
  const supported = Object.hasOwn(SupportedLoginProviders, provider)
    ? SupportedLoginProviders[provider]
    : undefined
  if (supported !== undefined) {
    const issuer = PUBLIC_ISSUERS.get(provider)
    if (issuer === undefined) {
      throw notAuthorized(
        `Tokens of ${provider} can be verified by ${provider} alone, which Gatehouse does not ask: expected ${[...PUBLIC_ISSUERS.keys()].join(', ')}, a user pool or an OpenID Connect provider.`,
      )
    }
    const verified = await verify(context, issuer, token)
    const names = { provider, names: [provider], mappingName: provider, how: provider }
    return loginOf(verified, supported.split(/[\s,;]+/), names)
  }
  const arn = OpenIdConnectProviderARNs.find((one) => one.endsWith(`:oidc-provider/${provider}`))
  const found =
    arn === undefined ? undefined : await findOidcProvider(context.store, pool.record.account, arn)
  if (found === undefined)
    throw notAuthorized('Token is not from a supported provider of this identity pool.')
  const verified = await verify(context, found.url, token)
  return loginOf(verified, found.clientIds, {
    provider,
    names: [found.arn, provider],
    mappingName: found.arn,
    how: `${provider}:OIDC`,
  })
}

async function ofUserPool(
  context: IdentityPoolsContext,
  pool: Pool,
  provider: string,
  userPoolId: string,
  token: string,
): Promise<VerifiedLogin> {
  const { CognitoIdentityProviders = [] } = pool.record.settings
  const own = CognitoIdentityProviders.filter(({ ProviderName }) => ProviderName === provider)
  if (own.length === 0) throw notAuthorized('Token is not from a supported provider of this identity pool.')
  const verified = await verify(context, `https://${provider}`, token)
  if (verified.claims['token_use'] === 'access') {
    throw notAuthorized('Invalid login token. Not a valid OpenId Connect identity token.')
  }
  const clients = own.flatMap(({ ClientId }) => ClientId ?? [])
  const client = verified.audiences.find((one) => clients.includes(one)) ?? ''
  const login = loginOf(verified, clients, {
    provider,
    names: [provider],
    mappingName: `${provider}:${client}`,
    how: `${provider}:CognitoSignIn`,
  })
  const checks = own.some((one) => one.ClientId === client && one.ServerSideTokenCheck === true)
  if (checks && (await context.isSignedIn(userPoolId, verified.claims)) === false) {
    throw notAuthorized('Invalid login token. Token is revoked.')
  }
  return login
}

async function verify(context: IdentityPoolsContext, url: string, token: string): Promise<ProviderToken> {
  const verdict = await context.verifier.verify(url, token)
  if (typeof verdict !== 'string') return verdict
  if (verdict === 'expired') throw expired(token, context)
  if (verdict === 'unavailable') {
    throw new AwsError('ExternalServiceException', `The keys of ${url} cannot be had.`, 400)
  }
  throw notAuthorized(
    verdict === 'foreign'
      ? "Invalid login token. Issuer doesn't match providerName"
      : 'Invalid login token. Token signature invalid.',
  )
}

function expired(token: string, { clock }: IdentityPoolsContext): AwsError {
  const exp = String(readToken(token)?.claims['exp'])
  return notAuthorized(`Invalid login token. Token expired: ${Math.floor(clock.now() / 1000)} >= ${exp}`)
}

interface LoginNames extends Pick<VerifiedLogin, 'provider' | 'names' | 'mappingName'> {
  /** In `amr`, before the subject. */
  readonly how: string
}

function loginOf(
  { claims, audiences }: ProviderToken,
  clientIds: readonly string[],
  { how, ...names }: LoginNames,
): VerifiedLogin {
  const { sub } = claims
  if (typeof sub !== 'string' || sub === '') {
    throw notAuthorized('Invalid login token. Missing subject.')
  }
  if (!audiences.some((one) => clientIds.includes(one))) {
    throw notAuthorized('Invalid login token. Incorrect token audience.')
  }
  return { ...names, subject: sub, amr: `${how}:${sub}`, claims }
}
