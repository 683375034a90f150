import { createHmac, randomBytes } from 'node:crypto'
import type { Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations, UserPoolClientType } from '#aws/tables/cognito-idp.ts'
import { newId } from '#base/ids.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Transaction } from '#store/store.ts'
import { readPool, type Client, type PoolsContext } from './context.ts'
import { invalidParameter, limitExceeded, notAuthorized, notFound } from './errors.ts'
import { clientsPerPoolMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { sameText } from '#base/same-text.ts'
import {
  clientKind,
  everywhere,
  idKey,
  secretPlace,
  type ClientRecord,
  type ClientSettings,
} from './records.ts'

export function clientOperations({ store, clock, sealer }: PoolsContext): Handlers<CognitoIdpOperations> {
  return {
    async CreateUserPoolClient({ UserPoolId, ClientName, GenerateSecret, ClientSecret, ...settings }, call) {
      checkSettings(settings)
      const id = newId(26)
      const secret =
        ClientSecret ?? (GenerateSecret === true ? randomBytes(39).toString('base64url') : undefined)
      const nowMs = clock.now()
      const record: ClientRecord = {
        poolId: UserPoolId,
        name: ClientName,
        createdMs: nowMs,
        modifiedMs: nowMs,
        settings,
        sealedSecret: secret === undefined ? undefined : sealer.seal(secret, secretPlace(id)),
      }
      await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        const all = await tx.list(clientKind, everywhere)
        if (all.filter(({ value }) => value.poolId === UserPoolId).length >= clientsPerPoolMax) {
          throw limitExceeded(`Maximum number of clients of a user pool reached: ${clientsPerPoolMax}`)
        }
        tx.create(clientKind, idKey(id), record)
      })
      return { UserPoolClient: shown(sealer, { id, record }) }
    },

    async DescribeUserPoolClient({ UserPoolId, ClientId }, call) {
      await readPool(store, call, UserPoolId)
      return { UserPoolClient: shown(sealer, await clientOf(store, UserPoolId, ClientId)) }
    },

    async ListUserPoolClients({ UserPoolId, MaxResults, NextToken }, call) {
      await readPool(store, call, UserPoolId)
      const all = (await store.list(clientKind, everywhere)).filter(
        ({ value }) => value.poolId === UserPoolId,
      )
      const { items, next } = pageOf(all, ({ id }) => id, NextToken, MaxResults)
      const UserPoolClients = items.map(({ id, value }) => ({
        ClientId: id,
        UserPoolId,
        ClientName: value.name,
      }))
      return { UserPoolClients, NextToken: next }
    },

    async UpdateUserPoolClient({ UserPoolId, ClientId, ClientName, ...given }, call) {
      const settings = given as ClientSettings
      checkSettings(settings)
      const record = await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        const before = (await clientOf(tx, UserPoolId, ClientId)).record
        const after = { ...before, settings, name: ClientName ?? before.name, modifiedMs: clock.now() }
        tx.write(clientKind, idKey(ClientId), after)
        return after
      })
      return { UserPoolClient: shown(sealer, { id: ClientId, record }) }
    },

    async DeleteUserPoolClient({ UserPoolId, ClientId }, call) {
      await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        await clientOf(tx, UserPoolId, ClientId)
        tx.delete(clientKind, idKey(ClientId))
      })
      return {}
    },
  }
}

async function clientOf(source: Pick<Transaction, 'read'>, poolId: string, id: string): Promise<Client> {
  const found = (await source.read(clientKind, idKey(id)))?.value
  if (found?.poolId !== poolId) throw notFound(`User pool client ${id} does not exist.`)
  return { id, record: found }
}

export function secretOf(sealer: Sealer, { id, record: { sealedSecret } }: Client): string | undefined {
  return sealedSecret === undefined ? undefined : sealer.open(sealedSecret, secretPlace(id))
}

/**
 * A client that has a secret proves it with each user's name: HMAC-SHA256 of the name and the client's id.
 * @throws AwsError NotAuthorizedException
 */
export function checkSecretHash(
  sealer: Sealer,
  client: Client,
  username: string,
  given: string | undefined,
): void {
  const secret = secretOf(sealer, client)
  if (secret === undefined) return
  if (given === undefined) {
    throw notAuthorized(`Client ${client.id} is configured with secret but SECRET_HASH was not received`)
  }
  const expected = createHmac('sha256', secret)
    .update(username + client.id)
    .digest('base64')
  if (!sameText(given, expected)) throw notAuthorized(`Unable to verify secret hash for client ${client.id}`)
}

/** Scopes, and how tokens are had by them, need one another. */
function checkSettings({
  AllowedOAuthFlows = [],
  AccessTokenValidity,
  IdTokenValidity,
}: ClientSettings): void {
  if (AllowedOAuthFlows.includes('client_credentials') && AllowedOAuthFlows.length > 1) {
    throw invalidParameter(
      'client_credentials flow can not be selected along with code flow or implicit flow.',
    )
  }
  for (const validity of [AccessTokenValidity, IdTokenValidity]) {
    if (validity !== undefined && (validity < 1 || validity > 86_400)) {
      throw invalidParameter(`The validity of a token is from 1 to 86400, found ${validity}`)
    }
  }
}

function shown(sealer: Sealer, client: Client): UserPoolClientType {
  const { poolId, name, createdMs, modifiedMs, settings } = client.record
  return {
    RefreshTokenValidity: 30,
    EnableTokenRevocation: true,
    ...settings,
    UserPoolId: poolId,
    ClientName: name,
    ClientId: client.id,
    ClientSecret: secretOf(sealer, client),
    CreationDate: createdMs,
    LastModifiedDate: modifiedMs,
  }
}
