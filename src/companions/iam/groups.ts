import type { Handlers } from '#aws/call.ts'
import type { Group, IamOperations } from '#aws/tables/iam.ts'
import { changeHolder, readHolder, type IamContext, type Reader } from './iam-context.ts'
import { alreadyExists, checkQuota, deleteConflict, noSuchEntity } from './iam-error.ts'
import { newUniqueId } from './identifiers.ts'
import { groupsMax, groupsPerUserMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { arnOf, groupKind, nameKey, ownedBy, userKind, type GroupRecord, type UserRecord } from './records.ts'
import { shownUser } from './users.ts'

export function groupOperations({ store, clock }: IamContext): Handlers<IamOperations> {
  return {
    async CreateGroup({ GroupName, Path = '/' }, { account }) {
      const group: GroupRecord = {
        name: GroupName,
        path: Path,
        id: newUniqueId('AGPA'),
        createdMs: clock.now(),
        attached: [],
        inline: {},
      }
      await store.transact(async (tx) => {
        if ((await tx.read(groupKind, nameKey(account, GroupName))) !== undefined) {
          throw alreadyExists(`Group with name ${GroupName} already exists.`)
        }
        checkQuota('GroupsPerAccount', groupsMax, (await tx.count(groupKind, ownedBy(account))) + 1)
        tx.create(groupKind, nameKey(account, GroupName), group)
      })
      return { Group: shownGroup(account, group) }
    },

    async GetGroup({ GroupName, ...page }, { account }) {
      const group = await readHolder(store, 'group', account, GroupName)
      const members = await membersOf(store, account, group.name)
      const { items, IsTruncated, Marker } = pageOf(members, ({ name }) => name, page)
      const Users = items.map((user) => shownUser(account, user, false))
      return { Group: shownGroup(account, group), Users, IsTruncated, Marker }
    },

    async ListGroups({ PathPrefix = '/', ...page }, { account }) {
      const all = (await store.list(groupKind, ownedBy(account))).map(({ value }) => value)
      const { items, IsTruncated, Marker } = pageOf(
        all.filter(({ path }) => path.startsWith(PathPrefix)),
        ({ name }) => name,
        page,
      )
      return { Groups: items.map((group) => shownGroup(account, group)), IsTruncated, Marker }
    },

    async UpdateGroup({ GroupName, NewGroupName = GroupName, NewPath }, { account }) {
      await store.transact(async (tx) => {
        const before = await readHolder(tx, 'group', account, GroupName)
        const isSameKey = NewGroupName.toLowerCase() === GroupName.toLowerCase()
        if (!isSameKey && (await tx.read(groupKind, nameKey(account, NewGroupName))) !== undefined) {
          throw alreadyExists(`Group with name ${NewGroupName} already exists.`)
        }
        tx.delete(groupKind, nameKey(account, GroupName))
        const group = { ...before, name: NewGroupName, path: NewPath ?? before.path }
        tx.write(groupKind, nameKey(account, NewGroupName), group)
        for (const user of await membersOf(tx, account, GroupName)) {
          const groups = user.groups.map((name) => (name === GroupName ? NewGroupName : name))
          tx.write(userKind, nameKey(account, user.name), { ...user, groups })
        }
      })
      return {}
    },

    async DeleteGroup({ GroupName }, { account }) {
      await store.transact(async (tx) => {
        const group = await readHolder(tx, 'group', account, GroupName)
        const faults: readonly (readonly [rest: readonly unknown[], message: string])[] = [
          [
            await membersOf(tx, account, GroupName),
            'Cannot delete entity, must remove users from group first.',
          ],
          [group.attached, 'Cannot delete entity, must detach all policies first.'],
          [Object.keys(group.inline), 'Cannot delete entity, must delete policies first.'],
        ]
        const fault = faults.find(([rest]) => rest.length > 0)
        if (fault !== undefined) throw deleteConflict(fault[1])
        tx.delete(groupKind, nameKey(account, GroupName))
      })
      return {}
    },

    async AddUserToGroup({ GroupName, UserName }, { account }) {
      await changeHolder(store, 'user', account, UserName, async ({ groups }, tx) => {
        await readHolder(tx, 'group', account, GroupName)
        if (groups.includes(GroupName)) return {}
        checkQuota('GroupsPerUser', groupsPerUserMax, groups.length + 1)
        return { groups: [...groups, GroupName] }
      })
      return {}
    },

    async RemoveUserFromGroup({ GroupName, UserName }, { account }) {
      await changeHolder(store, 'user', account, UserName, async ({ groups }, tx) => {
        await readHolder(tx, 'group', account, GroupName)
        if (!groups.includes(GroupName)) {
          throw noSuchEntity(`The user with name ${UserName} is not in the group with name ${GroupName}.`)
        }
        return { groups: groups.filter((name) => name !== GroupName) }
      })
      return {}
    },

    async ListGroupsForUser({ UserName, ...page }, { account }) {
      const user = await readHolder(store, 'user', account, UserName)
      const { items, IsTruncated, Marker } = pageOf(user.groups, (name) => name, page)
      const groups = await Promise.all(items.map((name) => readHolder(store, 'group', account, name)))
      return { Groups: groups.map((group) => shownGroup(account, group)), IsTruncated, Marker }
    },
  }
}

function shownGroup(account: string, group: GroupRecord): Group {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: arnOf('group', account, group),
    CreateDate: group.createdMs,
  }
}

async function membersOf(source: Reader, account: string, group: string): Promise<UserRecord[]> {
  const users = await source.list(userKind, ownedBy(account))
  return users.map(({ value }) => value).filter(({ groups }) => groups.includes(group))
}
