import type { Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations, ResourceServerType } from '#aws/tables/cognito-idp.ts'
import type { Transaction } from '#store/store.ts'
import { readPool, type PoolsContext } from './context.ts'
import { invalidParameter, limitExceeded, notFound } from './errors.ts'
import { resourceServersPerPoolMax, scopesPerResourceServerMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { inPool, ofPool, resourceServerKind, type ResourceServerRecord } from './records.ts'

/** APIs and the scopes that they have: `{identifier}/{scope}`. */
export function resourceServerOperations({ store }: PoolsContext): Handlers<CognitoIdpOperations> {
  return {
    async CreateResourceServer({ UserPoolId, Identifier, Name, Scopes = [] }, call) {
      const record = { name: Name, scopes: checkScopes(Scopes) }
      await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        if ((await tx.read(resourceServerKind, inPool(UserPoolId, Identifier))) !== undefined) {
          throw invalidParameter(`${Identifier} already exists in user pool ${UserPoolId}.`)
        }
        if ((await tx.count(resourceServerKind, ofPool(UserPoolId))) >= resourceServersPerPoolMax) {
          throw limitExceeded(`Maximum number of resource servers reached: ${resourceServersPerPoolMax}`)
        }
        tx.create(resourceServerKind, inPool(UserPoolId, Identifier), record)
      })
      return { ResourceServer: shown(UserPoolId, Identifier, record) }
    },

    async DescribeResourceServer({ UserPoolId, Identifier }, call) {
      await readPool(store, call, UserPoolId)
      return { ResourceServer: shown(UserPoolId, Identifier, await read(store, UserPoolId, Identifier)) }
    },

    async ListResourceServers({ UserPoolId, MaxResults, NextToken }, call) {
      await readPool(store, call, UserPoolId)
      const all = await store.list(resourceServerKind, ofPool(UserPoolId))
      const { items, next } = pageOf(all, ({ id }) => id, NextToken, MaxResults)
      return { ResourceServers: items.map(({ id, value }) => shown(UserPoolId, id, value)), NextToken: next }
    },

    async UpdateResourceServer({ UserPoolId, Identifier, Name, Scopes = [] }, call) {
      const record = { name: Name, scopes: checkScopes(Scopes) }
      await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        await read(tx, UserPoolId, Identifier)
        tx.write(resourceServerKind, inPool(UserPoolId, Identifier), record)
      })
      return { ResourceServer: shown(UserPoolId, Identifier, record) }
    },

    async DeleteResourceServer({ UserPoolId, Identifier }, call) {
      await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        await read(tx, UserPoolId, Identifier)
        tx.delete(resourceServerKind, inPool(UserPoolId, Identifier))
      })
      return {}
    },
  }
}

/** Every scope of a pool's resource servers, as tokens name them. */
export async function scopesOfPool(
  source: Pick<Transaction, 'list'>,
  poolId: string,
): Promise<ReadonlySet<string>> {
  const servers = await source.list(resourceServerKind, ofPool(poolId))
  return new Set(
    servers.flatMap(({ id, value }) => value.scopes.map(({ ScopeName }) => `${id}/${ScopeName}`)),
  )
}

async function read(
  source: Pick<Transaction, 'read'>,
  poolId: string,
  id: string,
): Promise<ResourceServerRecord> {
  const found = (await source.read(resourceServerKind, inPool(poolId, id)))?.value
  if (found === undefined) throw notFound(`Resource server ${id} does not exist.`)
  return found
}

function checkScopes(scopes: ResourceServerRecord['scopes']): ResourceServerRecord['scopes'] {
  if (scopes.length > scopesPerResourceServerMax) {
    throw limitExceeded(`A resource server has ${scopesPerResourceServerMax} scopes at most`)
  }
  return scopes
}

function shown(poolId: string, id: string, { name, scopes }: ResourceServerRecord): ResourceServerType {
  return { UserPoolId: poolId, Identifier: id, Name: name, Scopes: scopes }
}
