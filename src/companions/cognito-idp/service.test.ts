import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  CreateResourceServerCommand,
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
  DescribeUserPoolCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  type InitiateAuthCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js'
import { decodeJwtPayload } from './claims.fixture.ts'
import { startTestPools, type TestPools } from './pools.fixture.ts'

// User pools as AWS's own clients meet them.

const PASSWORD = 'Correct-horse-1'
const ALL_FLOWS = [
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_REFRESH_TOKEN_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
] as const

let house: TestPools
beforeAll(async () => {
  house = await startTestPools()
})
afterAll(() => house.stop())

async function newUser(
  poolId: string,
  name: string,
  status: 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' = 'CONFIRMED',
) {
  await house.sdk.send(
    new AdminCreateUserCommand({
      UserPoolId: poolId,
      Username: name,
      TemporaryPassword: PASSWORD,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: `${name}@example.com` },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  )
  if (status === 'CONFIRMED') {
    await house.sdk.send(
      new AdminSetUserPasswordCommand({
        UserPoolId: poolId,
        Username: name,
        Password: PASSWORD,
        Permanent: true,
      }),
    )
  }
}

function signIn(
  ClientId: string,
  USERNAME: string,
  PASSWORD_: string = PASSWORD,
  more: Record<string, string> = {},
) {
  const input: InitiateAuthCommandInput = {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME, PASSWORD: PASSWORD_, ...more },
  }
  return house.sdk.send(new InitiateAuthCommand(input))
}

async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'no failure'
  } catch (error) {
    const { name, message } = error as Error
    return `${name}: ${message}`
  }
}

const WRONG = 'NotAuthorizedException: Incorrect username or password.'

async function withUser(): Promise<{ readonly poolId: string; readonly clientId: string }> {
  const poolId = await house.newPool()
  const { id } = await house.newClient(poolId, { ExplicitAuthFlows: [...ALL_FLOWS] })
  await newUser(poolId, 'ada')
  return { poolId, clientId: id }
}

describe('a pool', () => {
  test('is made, described, listed and deleted; nobody else sees it', async () => {
    const poolId = await house.newPool({ PoolName: 'mine', AutoVerifiedAttributes: ['email'] })
    expect(poolId).toMatch(/^us-east-1_[A-Za-z0-9]{9}$/)
    const { UserPool } = await house.sdk.send(new DescribeUserPoolCommand({ UserPoolId: poolId }))
    expect(UserPool).toMatchObject({
      Name: 'mine',
      Arn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${poolId}`,
      AutoVerifiedAttributes: ['email'],
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true } },
    })
    const { UserPools } = await house.sdk.send(new ListUserPoolsCommand({ MaxResults: 60 }))
    expect(UserPools?.some(({ Id }) => Id === poolId)).toBe(true)
    await house.sdk.send(new DeleteUserPoolCommand({ UserPoolId: poolId }))
    const gone = `ResourceNotFoundException: User pool ${poolId} does not exist.`
    expect(await failure(house.sdk.send(new DescribeUserPoolCommand({ UserPoolId: poolId })))).toBe(gone)
  })

  test('is not made with what would only seem to protect', async () => {
    const withMfa = new CreateUserPoolCommand({ PoolName: 'x', MfaConfiguration: 'ON' })
    expect(await failure(house.sdk.send(withMfa))).toStartWith(
      'InvalidParameterException: MFA is not supported',
    )
    const LambdaConfig = { PreAuthentication: 'arn:aws:lambda:us-east-1:000000000000:function:f' }
    const withTrigger = new CreateUserPoolCommand({ PoolName: 'x', LambdaConfig })
    expect(await failure(house.sdk.send(withTrigger))).toStartWith('InvalidParameterException: Triggers')
  })

  test('keeps no password, secret or signing key in the clear', async () => {
    const { poolId, clientId } = await withUser()
    const { secret } = await house.newClient(poolId, { GenerateSecret: true })
    await signIn(clientId, 'ada')
    const kept = await house.kept()
    for (const what of [PASSWORD, secret, 'PRIVATE KEY']) expect(kept).not.toContain(what)
    expect(kept).toContain('sealed:')
  })
})

describe('signing in', () => {
  test('by password: tokens that say who, for whom, from whom', async () => {
    const { poolId, clientId } = await withUser()
    await house.sdk.send(new CreateGroupCommand({ UserPoolId: poolId, GroupName: 'users', Precedence: 9 }))
    const RoleArn = 'arn:aws:iam::000000000000:role/admin'
    await house.sdk.send(
      new CreateGroupCommand({ UserPoolId: poolId, GroupName: 'admins', Precedence: 1, RoleArn }),
    )
    for (const GroupName of ['users', 'admins']) {
      await house.sdk.send(new AdminAddUserToGroupCommand({ UserPoolId: poolId, Username: 'ada', GroupName }))
    }
    const { AuthenticationResult: result } = await signIn(clientId, 'ada')
    expect(result).toMatchObject({ ExpiresIn: 3600, TokenType: 'Bearer' })
    const id = decodeJwtPayload(result?.IdToken)
    const access = decodeJwtPayload(result?.AccessToken)
    const seconds = Math.floor(house.nowMs / 1000)
    const common = {
      iss: `${house.url}/${poolId}`,
      iat: seconds,
      exp: seconds + 3600,
      'cognito:groups': ['admins', 'users'],
    }
    expect(id).toMatchObject({
      ...common,
      aud: clientId,
      token_use: 'id',
      email: 'ada@example.com',
      email_verified: true,
      'cognito:username': 'ada',
      'cognito:preferred_role': RoleArn,
    })
    expect(access).toMatchObject({
      ...common,
      client_id: clientId,
      token_use: 'access',
      username: 'ada',
      sub: id['sub'],
    })
    expect(access['aud']).toBeUndefined()
    const { Username } = await house.sdk.send(new GetUserCommand({ AccessToken: result?.AccessToken }))
    expect(Username).toBe('ada')
    expect(await failure(house.sdk.send(new GetUserCommand({ AccessToken: result?.IdToken })))).toBe(
      'NotAuthorizedException: Invalid Access Token',
    )
  })

  test('is refused, and says no more than it should', async () => {
    const { poolId, clientId } = await withUser()
    const { id: discreet } = await house.newClient(poolId, {
      ExplicitAuthFlows: [...ALL_FLOWS],
      PreventUserExistenceErrors: 'ENABLED',
    })
    const { id: narrow } = await house.newClient(poolId)
    expect(await failure(signIn(clientId, 'ada', 'wrong'))).toBe(WRONG)
    expect(await failure(signIn(clientId, 'Ada'))).toBe('UserNotFoundException: User does not exist.')
    expect(await failure(signIn(discreet, 'nobody'))).toBe(WRONG)
    expect(await failure(signIn(narrow, 'ada'))).toBe(
      'InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client',
    )
    expect(await failure(signIn('x'.repeat(26), 'ada'))).toStartWith(
      'ResourceNotFoundException: User pool client',
    )
    const asAdmin = { ClientId: clientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' as const }
    const AuthParameters = { USERNAME: 'ada', PASSWORD }
    expect(await failure(house.sdk.send(new InitiateAuthCommand({ ...asAdmin, AuthParameters })))).toBe(
      'InvalidParameterException: Initiate Auth method not supported.',
    )
    const admins = new AdminInitiateAuthCommand({ ...asAdmin, UserPoolId: poolId, AuthParameters })
    expect((await house.sdk.send(admins)).AuthenticationResult?.AccessToken).toBeString()
    await house.sdk.send(new AdminDisableUserCommand({ UserPoolId: poolId, Username: 'ada' }))
    expect(await failure(signIn(clientId, 'ada'))).toBe('NotAuthorizedException: User is disabled.')
  })

  test('waits longer and longer for who guesses', async () => {
    const { clientId } = await withUser()
    for (let i = 0; i < 6; i++) expect(await failure(signIn(clientId, 'ada', `wrong ${i}`))).toBe(WRONG)
    expect(await failure(signIn(clientId, 'ada'))).toBe('NotAuthorizedException: Password attempts exceeded')
    house.nowMs += 1000
    expect((await signIn(clientId, 'ada')).AuthenticationResult).toBeDefined()
  })

  test('by a client with a secret needs the hash of it', async () => {
    const { poolId } = await withUser()
    const { id, secret } = await house.newClient(poolId, {
      GenerateSecret: true,
      ExplicitAuthFlows: [...ALL_FLOWS],
    })
    const SECRET_HASH = createHmac('sha256', secret).update(`ada${id}`).digest('base64')
    expect(await failure(signIn(id, 'ada'))).toBe(
      `NotAuthorizedException: Client ${id} is configured with secret but SECRET_HASH was not received`,
    )
    expect(await failure(signIn(id, 'ada', PASSWORD, { SECRET_HASH: 'AAAA' }))).toBe(
      `NotAuthorizedException: Unable to verify secret hash for client ${id}`,
    )
    expect((await signIn(id, 'ada', PASSWORD, { SECRET_HASH })).AuthenticationResult).toBeDefined()
  })

  test('with a temporary password asks for another', async () => {
    const poolId = await house.newPool()
    const { id } = await house.newClient(poolId, { ExplicitAuthFlows: [...ALL_FLOWS] })
    await newUser(poolId, 'ada', 'FORCE_CHANGE_PASSWORD')
    const { ChallengeName, Session } = await signIn(id, 'ada')
    expect(ChallengeName).toBe('NEW_PASSWORD_REQUIRED')
    const answer = (NEW_PASSWORD: string, session = Session) =>
      house.sdk.send(
        new RespondToAuthChallengeCommand({
          ClientId: id,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD },
          Session: session,
        }),
      )
    expect(await failure(answer('short'))).toBe(
      'InvalidPasswordException: Password did not conform with policy: Password not long enough',
    )
    expect(await failure(answer('Another-horse-2', 'x'.repeat(30)))).toBe(
      'NotAuthorizedException: Invalid session for the user.',
    )
    expect((await answer('Another-horse-2')).AuthenticationResult?.IdToken).toBeString()
    expect(await failure(answer('Another-horse-3'))).toBe(
      'NotAuthorizedException: Invalid session for the user.',
    )
    expect(await failure(signIn(id, 'ada'))).toBe(WRONG)
    expect((await signIn(id, 'ada', 'Another-horse-2')).AuthenticationResult).toBeDefined()
  })
})

/** Its arithmetic is JavaScript's own, and takes a second where others are at work. */
const CLIENT_MS = 60_000

describe('amazon-cognito-identity-js', () => {
  function bySrp(poolId: string, clientId: string, Username: string, Password: string): Promise<string> {
    const Pool = new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint: house.url })
    const user = new CognitoUser({ Username, Pool })
    return new Promise((resolve, reject) => {
      user.authenticateUser(new AuthenticationDetails({ Username, Password }), {
        onSuccess: (session) => resolve(session.getIdToken().getJwtToken()),
        onFailure: reject,
        newPasswordRequired: (attributes: Record<string, string>) => {
          const { email_verified: _, ...rest } = attributes
          user.completeNewPasswordChallenge('Renewed-horse-3', rest, {
            onSuccess: (session) => resolve(session.getIdToken().getJwtToken()),
            onFailure: reject,
          })
        },
      })
    })
  }

  test(
    'signs in by SRP, whatever the numbers',
    async () => {
      const { poolId, clientId } = await withUser()
      for (let i = 0; i < 2; i++) {
        expect(decodeJwtPayload(await bySrp(poolId, clientId, 'ada', PASSWORD))['cognito:username']).toBe(
          'ada',
        )
      }
      expect(await failure(bySrp(poolId, clientId, 'ada', 'wrong'))).toBe(WRONG)
    },
    CLIENT_MS,
  )

  test(
    'renews a temporary password',
    async () => {
      const { poolId, clientId } = await withUser()
      await newUser(poolId, 'grace', 'FORCE_CHANGE_PASSWORD')
      expect(decodeJwtPayload(await bySrp(poolId, clientId, 'grace', PASSWORD))['email']).toBe(
        'grace@example.com',
      )
      expect(await bySrp(poolId, clientId, 'grace', 'Renewed-horse-3')).toBeString()
    },
    CLIENT_MS,
  )

  test(
    'is not told who there is',
    async () => {
      const { poolId } = await withUser()
      const { id } = await house.newClient(poolId, { PreventUserExistenceErrors: 'ENABLED' })
      expect(await failure(bySrp(poolId, id, 'nobody', PASSWORD))).toBe(WRONG)
    },
    CLIENT_MS,
  )

  test('an A for which any password would do is refused', async () => {
    const { clientId } = await withUser()
    for (const SRP_A of ['0', '00', 'zz', 'f'.repeat(2000)]) {
      const AuthParameters = { USERNAME: 'ada', SRP_A }
      const command = new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: 'USER_SRP_AUTH',
        AuthParameters,
      })
      expect(await failure(house.sdk.send(command))).toBe('InvalidParameterException: SRP_A is invalid')
    }
  })
})

describe('a session', () => {
  const again = (ClientId: string, REFRESH_TOKEN = '') =>
    house.sdk.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN },
      }),
    )

  test('gives new tokens until it is over, revoked, or its user signs out', async () => {
    const { poolId, clientId } = await withUser()
    const first = (await signIn(clientId, 'ada')).AuthenticationResult
    const second = (await signIn(clientId, 'ada')).AuthenticationResult
    house.nowMs += 3_600_000
    expect(await failure(house.sdk.send(new GetUserCommand({ AccessToken: first?.AccessToken })))).toBe(
      'NotAuthorizedException: Access Token has expired',
    )
    const renewed = (await again(clientId, first?.RefreshToken)).AuthenticationResult
    expect(renewed?.RefreshToken).toBeUndefined()
    const { id: other } = await house.newClient(poolId)
    expect(await failure(again(other, first?.RefreshToken))).toBe(
      'NotAuthorizedException: Invalid Refresh Token',
    )
    expect(await failure(again(clientId, `${first?.RefreshToken?.slice(0, -2)}AA`))).toBe(
      'NotAuthorizedException: Invalid Refresh Token',
    )
    await house.sdk.send(new RevokeTokenCommand({ ClientId: clientId, Token: first?.RefreshToken }))
    expect(await failure(again(clientId, first?.RefreshToken))).toBe(
      'NotAuthorizedException: Refresh Token has been revoked',
    )
    expect(await failure(house.sdk.send(new GetUserCommand({ AccessToken: renewed?.AccessToken })))).toBe(
      'NotAuthorizedException: Access Token has been revoked',
    )
    const third = (await again(clientId, second?.RefreshToken)).AuthenticationResult
    await house.sdk.send(new GlobalSignOutCommand({ AccessToken: third?.AccessToken }))
    expect(await failure(again(clientId, second?.RefreshToken))).toBe(
      'NotAuthorizedException: Refresh Token has been revoked',
    )
    const last = (await signIn(clientId, 'ada')).AuthenticationResult
    house.nowMs += 31 * 24 * 3_600_000
    expect(await failure(again(clientId, last?.RefreshToken))).toBe(
      'NotAuthorizedException: Refresh Token has expired',
    )
  })

  test('lets its user change the password and attributes, not what is verified', async () => {
    const { poolId, clientId } = await withUser()
    const AccessToken = (await signIn(clientId, 'ada')).AuthenticationResult?.AccessToken
    const change = { AccessToken, PreviousPassword: 'wrong', ProposedPassword: 'Another-horse-2' }
    expect(await failure(house.sdk.send(new ChangePasswordCommand(change)))).toBe(WRONG)
    await house.sdk.send(new ChangePasswordCommand({ ...change, PreviousPassword: PASSWORD }))
    expect((await signIn(clientId, 'ada', 'Another-horse-2')).AuthenticationResult).toBeDefined()
    const update = (Name: string, Value: string) =>
      house.sdk.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name, Value }] }))
    expect(await failure(update('email_verified', 'true'))).toStartWith('InvalidParameterException')
    expect(await failure(update('sub', 'root'))).toStartWith('InvalidParameterException')
    expect(await failure(update('cognito:groups', 'admins'))).toStartWith('InvalidParameterException')
    await update('email', 'new@example.com')
    const { UserAttributes } = await house.sdk.send(
      new AdminGetUserCommand({ UserPoolId: poolId, Username: 'ada' }),
    )
    expect(UserAttributes?.map(({ Name }) => Name)).toEqual(['sub', 'email'])
  })
})

describe('signing up', () => {
  test('is confirmed by a code, and only so often tried', async () => {
    const poolId = await house.newPool({ AutoVerifiedAttributes: ['email'] })
    const { id: ClientId } = await house.newClient(poolId, { ExplicitAuthFlows: [...ALL_FLOWS] })
    const up = { ClientId, Username: 'ada', Password: PASSWORD }
    expect(await failure(house.sdk.send(new SignUpCommand({ ...up, Password: 'all-lower-1' })))).toBe(
      'InvalidPasswordException: Password did not conform with policy: Password must have uppercase characters',
    )
    const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }]
    const made = await house.sdk.send(new SignUpCommand({ ...up, UserAttributes }))
    expect(made).toMatchObject({ UserConfirmed: false, CodeDeliveryDetails: { Destination: 'a***@e***' } })
    expect(await failure(house.sdk.send(new SignUpCommand(up)))).toBe(
      'UsernameExistsException: User already exists',
    )
    expect(await failure(signIn(ClientId, 'ada'))).toBe('UserNotConfirmedException: User is not confirmed.')
    const code = house.sent.at(-1)?.code as string
    const confirm = (ConfirmationCode: string) =>
      house.sdk.send(new ConfirmSignUpCommand({ ClientId, Username: 'ada', ConfirmationCode }))
    expect(await failure(confirm(code === '000000' ? '000001' : '000000'))).toBe(
      'CodeMismatchException: Invalid verification code provided, please try again.',
    )
    await confirm(code)
    const { IdToken } = (await signIn(ClientId, 'ada')).AuthenticationResult ?? {}
    expect(decodeJwtPayload(IdToken)['email_verified']).toBe(true)
    expect(await failure(confirm(code))).toBe(
      'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
    )
    await house.sdk.send(new SignUpCommand({ ...up, Username: 'eve' }))
    const guess = () =>
      failure(house.sdk.send(new ConfirmSignUpCommand({ ClientId, Username: 'eve', ConfirmationCode: 'x' })))
    for (let i = 0; i < 5; i++) expect(await guess()).toStartWith('CodeMismatchException')
    expect(await guess()).toBe('ExpiredCodeException: Invalid code provided, please request a code again.')
    await house.sdk.send(new AdminConfirmSignUpCommand({ UserPoolId: poolId, Username: 'eve' }))
    expect((await signIn(ClientId, 'eve')).AuthenticationResult).toBeDefined()
  })

  test('may be by email, which then names the user', async () => {
    const poolId = await house.newPool({ UsernameAttributes: ['email'] })
    const { id: ClientId } = await house.newClient(poolId, { ExplicitAuthFlows: [...ALL_FLOWS] })
    const made = await house.sdk.send(
      new SignUpCommand({ ClientId, Username: 'a@example.com', Password: PASSWORD }),
    )
    await house.sdk.send(new AdminConfirmSignUpCommand({ UserPoolId: poolId, Username: 'a@example.com' }))
    const { IdToken } = (await signIn(ClientId, 'a@example.com')).AuthenticationResult ?? {}
    expect(decodeJwtPayload(IdToken)).toMatchObject({
      'cognito:username': made.UserSub,
      email: 'a@example.com',
    })
    const Filter = 'email = "a@example.com"'
    const { Users } = await house.sdk.send(new ListUsersCommand({ UserPoolId: poolId, Filter }))
    expect(Users?.map(({ Username }) => Username)).toEqual([made.UserSub])
  })

  test('a forgotten password is renewed by a code, and ends what was begun with it', async () => {
    const { clientId: ClientId } = await withUser()
    const before = (await signIn(ClientId, 'ada')).AuthenticationResult
    await house.sdk.send(new ForgotPasswordCommand({ ClientId, Username: 'ada' }))
    const renew = (ConfirmationCode: string) =>
      house.sdk.send(
        new ConfirmForgotPasswordCommand({
          ClientId,
          Username: 'ada',
          ConfirmationCode,
          Password: 'Another-horse-2',
        }),
      )
    expect(await failure(renew('x'))).toStartWith('CodeMismatchException')
    await renew(house.sent.at(-1)?.code as string)
    expect(await failure(house.sdk.send(new GetUserCommand({ AccessToken: before?.AccessToken })))).toBe(
      'NotAuthorizedException: Access Token has been revoked',
    )
    expect((await signIn(ClientId, 'ada', 'Another-horse-2')).AuthenticationResult).toBeDefined()
  })
})

describe('what everybody sees', () => {
  test('discovery and keys', async () => {
    const poolId = await house.newPool()
    const issuer = `${house.url}/${poolId}`
    const found = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >
    expect(found).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` })
    const { keys } = (await (await fetch(found['jwks_uri'] as string)).json()) as {
      keys: Record<string, string>[]
    }
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    expect((await fetch(`${house.url}/us-east-1_nope/.well-known/jwks.json`)).status).toBe(404)
  })

  test('the token endpoint: a client’s credentials for the scopes that it may have', async () => {
    const poolId = await house.newPool()
    const Scopes = ['read', 'write'].map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName }))
    await house.sdk.send(
      new CreateResourceServerCommand({ UserPoolId: poolId, Identifier: 'shop', Name: 'shop', Scopes }),
    )
    const { id, secret } = await house.newClient(poolId, {
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['shop/read'],
    })
    const ask = async (
      form: Record<string, string>,
      as: string = `${id}:${secret}`,
    ): Promise<[number, Record<string, string>]> => {
      const response = await fetch(`${house.url}/${poolId}/oauth2/token`, {
        method: 'POST',
        headers: { Authorization: `Basic ${btoa(as)}` },
        body: new URLSearchParams(form),
      })
      return [response.status, (await response.json()) as Record<string, string>]
    }
    const grant = { grant_type: 'client_credentials' }
    const [status, given] = await ask({ ...grant, scope: 'shop/read' })
    expect([status, given['token_type']]).toEqual([200, 'Bearer'])
    expect(decodeJwtPayload(given['access_token'])).toMatchObject({
      scope: 'shop/read',
      client_id: id,
      token_use: 'access',
    })
    expect(await ask({ ...grant, scope: 'shop/write' })).toEqual([400, { error: 'invalid_scope' }])
    expect(await ask(grant, `${id}:wrong`)).toEqual([401, { error: 'invalid_client' }])
    expect(await ask(grant, 'nobody:x')).toEqual([401, { error: 'invalid_client' }])
    expect(await ask({ grant_type: 'password' })).toEqual([400, { error: 'unsupported_grant_type' }])
    expect(await ask({ grant_type: 'refresh_token', refresh_token: 'x' })).toEqual([
      400,
      { error: 'invalid_grant' },
    ])
    const { id: plain } = await house.newClient(poolId)
    expect(await ask(grant, `${plain}:`)).toEqual([400, { error: 'unauthorized_client' }])
  })
})
