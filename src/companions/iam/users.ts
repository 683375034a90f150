import type { Call, Handlers } from '#aws/call.ts'
import type { IamOperations, User } from '#aws/tables/iam.ts'
import { boundaryOf, checkBoundary } from './boundaries.ts'
import { changeHolder, readHolder, type IamContext } from './iam-context.ts'
import { alreadyExists, checkQuota, deleteConflict, invalid } from './iam-error.ts'
import { newUniqueId } from './identifiers.ts'
import { usersMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { accessKeyKey, accessKeyKind, arnOf, nameKey, ownedBy, userKind, type UserRecord } from './records.ts'
import { shownTags, tagList, withoutTags, withTags } from './tags.ts'

export function userOperations({ store, clock }: IamContext): Handlers<IamOperations> {
  return {
    async CreateUser({ UserName, Path = '/', PermissionsBoundary, Tags }, { account }) {
      const user: UserRecord = {
        name: UserName,
        path: Path,
        id: newUniqueId('AIDA'),
        createdMs: clock.now(),
        attached: [],
        inline: {},
        tags: withTags({}, Tags),
        boundary: PermissionsBoundary,
        groups: [],
        accessKeyIds: [],
      }
      await store.transact(async (tx) => {
        if ((await tx.read(userKind, nameKey(account, UserName))) !== undefined) {
          throw alreadyExists(`User with name ${UserName} already exists.`)
        }
        checkQuota('UsersPerAccount', usersMax, (await tx.count(userKind, ownedBy(account))) + 1)
        await checkBoundary(tx, account, PermissionsBoundary)
        tx.create(userKind, nameKey(account, UserName), user)
      })
      return { User: shownUser(account, user, true) }
    },

    async GetUser({ UserName }, call) {
      const { account, principal } = call
      if (UserName === undefined && principal.arn === rootArn(account)) {
        return { User: { Path: '/', UserName: '', UserId: account, Arn: principal.arn, CreateDate: 0 } }
      }
      const user = await readHolder(store, 'user', account, UserName ?? callingUser(call))
      return { User: shownUser(account, user, true) }
    },

    async ListUsers({ PathPrefix = '/', ...page }, { account }) {
      const all = (await store.list(userKind, ownedBy(account))).map(({ value }) => value)
      const { items, IsTruncated, Marker } = pageOf(
        all.filter(({ path }) => path.startsWith(PathPrefix)),
        ({ name }) => name,
        page,
      )
      return { Users: items.map((user) => shownUser(account, user, false)), IsTruncated, Marker }
    },

    async UpdateUser({ UserName, NewUserName = UserName, NewPath }, { account }) {
      await store.transact(async (tx) => {
        const before = await readHolder(tx, 'user', account, UserName)
        const isSameKey = NewUserName.toLowerCase() === UserName.toLowerCase()
        if (!isSameKey && (await tx.read(userKind, nameKey(account, NewUserName))) !== undefined) {
          throw alreadyExists(`User with name ${NewUserName} already exists.`)
        }
        tx.delete(userKind, nameKey(account, UserName))
        const user = { ...before, name: NewUserName, path: NewPath ?? before.path }
        tx.write(userKind, nameKey(account, NewUserName), user)
        for (const id of before.accessKeyIds) {
          const key = await tx.read(accessKeyKind, accessKeyKey(id))
          if (key !== undefined)
            tx.write(accessKeyKind, accessKeyKey(id), { ...key.value, userName: NewUserName })
        }
      })
      return {}
    },

    async DeleteUser({ UserName }, { account }) {
      await store.transact(async (tx) => {
        const user = await readHolder(tx, 'user', account, UserName)
        const faults: readonly (readonly [rest: readonly unknown[], message: string])[] = [
          [user.accessKeyIds, 'Cannot delete entity, must delete access keys first.'],
          [user.groups, 'Cannot delete entity, must remove referenced objects first.'],
          [user.attached, 'Cannot delete entity, must detach all policies first.'],
          [Object.keys(user.inline), 'Cannot delete entity, must delete policies first.'],
        ]
        const fault = faults.find(([rest]) => rest.length > 0)
        if (fault !== undefined) throw deleteConflict(fault[1])
        tx.delete(userKind, nameKey(account, UserName))
      })
      return {}
    },

    async TagUser({ UserName, Tags }, { account }) {
      await changeHolder(store, 'user', account, UserName, ({ tags }) => ({ tags: withTags(tags, Tags) }))
      return {}
    },

    async UntagUser({ UserName, TagKeys }, { account }) {
      await changeHolder(store, 'user', account, UserName, ({ tags }) => ({
        tags: withoutTags(tags, TagKeys),
      }))
      return {}
    },

    async ListUserTags({ UserName, ...page }, { account }) {
      const { tags } = await readHolder(store, 'user', account, UserName)
      const { items, IsTruncated, Marker } = pageOf(tagList(tags), ({ Key }) => Key, page)
      return { Tags: items, IsTruncated, Marker }
    },

    async PutUserPermissionsBoundary({ UserName, PermissionsBoundary }, { account }) {
      await changeHolder(store, 'user', account, UserName, async (_, tx) => {
        await checkBoundary(tx, account, PermissionsBoundary)
        return { boundary: PermissionsBoundary }
      })
      return {}
    },

    async DeleteUserPermissionsBoundary({ UserName }, { account }) {
      await changeHolder(store, 'user', account, UserName, () => ({ boundary: undefined }))
      return {}
    },
  }
}

export function shownUser(account: string, user: UserRecord, whole: boolean): User {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: arnOf('user', account, user),
    CreateDate: user.createdMs,
    ...(whole ? { PermissionsBoundary: boundaryOf(user), Tags: shownTags(user.tags) } : {}),
  }
}

/**
 * Operations without a UserName are about the caller.
 * @throws AwsError for callers that are no users
 */
export function callingUser({ principal }: Call): string {
  const name = /^arn:aws:iam::\d{12}:user\/(?:.*\/)?([^/]+)$/.exec(principal.arn)?.[1]
  if (name === undefined) throw invalid('Must specify userName when calling with non-User credentials')
  return name
}

function rootArn(account: string): string {
  return `arn:aws:iam::${account}:root`
}
