import type { Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations } from '#aws/tables/cognito-idp.ts'
import { attributeList, unverified, withAttributes } from './attributes.ts'
import { checkSecretHash, secretOf } from './clients.ts'
import { deliveryOf, newCode, redeemCode } from './codes.ts'
import { changeUser, findUser, readClient, readUser, userId, type PoolsContext } from './context.ts'
import { invalidParameter, notAuthorized, userNotFound } from './errors.ts'
import { checkPassword, isPassword, newPassword } from './passwords.ts'
import { sameText } from '#base/same-text.ts'
import { inPool, userKind, type UserRecord } from './records.ts'
import { readAccessToken, sessionOf } from './tokens.ts'
import { createUser, newUser } from './users.ts'

/** What users do themselves: nobody signs these calls. */
export function accountOperations(context: PoolsContext): Handlers<CognitoIdpOperations> {
  const { store, clock, sealer } = context
  return {
    async SignUp({ ClientId, Username, Password, SecretHash, UserAttributes }) {
      const { client, pool } = await readClient(store, ClientId)
      checkSecretHash(sealer, client, Username, SecretHash)
      if (pool.record.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly === true) {
        throw notAuthorized('SignUp is not permitted for this user pool')
      }
      if (Password === undefined) throw invalidParameter('Password is required')
      checkPassword(pool.record.passwords, Password)
      const blank = newUser(pool, Username, withAttributes({}, unverified(UserAttributes)), clock.now())
      const user = { ...blank, password: newPassword(sealer, pool, blank, Password) }
      await store.transact(async (tx) => createUser(tx, pool, Username, user, 'User already exists'))
      await changeUser(context, pool, user.username, () => ({
        code: newCode(context, pool, user, 'sign-up'),
      }))
      return {
        UserConfirmed: false,
        UserSub: user.attributes['sub'] ?? '',
        CodeDeliveryDetails: deliveryOf(user),
      }
    },

    async ConfirmSignUp({ ClientId, Username, ConfirmationCode, SecretHash }) {
      const { client, pool } = await readClient(store, ClientId)
      checkSecretHash(sealer, client, Username, SecretHash)
      const { status } = await readUser(store, pool, Username)
      if (status !== 'UNCONFIRMED') {
        throw notAuthorized(`User cannot be confirmed. Current status is ${status}`)
      }
      const verifies = pool.record.settings.AutoVerifiedAttributes ?? []
      await redeemCode(context, pool, Username, { purpose: 'sign-up', code: ConfirmationCode }, (user) => ({
        status: 'CONFIRMED',
        attributes: verified(user, verifies),
      }))
      return {}
    },

    async ResendConfirmationCode({ ClientId, Username, SecretHash }) {
      const { client, pool } = await readClient(store, ClientId)
      checkSecretHash(sealer, client, Username, SecretHash)
      const user = await changeUser(context, pool, Username, (before) => {
        if (before.status !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.')
        return { code: newCode(context, pool, before, 'sign-up') }
      })
      return { CodeDeliveryDetails: deliveryOf(user) }
    },

    async ForgotPassword({ ClientId, Username, SecretHash }) {
      const { client, pool } = await readClient(store, ClientId)
      checkSecretHash(sealer, client, Username, SecretHash)
      const known = await findUser(store, pool, Username)
      if (known === undefined) {
        if (client.record.settings.PreventUserExistenceErrors !== 'ENABLED') throw userNotFound()
        return { CodeDeliveryDetails: { AttributeName: 'email', DeliveryMedium: 'EMAIL' } }
      }
      const { email_verified: email, phone_number_verified: phone } = known.attributes
      if (email !== 'true' && phone !== 'true') {
        throw invalidParameter(
          'Cannot reset password for the user as there is no registered/verified email or phone_number',
        )
      }
      const user = await changeUser(context, pool, Username, (before) => ({
        code: newCode(context, pool, before, 'password'),
      }))
      return { CodeDeliveryDetails: deliveryOf(user) }
    },

    /** Whoever was signed in is no more. */
    async ConfirmForgotPassword({ ClientId, Username, ConfirmationCode, Password, SecretHash }) {
      const { client, pool } = await readClient(store, ClientId)
      checkSecretHash(sealer, client, Username, SecretHash)
      checkPassword(pool.record.passwords, Password)
      await redeemCode(context, pool, Username, { purpose: 'password', code: ConfirmationCode }, (user) => ({
        status: 'CONFIRMED',
        sessions: [],
        password: newPassword(sealer, pool, user, Password),
      }))
      return {}
    },

    async ChangePassword({ AccessToken, PreviousPassword = '', ProposedPassword }) {
      const { pool, user } = await readAccessToken(context, AccessToken)
      const who = `${pool.id} ${user.attributes['sub'] ?? ''}`
      context.attempts.check(who)
      if (!isPassword(sealer, pool, user, PreviousPassword)) {
        context.attempts.failed(who)
        throw notAuthorized()
      }
      context.attempts.succeeded(who)
      checkPassword(pool.record.passwords, ProposedPassword)
      await changeUser(context, pool, user.username, (before) => ({
        password: newPassword(sealer, pool, before, ProposedPassword),
      }))
      return {}
    },

    async GetUser({ AccessToken }) {
      const { user } = await readAccessToken(context, AccessToken)
      return { Username: user.username, UserAttributes: attributeList(user.attributes) }
    },

    /** Attributes that were verified are so no more once they are others. */
    async UpdateUserAttributes({ AccessToken, UserAttributes }) {
      const { pool, user } = await readAccessToken(context, AccessToken)
      const changed = unverified(UserAttributes).filter(({ Name, Value }) => user.attributes[Name] !== Value)
      await changeUser(context, pool, user.username, ({ attributes }) => {
        const after: Record<string, string> = { ...withAttributes(attributes, changed) }
        for (const { Name } of changed) delete after[`${Name}_verified`]
        return { attributes: after }
      })
      return {}
    },

    async DeleteUser({ AccessToken }) {
      const { pool, user } = await readAccessToken(context, AccessToken)
      await store.transact(async (tx) => tx.delete(userKind, inPool(pool.id, userId(pool, user.username))))
      return {}
    },

    async GlobalSignOut({ AccessToken }) {
      const { pool, user } = await readAccessToken(context, AccessToken)
      await changeUser(context, pool, user.username, () => ({ sessions: [] }))
      return {}
    },

    async RevokeToken({ Token, ClientId, ClientSecret = '' }) {
      const { client, pool } = await readClient(store, ClientId)
      const secret = secretOf(sealer, client)
      if (secret !== undefined && !sameText(ClientSecret, secret))
        throw notAuthorized('Invalid client secret')
      const { username, origin } = sessionOf(context, client, Token)
      if ((await findUser(store, pool, username)) === undefined) return {}
      await changeUser(context, pool, username, ({ sessions }) => ({
        sessions: sessions.filter((session) => session !== origin),
      }))
      return {}
    },
  }
}

/** The code went to one of them: the first that the user has. */
function verified({ attributes }: UserRecord, names: readonly string[]): UserRecord['attributes'] {
  const name = names.find((each) => attributes[each] !== undefined)
  return name === undefined ? attributes : { ...attributes, [`${name}_verified`]: 'true' }
}
