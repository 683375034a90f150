import { createHash } from 'node:crypto'
import type { Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations, InitiateAuthResponse } from '#aws/tables/cognito-idp.ts'
import { AwsError } from '#aws/error.ts'
import { unverified, withAttributes } from './attributes.ts'
import { checkSecretHash } from './clients.ts'
import {
  changeUser,
  findUser,
  readClient,
  readPool,
  type Client,
  type Pool,
  type PoolsContext,
} from './context.ts'
import { invalidParameter, notAuthorized, notFound, userNotFound } from './errors.ts'
import { challengeMs } from './limits.ts'
import { checkPassword, isPassword, newPassword, openVerifier, srpUser } from './passwords.ts'
import { sameText } from '#base/same-text.ts'
import { keyPlace, type UserRecord } from './records.ts'
import { newChallenge, proofOf, readPublic, sessionKey, verifierOf, type Verifier } from './srp.ts'
import { issueTokens, newSession, readRefreshToken, sealed, unsealed } from './tokens.ts'

type Texts = Readonly<Record<string, string>>

/** One sign-in: who, by which client. */
interface SignIn {
  readonly context: PoolsContext
  readonly pool: Pool
  readonly client: Client
  readonly given: Texts
}

interface Flow {
  /** One of them has to be among the client's `ExplicitAuthFlows`. */
  readonly allowedBy: readonly string[]
  readonly isAdmins?: true
  readonly run: (signIn: SignIn) => Promise<InitiateAuthResponse>
}

const REFRESH: Flow = { allowedBy: ['ALLOW_REFRESH_TOKEN_AUTH'], run: refresh }
const ADMIN: Flow = {
  allowedBy: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'],
  isAdmins: true,
  run: byPassword,
}

/** By `AuthFlow`. */
const FLOWS: ReadonlyMap<string, Flow> = new Map([
  ['USER_PASSWORD_AUTH', { allowedBy: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'], run: byPassword }],
  ['USER_SRP_AUTH', { allowedBy: ['ALLOW_USER_SRP_AUTH'], run: bySrp }],
  ['REFRESH_TOKEN_AUTH', REFRESH],
  ['REFRESH_TOKEN', REFRESH],
  ['ADMIN_USER_PASSWORD_AUTH', ADMIN],
  ['ADMIN_NO_SRP_AUTH', ADMIN],
])

/** Of a client that was made without (API reference, CreateUserPoolClient). */
const flowsDefault = ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH']

/** By `ChallengeName`. */
const CHALLENGES: ReadonlyMap<string, (signIn: SignIn, session: string) => Promise<InitiateAuthResponse>> =
  new Map([
    ['PASSWORD_VERIFIER', verifyProof],
    ['NEW_PASSWORD_REQUIRED', takeNewPassword],
  ])

export function signInOperations(context: PoolsContext): Handlers<CognitoIdpOperations> {
  const { store } = context
  const begin = async (
    clientId: string,
    authFlow: string,
    given: Texts,
    asAdmin: boolean,
  ): Promise<InitiateAuthResponse> => {
    const { client, pool } = await readClient(store, clientId)
    const flow = FLOWS.get(authFlow)
    if (flow === undefined || (flow.isAdmins === true && !asAdmin)) {
      throw invalidParameter('Initiate Auth method not supported.')
    }
    const { ExplicitAuthFlows: allowed = [] } = client.record.settings
    const flows: readonly string[] = allowed.length === 0 ? flowsDefault : allowed
    if (!flow.allowedBy.some((name) => flows.includes(name))) {
      throw invalidParameter(`${authFlow} flow not enabled for this client`)
    }
    return flow.run({ context, pool, client, given })
  }
  const respond = async (
    clientId: string,
    name: string,
    given: Texts,
    session: string,
  ): Promise<InitiateAuthResponse> => {
    const { client, pool } = await readClient(store, clientId)
    const answer = CHALLENGES.get(name)
    if (answer === undefined) throw invalidParameter(`Challenge ${name.slice(0, 64)} is not supported`)
    const signIn = { context, pool, client, given }
    checkSecretHash(context.sealer, client, needed(given, 'USERNAME'), given['SECRET_HASH'])
    return answer(signIn, session)
  }
  /** An administrator names the pool, too. */
  const ownPool = async (
    call: Parameters<typeof readPool>[1],
    poolId: string,
    clientId: string,
  ): Promise<void> => {
    await readPool(store, call, poolId)
    const { client } = await readClient(store, clientId)
    if (client.record.poolId !== poolId) throw notFound(`User pool client ${clientId} does not exist.`)
  }
  return {
    InitiateAuth: ({ ClientId, AuthFlow, AuthParameters = {} }) =>
      begin(ClientId, AuthFlow, AuthParameters, false),
    AdminInitiateAuth: async ({ UserPoolId, ClientId, AuthFlow, AuthParameters = {} }, call) => {
      await ownPool(call, UserPoolId, ClientId)
      return begin(ClientId, AuthFlow, AuthParameters, true)
    },
    RespondToAuthChallenge: ({ ClientId, ChallengeName, ChallengeResponses = {}, Session = '' }) =>
      respond(ClientId, ChallengeName, ChallengeResponses, Session),
    AdminRespondToAuthChallenge: async (input, call) => {
      const { UserPoolId, ClientId, ChallengeName, ChallengeResponses = {}, Session = '' } = input
      await ownPool(call, UserPoolId, ClientId)
      return respond(ClientId, ChallengeName, ChallengeResponses, Session)
    },
  }
}

/** See `UserPools.signIn`. A client of another pool than the one that is named lets nobody in. */
export async function signInOnPage(
  context: PoolsContext,
  { userPoolArn, appClientId }: { readonly userPoolArn: string; readonly appClientId: string },
  username: string,
  password: string,
): Promise<{ readonly reader: string } | { readonly refusal: string }> {
  try {
    const { client, pool } = await readClient(context.store, appClientId)
    if (!userPoolArn.endsWith(`:userpool/${pool.id}`)) {
      return { refusal: `The client ${appClientId} is not one of ${userPoolArn}.` }
    }
    const given = { USERNAME: username, PASSWORD: password }
    const { ChallengeName: challenge } = await byPassword({ context, pool, client, given })
    if (challenge === undefined) return { reader: username }
    return {
      refusal: `${challenge} has to be answered first (RespondToAuthChallenge), which this page cannot.`,
    }
  } catch (error) {
    if (error instanceof AwsError) return { refusal: error.message }
    throw error
  }
}

function needed(given: Texts, name: string): string {
  const value = given[name]
  if (value === undefined || value === '') throw invalidParameter(`Missing required parameter ${name}`)
  return value
}

async function byPassword({ context, pool, client, given }: SignIn): Promise<InitiateAuthResponse> {
  const username = needed(given, 'USERNAME')
  const password = needed(given, 'PASSWORD')
  checkSecretHash(context.sealer, client, username, given['SECRET_HASH'])
  const user = await findUser(context.store, pool, username)
  const who = attemptName(pool, user, username)
  context.attempts.check(who)
  if (user === undefined) {
    context.attempts.failed(who)
    throw unknownUser(client)
  }
  if (!isPassword(context.sealer, pool, user, password)) {
    context.attempts.failed(who)
    throw notAuthorized()
  }
  context.attempts.succeeded(who)
  return proven({ context, pool, client, given }, user)
}

/** An unknown user's sign-in looks as one's who is known, where the client is made to keep that to itself. */
async function bySrp({ context, pool, client, given }: SignIn): Promise<InitiateAuthResponse> {
  const username = needed(given, 'USERNAME')
  const A = readPublic(needed(given, 'SRP_A'))
  if (A === undefined) throw invalidParameter('SRP_A is invalid')
  checkSecretHash(context.sealer, client, username, given['SECRET_HASH'])
  const user = await findUser(context.store, pool, username)
  if (user === undefined && unknownUser(client).code === 'UserNotFoundException') throw userNotFound()
  const verifier =
    user?.password === undefined
      ? nobodysVerifier(context, pool, username)
      : openVerifier(context.sealer, pool, user, user.password)
  const challenge = newChallenge(verifier.verifier)
  const asked: Asked = {
    poolId: pool.id,
    clientId: client.id,
    username: user?.username ?? username,
    A,
    ...challenge,
    expiresMs: context.clock.now() + challengeMs,
  }
  const SECRET_BLOCK = Buffer.from(sealed(context, 'SRP', asked), 'base64url').toString('base64')
  return {
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeParameters: {
      USERNAME: asked.username,
      USER_ID_FOR_SRP: asked.username,
      SRP_B: challenge.B,
      SALT: verifier.salt,
      SECRET_BLOCK,
    },
  }
}

/** What the server remembers of a challenge; the client keeps it, sealed. */
interface Asked {
  readonly poolId: string
  readonly clientId: string
  readonly username: string
  readonly A: string
  readonly b: string
  readonly B: string
  readonly expiresMs: number
}

async function verifyProof(signIn: SignIn): Promise<InitiateAuthResponse> {
  const { context, pool, client, given } = signIn
  const block = Buffer.from(needed(given, 'PASSWORD_CLAIM_SECRET_BLOCK'), 'base64')
  const timestamp = needed(given, 'TIMESTAMP')
  const signature = needed(given, 'PASSWORD_CLAIM_SIGNATURE')
  const asked = unsealed<Asked>(context, 'SRP', block.toString('base64url'))
  if (asked?.poolId !== pool.id || asked.clientId !== client.id || asked.expiresMs <= context.clock.now()) {
    throw notAuthorized('Invalid session for the user.')
  }
  if (given['USERNAME'] !== asked.username) throw notAuthorized()
  const user = await findUser(context.store, pool, asked.username)
  const who = attemptName(pool, user, asked.username)
  context.attempts.check(who)
  if (user?.password === undefined) {
    context.attempts.failed(who)
    throw notAuthorized()
  }
  const { verifier } = openVerifier(context.sealer, pool, user, user.password)
  const key = sessionKey(asked.A, asked, verifier)
  const proof = proofOf(key, srpUser(pool, user), block, timestamp).toString('base64')
  if (!sameText(signature, proof)) {
    context.attempts.failed(who)
    throw notAuthorized()
  }
  context.attempts.succeeded(who)
  return proven(signIn, user)
}

/** What is asked of a user whose password was temporary. */
interface Renewal {
  readonly poolId: string
  readonly clientId: string
  readonly username: string
  /** Of the password that is to be renewed: once it is, this is of no use. */
  readonly salt: string
  readonly expiresMs: number
}

/** The password was right. */
async function proven({ context, pool, client }: SignIn, user: UserRecord): Promise<InitiateAuthResponse> {
  if (!user.enabled) throw notAuthorized('User is disabled.')
  if (user.status === 'UNCONFIRMED')
    throw new AwsError('UserNotConfirmedException', 'User is not confirmed.', 400)
  if (user.status === 'RESET_REQUIRED') {
    throw new AwsError('PasswordResetRequiredException', 'Password reset required for the user', 400)
  }
  if (user.status === 'CONFIRMED') return signedIn(context, pool, client, user.username)
  const nowMs = context.clock.now()
  const { salt = '', expiresMs = Infinity } = user.password ?? {}
  if (expiresMs <= nowMs) {
    throw notAuthorized('Temporary password has expired and must be reset by an administrator.')
  }
  const { sub: _, ...attributes } = user.attributes
  const renewal: Renewal = {
    poolId: pool.id,
    clientId: client.id,
    username: user.username,
    salt,
    expiresMs: nowMs + challengeMs,
  }
  return {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: sealed(context, 'new password', renewal),
    ChallengeParameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: '[]',
      userAttributes: JSON.stringify(attributes),
    },
  }
}

async function takeNewPassword(
  { context, pool, client, given }: SignIn,
  session: string,
): Promise<InitiateAuthResponse> {
  const password = needed(given, 'NEW_PASSWORD')
  const renewal = unsealed<Renewal>(context, 'new password', session)
  const isOurs = renewal?.poolId === pool.id && renewal.clientId === client.id
  if (!isOurs || renewal.expiresMs <= context.clock.now() || given['USERNAME'] !== renewal.username) {
    throw notAuthorized('Invalid session for the user.')
  }
  checkPassword(pool.record.passwords, password)
  const attributes = Object.entries(given).flatMap(([name, Value]) =>
    name.startsWith('userAttributes.') ? [{ Name: name.slice('userAttributes.'.length), Value }] : [],
  )
  await changeUser(context, pool, renewal.username, (user) => {
    if (user.password?.salt !== renewal.salt) throw notAuthorized('Invalid session for the user.')
    return {
      status: 'CONFIRMED',
      attributes: withAttributes(user.attributes, unverified(attributes)),
      password: newPassword(context.sealer, pool, user, password),
    }
  })
  return signedIn(context, pool, client, renewal.username)
}

async function signedIn(
  context: PoolsContext,
  pool: Pool,
  client: Client,
  username: string,
): Promise<InitiateAuthResponse> {
  let origin = ''
  const user = await changeUser(context, pool, username, (before) => {
    const session = newSession(before)
    origin = session.origin
    return { sessions: session.sessions, modifiedMs: before.modifiedMs }
  })
  const authTime = Math.floor(context.clock.now() / 1000)
  const AuthenticationResult = await issueTokens(context, pool, client, user, {
    origin,
    authTime,
    refreshes: true,
  })
  return { ChallengeParameters: {}, AuthenticationResult }
}

async function refresh({ context, pool, client, given }: SignIn): Promise<InitiateAuthResponse> {
  const text = needed(given, 'REFRESH_TOKEN')
  const { user, ...session } = await readRefreshToken(context, pool, client, text)
  checkSecretHash(context.sealer, client, user.username, given['SECRET_HASH'])
  const AuthenticationResult = await issueTokens(context, pool, client, user, {
    ...session,
    refreshes: false,
  })
  return { ChallengeParameters: {}, AuthenticationResult }
}

function attemptName(pool: Pool, user: UserRecord | undefined, username: string): string {
  return `${pool.id} ${user?.attributes['sub'] ?? username.slice(0, 128)}`
}

function unknownUser({ record: { settings } }: Client): AwsError {
  return settings.PreventUserExistenceErrors === 'ENABLED' ? notAuthorized() : userNotFound()
}

/** The same for the same name, and of no password. */
function nobodysVerifier({ sealer }: PoolsContext, { id, record }: Pool, username: string): Verifier {
  const secret = sealer.open(record.sealedKey, keyPlace(id))
  const hash = (what: string): string =>
    createHash('sha256').update(`${what} ${secret} ${username}`).digest('hex')
  return verifierOf({ poolName: id, username }, hash('password'), hash('salt').slice(0, 32))
}
