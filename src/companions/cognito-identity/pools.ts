import { generateKeyPair, randomBytes, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import type { Handlers } from '#aws/call.ts'
import type { CognitoIdentityOperations, IdentityPool } from '#aws/tables/cognito-identity.ts'
import { pageOf } from '#companions/cognito-idp/paging.ts'
import { readPool, type IdentityPoolsContext, type Pool } from './context.ts'
import { conflict, invalidParameter, limitExceeded } from './errors.ts'
import { identityPoolsMax, userPoolsPerPoolMax } from './limits.ts'
import {
  everywhere,
  idKey,
  identityKind,
  keyPlace,
  loginKind,
  ofPool,
  placeKind,
  poolKind,
  type PoolRecord,
  type PoolSettings,
} from './records.ts'
import { checkTags } from './tags.ts'

const newKeyPair = promisify(generateKeyPair)

export function poolOperations({ store, sealer }: IdentityPoolsContext): Handlers<CognitoIdentityOperations> {
  return {
    async CreateIdentityPool({ IdentityPoolTags = {}, ...settings }, { account, region }) {
      checkSettings(settings)
      const id = `${region}:${randomUUID()}`
      const { publicKey, privateKey } = await newKeyPair('rsa', { modulusLength: 2048 })
      const record: PoolRecord = {
        account,
        region,
        settings,
        tags: checkTags(IdentityPoolTags),
        roles: {},
        roleMappings: {},
        principalTags: {},
        keyId: randomBytes(16).toString('hex'),
        publicJwk: { ...publicKey.export({ format: 'jwk' }) },
        sealedKey: sealer.seal(privateKey.export({ format: 'pem', type: 'pkcs8' }), keyPlace(id)),
      }
      await store.transact(async (tx) => {
        if ((await tx.count(poolKind, everywhere)) >= identityPoolsMax) {
          throw limitExceeded(`Maximum number of identity pools reached: ${identityPoolsMax}`)
        }
        tx.create(poolKind, idKey(id), record)
      })
      return shown({ id, record })
    },

    DescribeIdentityPool: async ({ IdentityPoolId }, call) =>
      shown(await readPool(store, call, IdentityPoolId)),

    async ListIdentityPools({ MaxResults, NextToken }, { account, region }) {
      const all = (await store.list(poolKind, everywhere)).filter(
        ({ value }) => value.account === account && value.region === region,
      )
      const { items, next } = pageOf(all, ({ id }) => id, NextToken, MaxResults)
      const IdentityPools = items.map(({ id, value }) => ({
        IdentityPoolId: id,
        IdentityPoolName: value.settings.IdentityPoolName,
      }))
      return { IdentityPools, NextToken: next }
    },

    /** What is left out is taken away, but for the tags. A developer's provider has its name for good. */
    async UpdateIdentityPool({ IdentityPoolId, IdentityPoolTags, ...settings }, call) {
      checkSettings(settings)
      const record = await store.transact(async (tx) => {
        const { record: before } = await readPool(tx, call, IdentityPoolId)
        const { DeveloperProviderName: name } = before.settings
        if (name !== undefined && (settings.DeveloperProviderName ?? name) !== name) {
          throw conflict('The developer provider name of an identity pool cannot be changed.')
        }
        const tags = IdentityPoolTags === undefined ? before.tags : checkTags(IdentityPoolTags)
        const after: PoolRecord = {
          ...before,
          tags,
          settings: name === undefined ? settings : { ...settings, DeveloperProviderName: name },
        }
        tx.write(poolKind, idKey(IdentityPoolId), after)
        return after
      })
      return shown({ id: IdentityPoolId, record })
    },

    async DeleteIdentityPool({ IdentityPoolId }, call) {
      await store.transact(async (tx) => {
        await readPool(tx, call, IdentityPoolId)
        for (const { id } of await tx.list(identityKind, ofPool(IdentityPoolId))) {
          tx.delete(placeKind, idKey(id))
        }
        for (const kind of [identityKind, loginKind]) tx.deleteAll(kind, ofPool(IdentityPoolId))
        tx.delete(poolKind, idKey(IdentityPoolId))
      })
      return {}
    },
  }
}

const POOL_NAME = /^[\w\s+=,.@-]{1,128}$/
const DEVELOPER_NAME = /^[\w._-]{1,128}$/

/** @throws AwsError */
function checkSettings(settings: PoolSettings): void {
  const { IdentityPoolName, DeveloperProviderName, SamlProviderARNs = [] } = settings
  const { CognitoIdentityProviders = [] } = settings
  if (!POOL_NAME.test(IdentityPoolName)) {
    throw invalidParameter(`IdentityPoolName is up to 128 letters, digits, blanks and +=,.@-_`)
  }
  if (DeveloperProviderName !== undefined && !DEVELOPER_NAME.test(DeveloperProviderName)) {
    throw invalidParameter(`DeveloperProviderName is up to 128 letters, digits and ._-`)
  }
  if (SamlProviderARNs.length > 0) {
    throw invalidParameter(`SAML is not supported by Gatehouse: found ${SamlProviderARNs[0]}`)
  }
  if (CognitoIdentityProviders.length > userPoolsPerPoolMax) {
    throw limitExceeded(`An identity pool has ${userPoolsPerPoolMax} Cognito identity providers at most`)
  }
}

function shown({ id, record: { settings, tags } }: Pool): IdentityPool {
  return { IdentityPoolId: id, ...settings, IdentityPoolTags: tags }
}
