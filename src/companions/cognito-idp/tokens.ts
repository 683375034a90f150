import { createPrivateKey, createPublicKey, randomUUID, type KeyObject } from 'node:crypto'
import type { AuthenticationResultType } from '#aws/tables/cognito-idp.ts'
import { algorithms } from '#languages/jwt/algorithms.ts'
import { datesOf } from '#languages/jwt/dates.ts'
import { signToken } from '#languages/jwt/sign.ts'
import type { JsonObject } from '#languages/jwt/strict-json.ts'
import { readToken } from '#languages/jwt/token.ts'
import { findUser, type Client, type Pool, type PoolsContext } from './context.ts'
import { notAuthorized } from './errors.ts'
import { sessionsPerUserMax } from './limits.ts'
import { groupKind, idKey, keyPlace, ofPool, poolKind, type UserRecord } from './records.ts'

/** What a client keeps to have new tokens by. */
interface RefreshToken {
  readonly poolId: string
  readonly clientId: string
  readonly sub: string
  readonly username: string
  readonly origin: string
  readonly authTime: number
  readonly expiresMs: number
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 }

function validitySeconds(
  { record: { settings } }: Client,
  token: 'AccessToken' | 'IdToken' | 'RefreshToken',
): number {
  const isRefresh = token === 'RefreshToken'
  const unit = settings.TokenValidityUnits?.[token] ?? (isRefresh ? 'days' : 'hours')
  return (settings[`${token}Validity`] ?? (isRefresh ? 30 : 1)) * (UNIT_SECONDS[unit] ?? 1)
}

export const issuerOf = ({ url }: PoolsContext, poolId: string): string => `${url()}/${poolId}`

/** Begins a session of a user: its name, which all of its tokens bear, is to be kept with the user. */
export function newSession(user: UserRecord): {
  readonly origin: string
  readonly sessions: readonly string[]
} {
  const origin = randomUUID()
  return { origin, sessions: [...user.sessions, origin].slice(-sessionsPerUserMax) }
}

/** Tokens of a session. @param origin its name @param authTime when it began, epoch seconds */
export async function issueTokens(
  context: PoolsContext,
  pool: Pool,
  client: Client,
  user: UserRecord,
  {
    origin,
    authTime,
    refreshes,
  }: { readonly origin: string; readonly authTime: number; readonly refreshes: boolean },
): Promise<AuthenticationResultType> {
  const nowMs = context.clock.now()
  const iat = Math.floor(nowMs / 1000)
  const key = signingKey(context, pool)
  const sub = user.attributes['sub'] ?? ''
  const common = {
    sub,
    iss: issuerOf(context, pool.id),
    origin_jti: origin,
    event_id: randomUUID(),
    auth_time: authTime,
    iat,
    ...(await groupClaims(context, pool, user)),
  }
  const access = validitySeconds(client, 'AccessToken')
  const AccessToken = signToken(
    {
      ...common,
      client_id: client.id,
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      exp: iat + access,
      jti: randomUUID(),
      username: user.username,
    },
    key,
  )
  const IdToken = signToken(
    {
      ...attributeClaims(user),
      ...common,
      'cognito:username': user.username,
      aud: client.id,
      token_use: 'id',
      exp: iat + validitySeconds(client, 'IdToken'),
      jti: randomUUID(),
    },
    key,
  )
  const result = { AccessToken, IdToken, ExpiresIn: access, TokenType: 'Bearer' }
  if (!refreshes) return result
  const refresh: RefreshToken = {
    poolId: pool.id,
    clientId: client.id,
    sub,
    username: user.username,
    origin,
    authTime,
    expiresMs: nowMs + 1000 * validitySeconds(client, 'RefreshToken'),
  }
  return { ...result, RefreshToken: sealed(context, 'refresh token', refresh) }
}

/** A token of a client for itself. @param scopes that it may have */
export function issueClientToken(
  context: PoolsContext,
  pool: Pool,
  client: Client,
  scopes: readonly string[],
): AuthenticationResultType {
  const iat = Math.floor(context.clock.now() / 1000)
  const ExpiresIn = validitySeconds(client, 'AccessToken')
  const claims = {
    sub: client.id,
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: iat,
    iss: issuerOf(context, pool.id),
    exp: iat + ExpiresIn,
    iat,
    version: 2,
    jti: randomUUID(),
    client_id: client.id,
  }
  return { AccessToken: signToken(claims, signingKey(context, pool)), ExpiresIn, TokenType: 'Bearer' }
}

/** Whose refresh token it is. @throws AwsError NotAuthorizedException */
export async function readRefreshToken(
  context: PoolsContext,
  pool: Pool,
  client: Client,
  text: string,
): Promise<{ readonly user: UserRecord; readonly origin: string; readonly authTime: number }> {
  const token = unsealed<RefreshToken>(context, 'refresh token', text)
  if (token?.clientId !== client.id || token.poolId !== pool.id) throw notAuthorized('Invalid Refresh Token')
  if (token.expiresMs <= context.clock.now()) throw notAuthorized('Refresh Token has expired')
  const user = await findUser(context.store, pool, token.username)
  if (user?.attributes['sub'] !== token.sub) throw notAuthorized('Invalid Refresh Token')
  if (!user.sessions.includes(token.origin)) throw notAuthorized('Refresh Token has been revoked')
  if (!user.enabled) throw notAuthorized('User is disabled.')
  return { user, origin: token.origin, authTime: token.authTime }
}

/** Whose access token it is. @throws AwsError NotAuthorizedException */
export async function readAccessToken(
  context: PoolsContext,
  text: string,
): Promise<{ readonly pool: Pool; readonly user: UserRecord }> {
  const token = readToken(text)
  const issuer = token?.claims['iss']
  const poolId = typeof issuer === 'string' ? issuer.slice(issuer.lastIndexOf('/') + 1) : ''
  const record = poolId === '' ? undefined : (await context.store.read(poolKind, idKey(poolId)))?.value
  if (token === undefined || record === undefined) throw notAuthorized('Invalid Access Token')
  const pool = { id: poolId, record }
  const key = createPublicKey({ key: record.publicJwk, format: 'jwk' })
  const { claims, algorithm, signed, signature, algorithmName } = token
  const isOurs =
    algorithmName === 'RS256' &&
    algorithm === algorithms.get('RS256') &&
    algorithm.verify(signed, signature, key)
  const dates = datesOf(claims, context.clock.now())
  if (
    !isOurs ||
    issuer !== issuerOf(context, poolId) ||
    claims['token_use'] !== 'access' ||
    dates === 'invalid'
  ) {
    throw notAuthorized('Invalid Access Token')
  }
  if (dates === 'expired') throw notAuthorized('Access Token has expired')
  const name = claims['username']
  const user = typeof name === 'string' ? await findUser(context.store, pool, name) : undefined
  if (user?.attributes['sub'] !== claims['sub'] || user === undefined)
    throw notAuthorized('Invalid Access Token')
  if (!user.sessions.includes(claims['origin_jti'] as string))
    throw notAuthorized('Access Token has been revoked')
  if (!user.enabled) throw notAuthorized('User is disabled.')
  return { pool, user }
}

/** @throws AwsError NotAuthorizedException for what is none; undefined when it is over */
export function sessionOf(
  context: PoolsContext,
  client: Client,
  text: string,
): Pick<RefreshToken, 'username' | 'origin'> {
  const token = unsealed<RefreshToken>(context, 'refresh token', text)
  if (token?.clientId !== client.id) throw notAuthorized('Invalid Refresh Token')
  return token
}

/** Something for a client to keep and give back that it can neither read nor change. */
export function sealed(context: PoolsContext, what: string, value: object): string {
  return Buffer.from(context.sealer.seal(JSON.stringify(value), what), 'utf8').toString('base64url')
}

/** @returns undefined for what was not sealed by us as just that */
export function unsealed<T>(context: PoolsContext, what: string, text: string): T | undefined {
  const kept = Buffer.from(text, 'base64url').toString('utf8')
  // What is not sealed would be given back as it is.
  if (!kept.startsWith('sealed:')) return undefined
  try {
    return JSON.parse(context.sealer.open(kept, what)) as T
  } catch {
    return undefined
  }
}

function signingKey(
  { sealer }: PoolsContext,
  { id, record }: Pool,
): { readonly id: string; readonly key: KeyObject } {
  return { id: record.keyId, key: createPrivateKey(sealer.open(record.sealedKey, keyPlace(id))) }
}

/** A user's groups, those of least precedence first, and the roles that they bring. */
async function groupClaims({ store }: PoolsContext, pool: Pool, { groups }: UserRecord): Promise<JsonObject> {
  if (groups.length === 0) return {}
  const all = (await store.list(groupKind, ofPool(pool.id))).map(({ value }) => value)
  const own = all
    .filter(({ name }) => groups.includes(name))
    .sort((a, b) => (a.precedence ?? Infinity) - (b.precedence ?? Infinity) || 0)
  const roles = own.flatMap(({ roleArn }) => roleArn ?? [])
  return {
    'cognito:groups': own.map(({ name }) => name),
    ...(roles.length === 0 ? {} : { 'cognito:roles': roles, 'cognito:preferred_role': roles[0] }),
  }
}

function attributeClaims({ attributes }: UserRecord): JsonObject {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      name.endsWith('_verified') ? value === 'true' : value,
    ]),
  )
}
