import type { Handlers } from '#aws/call.ts'
import type { IamOperations } from '#aws/tables/iam.ts'
import type { Transaction } from '#store/store.ts'
import { changeHolder, readHolder, type IamContext } from './iam-context.ts'
import { checkQuota, invalid, noSuchEntity } from './iam-error.ts'
import { newAccessKeyId, newSecret } from './identifiers.ts'
import { accessKeysPerUserMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { accessKeyKey, accessKeyKind, secretPlace, type AccessKeyRecord } from './records.ts'
import { callingUser } from './users.ts'

/** Access keys of users: the secret is shown once, when the key is made. */
export function accessKeyOperations({ store, clock, sealer }: IamContext): Handlers<IamOperations> {
  return {
    async CreateAccessKey(input, call) {
      const { account } = call
      const UserName = input.UserName ?? callingUser(call)
      const AccessKeyId = newAccessKeyId('AKIA', account)
      const SecretAccessKey = newSecret()
      const CreateDate = clock.now()
      await changeHolder(store, 'user', account, UserName, ({ accessKeyIds }, tx) => {
        checkQuota('AccessKeysPerUser', accessKeysPerUserMax, accessKeyIds.length + 1)
        tx.create(accessKeyKind, accessKeyKey(AccessKeyId), {
          account,
          userName: UserName,
          status: 'Active',
          createdMs: CreateDate,
          sealedSecret: sealer.seal(SecretAccessKey, secretPlace(AccessKeyId)),
        })
        return { accessKeyIds: [...accessKeyIds, AccessKeyId] }
      })
      return { AccessKey: { UserName, AccessKeyId, Status: 'Active', SecretAccessKey, CreateDate } }
    },

    async ListAccessKeys(input, call) {
      const UserName = input.UserName ?? callingUser(call)
      const { accessKeyIds } = await readHolder(store, 'user', call.account, UserName)
      const { items, IsTruncated, Marker } = pageOf(accessKeyIds, (id) => id, input)
      const keys = await Promise.all(items.map((id) => store.read(accessKeyKind, accessKeyKey(id))))
      const AccessKeyMetadata = keys.flatMap((key) =>
        key === undefined
          ? []
          : [{ UserName, AccessKeyId: key.id, Status: key.value.status, CreateDate: key.value.createdMs }],
      )
      return { AccessKeyMetadata, IsTruncated, Marker }
    },

    async UpdateAccessKey(input, call) {
      const { AccessKeyId, Status } = input
      if (Status !== 'Active' && Status !== 'Inactive') {
        throw invalid(`The status of an access key is Active or Inactive, found '${Status}'.`)
      }
      await store.transact(async (tx) => {
        const { user, key } = await readKey(tx, call.account, AccessKeyId)
        // Whose permission was asked for: a key of somebody else is not changed by leaving the name out.
        if (user !== (input.UserName ?? callingUser(call))) throw keyNotFound(AccessKeyId)
        tx.write(accessKeyKind, accessKeyKey(AccessKeyId), { ...key, status: Status })
      })
      return {}
    },

    async DeleteAccessKey(input, call) {
      const { AccessKeyId } = input
      const UserName = input.UserName ?? callingUser(call)
      await changeHolder(store, 'user', call.account, UserName, ({ accessKeyIds }, tx) => {
        if (!accessKeyIds.includes(AccessKeyId)) throw keyNotFound(AccessKeyId)
        tx.delete(accessKeyKind, accessKeyKey(AccessKeyId))
        return { accessKeyIds: accessKeyIds.filter((id) => id !== AccessKeyId) }
      })
      return {}
    },

    /** When keys are used is not recorded, which AWS calls `N/A`. */
    async GetAccessKeyLastUsed({ AccessKeyId }, { account }) {
      const { user } = await readKey(store, account, AccessKeyId)
      return { UserName: user, AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } }
    },
  }
}

async function readKey(
  source: Pick<Transaction, 'read'>,
  account: string,
  accessKeyId: string,
): Promise<{ readonly user: string; readonly key: AccessKeyRecord }> {
  const key = (await source.read(accessKeyKind, accessKeyKey(accessKeyId)))?.value
  if (key?.account !== account) throw keyNotFound(accessKeyId)
  return { user: key.userName, key }
}

function keyNotFound(accessKeyId: string): Error {
  return noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`)
}
