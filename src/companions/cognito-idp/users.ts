import { randomInt, randomUUID } from 'node:crypto'
import { AwsError } from '#aws/error.ts'
import type { Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations, UserType } from '#aws/tables/cognito-idp.ts'
import type { Transaction } from '#store/store.ts'
import { attributeList, withAttributes } from './attributes.ts'
import { changeUser, findUser, readPool, readUser, userId, type Pool, type PoolsContext } from './context.ts'
import { invalidParameter, notAuthorized } from './errors.ts'
import { pageOf } from './paging.ts'
import { checkPassword, newPassword } from './passwords.ts'
import { inPool, ofPool, userKind, type UserRecord } from './records.ts'

const DAY_MS = 24 * 3_600_000

/** What an administrator does with users. */
export function userOperations(context: PoolsContext): Handlers<CognitoIdpOperations> {
  const { store, clock, sealer } = context
  return {
    async AdminCreateUser(input, call) {
      const { UserPoolId, Username, UserAttributes, MessageAction, TemporaryPassword } = input
      const pool = await readPool(store, call, UserPoolId)
      if (MessageAction === 'RESEND') {
        return { User: shownUser(await readUser(store, pool, Username)) }
      }
      const { passwords } = pool.record
      const chosen = TemporaryPassword ?? randomPassword(passwords.MinimumLength ?? 8)
      if (TemporaryPassword !== undefined) checkPassword(passwords, TemporaryPassword)
      const blank = newUser(pool, Username, withAttributes({}, UserAttributes), clock.now())
      const expiresMs = clock.now() + (passwords.TemporaryPasswordValidityDays ?? 7) * DAY_MS
      const user: UserRecord = {
        ...blank,
        status: 'FORCE_CHANGE_PASSWORD',
        password: newPassword(sealer, pool, blank, chosen, expiresMs),
      }
      await store.transact(async (tx) => createUser(tx, pool, Username, user, 'User account already exists'))
      if (MessageAction !== 'SUPPRESS' && TemporaryPassword === undefined) {
        context.deliver?.({ pool: pool.id, username: user.username, code: chosen })
      }
      return { User: shownUser(user) }
    },

    async AdminGetUser({ UserPoolId, Username }, call) {
      const user = await readUser(store, await readPool(store, call, UserPoolId), Username)
      const { Attributes, ...rest } = shownUser(user)
      return { ...rest, Username: user.username, UserAttributes: Attributes }
    },

    async ListUsers({ UserPoolId, Limit, PaginationToken, Filter, AttributesToGet }, call) {
      await readPool(store, call, UserPoolId)
      const matches = compileFilter(Filter)
      const all = (await store.list(userKind, ofPool(UserPoolId))).map(({ value }) => value).filter(matches)
      const { items, next } = pageOf(all, ({ username }) => username, PaginationToken, Limit)
      const Users = items.map((user) => {
        const whole = shownUser(user)
        if (AttributesToGet === undefined) return whole
        return {
          ...whole,
          Attributes: whole.Attributes?.filter(({ Name }) => AttributesToGet.includes(Name)),
        }
      })
      return { Users, PaginationToken: next }
    },

    async AdminSetUserPassword({ UserPoolId, Username, Password, Permanent = false }, call) {
      const pool = await readPool(store, call, UserPoolId)
      const { passwords } = pool.record
      checkPassword(passwords, Password)
      await changeUser(context, pool, Username, (user) => {
        const days = passwords.TemporaryPasswordValidityDays ?? 7
        const expiresMs = Permanent ? undefined : clock.now() + days * DAY_MS
        return {
          status: Permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD',
          password: newPassword(sealer, pool, user, Password, expiresMs),
        }
      })
      return {}
    },

    async AdminConfirmSignUp({ UserPoolId, Username }, call) {
      const pool = await readPool(store, call, UserPoolId)
      await changeUser(context, pool, Username, ({ status }) => {
        if (status !== 'UNCONFIRMED') {
          throw notAuthorized(`User cannot be confirmed. Current status is ${status}`)
        }
        return { status: 'CONFIRMED', code: undefined }
      })
      return {}
    },

    async AdminUpdateUserAttributes({ UserPoolId, Username, UserAttributes }, call) {
      const pool = await readPool(store, call, UserPoolId)
      await changeUser(context, pool, Username, ({ attributes }) => ({
        attributes: withAttributes(attributes, UserAttributes),
      }))
      return {}
    },

    async AdminDeleteUserAttributes({ UserPoolId, Username, UserAttributeNames }, call) {
      const pool = await readPool(store, call, UserPoolId)
      if (UserAttributeNames.includes('sub')) throw invalidParameter('user.sub: Attribute cannot be deleted.')
      await changeUser(context, pool, Username, ({ attributes }) => ({
        attributes: Object.fromEntries(
          Object.entries(attributes).filter(([name]) => !UserAttributeNames.includes(name)),
        ),
      }))
      return {}
    },

    AdminEnableUser: async ({ UserPoolId, Username }, call) => {
      await changeUser(context, await readPool(store, call, UserPoolId), Username, () => ({ enabled: true }))
      return {}
    },

    /** Its tokens end with it. */
    AdminDisableUser: async ({ UserPoolId, Username }, call) => {
      const pool = await readPool(store, call, UserPoolId)
      await changeUser(context, pool, Username, () => ({ enabled: false, sessions: [] }))
      return {}
    },

    AdminUserGlobalSignOut: async ({ UserPoolId, Username }, call) => {
      await changeUser(context, await readPool(store, call, UserPoolId), Username, () => ({ sessions: [] }))
      return {}
    },

    async AdminDeleteUser({ UserPoolId, Username }, call) {
      await store.transact(async (tx) => {
        const pool = await readPool(tx, call, UserPoolId)
        const { username } = await readUser(tx, pool, Username)
        tx.delete(userKind, inPool(pool.id, userId(pool, username)))
      })
      return {}
    },
  }
}

/** Where users are named by what they sign in with, their name is one that nobody chose. */
export function newUser(
  pool: Pool,
  name: string,
  given: Readonly<Record<string, string>>,
  nowMs: number,
): UserRecord {
  const sub = randomUUID()
  const [attribute] = pool.record.settings.UsernameAttributes ?? []
  const kindOfName = attribute === undefined ? undefined : name.includes('@') ? 'email' : 'phone_number'
  return {
    username: kindOfName === undefined ? name : sub,
    attributes: { sub, ...given, ...(kindOfName === undefined ? {} : { [kindOfName]: name }) },
    createdMs: nowMs,
    modifiedMs: nowMs,
    enabled: true,
    status: 'UNCONFIRMED',
    groups: [],
    password: undefined,
    code: undefined,
    sessions: [],
  }
}

/** @throws AwsError UsernameExistsException */
export async function createUser(
  tx: Transaction,
  pool: Pool,
  name: string,
  user: UserRecord,
  message: string,
): Promise<void> {
  if ((await findUser(tx, pool, name)) !== undefined) {
    throw new AwsError('UsernameExistsException', message, 400)
  }
  tx.create(userKind, inPool(pool.id, userId(pool, user.username)), user)
}

export function shownUser({
  username,
  attributes,
  createdMs,
  modifiedMs,
  enabled,
  status,
}: UserRecord): UserType {
  return {
    Username: username,
    Attributes: attributeList(attributes),
    UserCreateDate: createdMs,
    UserLastModifiedDate: modifiedMs,
    Enabled: enabled,
    UserStatus: status,
  }
}

const FILTER = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/

/** `email = "ada@example.com"`, `username ^= "a"`. API reference, ListUsers. @throws AwsError InvalidParameterException */
function compileFilter(filter: string | undefined): (user: UserRecord) => boolean {
  if (filter === undefined || filter.trim() === '') return () => true
  const [, name = '', operator, quoted = ''] = FILTER.exec(filter) ?? []
  if (name === '') throw invalidParameter(`Invalid search criteria: ${filter.slice(0, 256)}`)
  const value = quoted.replace(/\\(.)/g, '$1')
  const read: Readonly<Record<string, (user: UserRecord) => string>> = {
    username: (user) => user.username,
    'cognito:user_status': (user) => user.status,
    status: (user) => (user.enabled ? 'Enabled' : 'Disabled'),
  }
  return (user) => {
    const found = (Object.hasOwn(read, name) ? read[name]?.(user) : user.attributes[name]) ?? ''
    return operator === '=' ? found === value : found.startsWith(value)
  }
}

const CLASSES = ['abcdefghijkmnopqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '!#%*-_?']

/** Of every class that a policy may ask for, and longer than it asks. */
function randomPassword(least: number): string {
  const length = Math.max(16, least)
  return Array.from({ length }, (_, at) => {
    const letters = CLASSES[at % CLASSES.length] ?? ''
    return letters[randomInt(letters.length)]
  }).join('')
}
