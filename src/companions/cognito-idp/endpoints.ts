import { WholeBody } from '#http/body.ts'
import { BodyTooLarge } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { secretOf } from './clients.ts'
import { readClient, type PoolsContext } from './context.ts'
import { sameText } from '#base/same-text.ts'
import { idKey, poolKind, type PoolRecord } from './records.ts'
import { scopesOfPool } from './resource-servers.ts'
import { issueClientToken, issueTokens, issuerOf, readRefreshToken } from './tokens.ts'

const bodyBytesMax = 16_384
const WELL_KNOWN = /^\/([\w-]{1,55})\/(?:\.well-known\/(jwks\.json|openid-configuration)|oauth2\/token)$/

/** What a pool shows everybody: its keys, what it can do, and the place where clients get tokens. */
export function createPoolEndpoints(
  context: PoolsContext,
): (request: HttpRequest) => Promise<HttpReply> | undefined {
  return (request) => {
    const path = request.target.split('?', 1)[0] as string
    const [, poolId = '', what] = WELL_KNOWN.exec(path) ?? []
    if (path === '/oauth2/token' || (poolId !== '' && what === undefined)) {
      return request.method === 'POST' ? token(context, poolId, request) : undefined
    }
    if (poolId === '' || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined
    return shown(context, poolId, what as string)
  }
}

async function shown(context: PoolsContext, poolId: string, what: string): Promise<HttpReply> {
  const pool = (await context.store.read(poolKind, idKey(poolId)))?.value
  if (pool === undefined) return json(404, { message: `User pool ${poolId} does not exist.` })
  return json(
    200,
    what === 'jwks.json' ? keySetOf(pool) : discovery(issuerOf(context, poolId)),
    'public, max-age=300',
  )
}

export function keySetOf({ keyId, publicJwk }: PoolRecord): object {
  return { keys: [{ ...publicJwk, alg: 'RS256', kid: keyId, use: 'sig' }] }
}

/** OpenID Connect Discovery 1.0 §3. */
function discovery(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint: `${issuer}/oauth2/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    grant_types_supported: ['client_credentials', 'refresh_token'],
    response_types_supported: ['token'],
    scopes_supported: ['openid'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

/** RFC 6749 §3.2: client credentials (§4.4) and refresh tokens (§6). @param poolId '' where the client alone says it */
async function token(context: PoolsContext, poolId: string, request: HttpRequest): Promise<HttpReply> {
  try {
    const form = new URLSearchParams(Buffer.from(await request.body.bytes(bodyBytesMax)).toString('utf8'))
    const given = clientOf(request, form)
    if (given === undefined) return refused('invalid_client')
    const { client, pool } = await readClient(context.store, given.id)
    const secret = secretOf(context.sealer, client)
    const isProven = secret === undefined ? given.secret === '' : sameText(given.secret, secret)
    if (!isProven || (poolId !== '' && pool.id !== poolId)) return refused('invalid_client')
    const grant = form.get('grant_type')
    if (grant === 'refresh_token') {
      const session = await readRefreshToken(context, pool, client, form.get('refresh_token') ?? '')
      return granted(await issueTokens(context, pool, client, session.user, { ...session, refreshes: false }))
    }
    if (grant !== 'client_credentials') return refused('unsupported_grant_type')
    const {
      AllowedOAuthFlowsUserPoolClient,
      AllowedOAuthFlows = [],
      AllowedOAuthScopes = [],
    } = client.record.settings
    if (
      secret === undefined ||
      AllowedOAuthFlowsUserPoolClient !== true ||
      !AllowedOAuthFlows.includes('client_credentials')
    ) {
      return refused('unauthorized_client')
    }
    const known = await scopesOfPool(context.store, pool.id)
    const allowed = AllowedOAuthScopes.filter((scope) => known.has(scope))
    const asked = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
    if (asked.some((scope) => !allowed.includes(scope))) return refused('invalid_scope')
    return granted(issueClientToken(context, pool, client, asked.length === 0 ? allowed : asked))
  } catch (error) {
    if (error instanceof BodyTooLarge) return refused('invalid_request')
    if ((error as { code?: string }).code === 'ResourceNotFoundException') return refused('invalid_client')
    if ((error as { code?: string }).code === 'NotAuthorizedException') return refused('invalid_grant')
    throw error
  }
}

const BASIC = /^basic ([A-Za-z0-9+/]+=*)$/i

/** By HTTP Basic or by the form (RFC 6749 §2.3.1), not by both. */
function clientOf(
  { headers }: HttpRequest,
  form: URLSearchParams,
): { readonly id: string; readonly secret: string } | undefined {
  const authorization = headers.get('authorization')
  if (authorization === undefined)
    return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  const [id, ...secret] = Buffer.from(BASIC.exec(authorization)?.[1] ?? '', 'base64')
    .toString('utf8')
    .split(':')
  if (id === undefined || id === '' || secret.length === 0 || form.has('client_secret')) return undefined
  return { id, secret: secret.join(':') }
}

function granted(given: ReturnType<typeof issueClientToken>): HttpReply {
  const { AccessToken, IdToken, ExpiresIn, TokenType } = given
  return json(200, {
    id_token: IdToken,
    access_token: AccessToken,
    expires_in: ExpiresIn,
    token_type: TokenType,
  })
}

/** RFC 6749 §5.2. */
function refused(error: string): HttpReply {
  return json(error === 'invalid_client' ? 401 : 400, { error })
}

function json(status: number, value: object, cacheControl: string = 'no-store'): HttpReply {
  const headers = new Headers(['Content-Type', 'application/json', 'Cache-Control', cacheControl])
  return { status, headers, body: new WholeBody(Buffer.from(JSON.stringify(value), 'utf8')) }
}
