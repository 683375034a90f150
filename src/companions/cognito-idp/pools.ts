import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations, UserPoolType } from '#aws/tables/cognito-idp.ts'
import { readPool, type Pool, type PoolsContext } from './context.ts'
import { domainsOf } from './domains.ts'
import { invalidParameter, limitExceeded } from './errors.ts'
import { poolsMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { defaultPasswordPolicy } from './passwords.ts'
import { checkTags } from './pool-tags.ts'
import {
  clientKind,
  everywhere,
  groupKind,
  idKey,
  keyPlace,
  ofPool,
  poolKind,
  resourceServerKind,
  userKind,
  type PoolRecord,
  type PoolSettings,
} from './records.ts'

const newKeyPair = promisify(generateKeyPair)

export function poolOperations(context: PoolsContext): Handlers<CognitoIdpOperations> {
  const { store, clock, sealer } = context
  return {
    async CreateUserPool({ PoolName, ...settings }, { account, region }) {
      checkSettings(settings)
      checkTags(settings.UserPoolTags ?? {})
      const id = `${region}_${newPoolName()}`
      const nowMs = clock.now()
      const { publicKey, privateKey } = await newKeyPair('rsa', { modulusLength: 2048 })
      const record: PoolRecord = {
        account,
        region,
        name: PoolName,
        createdMs: nowMs,
        modifiedMs: nowMs,
        settings,
        passwords: passwordPolicy(settings),
        keyId: randomBytes(32).toString('base64'),
        publicJwk: { ...publicKey.export({ format: 'jwk' }) },
        sealedKey: sealer.seal(privateKey.export({ format: 'pem', type: 'pkcs8' }), keyPlace(id)),
      }
      await store.transact(async (tx) => {
        if ((await tx.count(poolKind, everywhere)) >= poolsMax) {
          throw limitExceeded(`Maximum number of user pools reached: ${poolsMax}`)
        }
        tx.create(poolKind, idKey(id), record)
      })
      return { UserPool: shown({ id, record }) }
    },

    async DescribeUserPool({ UserPoolId }, call) {
      const pool = await readPool(store, call, UserPoolId)
      const users = await store.list(userKind, ofPool(pool.id))
      const domains = await domainsOf(store, pool.id)
      const named = (isCustom: boolean): string | undefined =>
        domains.find(({ value }) => (value.certificateArn !== undefined) === isCustom)?.id
      return {
        UserPool: {
          ...shown(pool),
          Domain: named(false),
          CustomDomain: named(true),
          EstimatedNumberOfUsers: users.length,
        },
      }
    },

    async ListUserPools({ MaxResults, NextToken }, { account, region }) {
      const all = (await store.list(poolKind, everywhere)).filter(
        ({ value }) => value.account === account && value.region === region,
      )
      const { items, next } = pageOf(all, ({ id }) => id, NextToken, MaxResults)
      const UserPools = items.map(({ id, value }) => {
        const { Id, Name, LastModifiedDate, CreationDate } = shown({ id, record: value })
        return { Id, Name, LastModifiedDate, CreationDate }
      })
      return { UserPools, NextToken: next }
    },

    /** What is left out goes back to its default, as on AWS, but for the tags; how users are named cannot change. */
    async UpdateUserPool({ UserPoolId, PoolName, ...given }, call) {
      const settings = given as PoolSettings
      checkSettings(settings)
      checkTags(settings.UserPoolTags ?? {})
      await store.transact(async (tx) => {
        const { record } = await readPool(tx, call, UserPoolId)
        const { UsernameAttributes, AliasAttributes, UsernameConfiguration, Schema } = record.settings
        const UserPoolTags = settings.UserPoolTags ?? record.settings.UserPoolTags
        const fixed = { UsernameAttributes, AliasAttributes, UsernameConfiguration, Schema }
        tx.write(poolKind, idKey(UserPoolId), {
          ...record,
          name: PoolName ?? record.name,
          modifiedMs: clock.now(),
          settings: { ...settings, ...fixed, UserPoolTags },
          passwords: passwordPolicy(settings),
        })
      })
      return {}
    },

    async DeleteUserPool({ UserPoolId }, call) {
      await store.transact(async (tx) => {
        const { record } = await readPool(tx, call, UserPoolId)
        if (record.settings.DeletionProtection === 'ACTIVE') {
          throw invalidParameter(
            'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
          )
        }
        if ((await domainsOf(tx, UserPoolId)).length > 0) {
          throw invalidParameter(
            'User pool cannot be deleted. It has a domain configured that should be deleted first.',
          )
        }
        for (const { id, value } of await tx.list(clientKind, everywhere)) {
          if (value.poolId === UserPoolId) tx.delete(clientKind, idKey(id))
        }
        for (const kind of [userKind, groupKind, resourceServerKind]) tx.deleteAll(kind, ofPool(UserPoolId))
        tx.delete(poolKind, idKey(UserPoolId))
      })
      return {}
    },

    async GetUserPoolMfaConfig({ UserPoolId }, call) {
      await readPool(store, call, UserPoolId)
      return { MfaConfiguration: 'OFF' }
    },
  }
}

/** What would keep people out if it worked must not be accepted without effect. @throws AwsError InvalidParameterException */
function checkSettings({ MfaConfiguration = 'OFF', LambdaConfig = {} }: PoolSettings): void {
  if (MfaConfiguration !== 'OFF') {
    throw invalidParameter(
      `MFA is not supported by Gatehouse: MfaConfiguration is ${MfaConfiguration}, expected OFF`,
    )
  }
  const [trigger] = Object.keys(LambdaConfig)
  if (trigger !== undefined)
    throw invalidParameter(`Triggers are not supported by Gatehouse: found ${trigger}`)
}

function passwordPolicy({ Policies }: PoolSettings): PoolRecord['passwords'] {
  const given = Policies?.PasswordPolicy
  if (given === undefined) return defaultPasswordPolicy
  const { MinimumLength = 8, TemporaryPasswordValidityDays = 7 } = given
  if (MinimumLength < 6 || MinimumLength > 99) {
    throw invalidParameter(`MinimumLength is from 6 to 99, found ${MinimumLength}`)
  }
  const requires = (rule: boolean | undefined): boolean => rule === true
  return {
    MinimumLength,
    TemporaryPasswordValidityDays,
    RequireUppercase: requires(given.RequireUppercase),
    RequireLowercase: requires(given.RequireLowercase),
    RequireNumbers: requires(given.RequireNumbers),
    RequireSymbols: requires(given.RequireSymbols),
  }
}

function shown({ id, record }: Pool): UserPoolType {
  const { account, region, name, createdMs, modifiedMs, settings, passwords } = record
  const { Schema, ...rest } = settings
  return {
    ...rest,
    Id: id,
    Name: name,
    Arn: `arn:aws:cognito-idp:${region}:${account}:userpool/${id}`,
    CreationDate: createdMs,
    LastModifiedDate: modifiedMs,
    Policies: { ...settings.Policies, PasswordPolicy: passwords },
    SchemaAttributes: Schema,
    MfaConfiguration: 'OFF',
    DeletionProtection: settings.DeletionProtection ?? 'INACTIVE',
    AdminCreateUserConfig: settings.AdminCreateUserConfig ?? { AllowAdminCreateUserOnly: false },
    EstimatedNumberOfUsers: 0,
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012345678'

/** Nine characters, as AWS's. */
function newPoolName(): string {
  return Array.from(randomBytes(9), (byte) => LETTERS[byte % LETTERS.length]).join('')
}
