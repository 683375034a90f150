import { AwsError } from '#aws/error.ts'
import type { Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations, GroupType } from '#aws/tables/cognito-idp.ts'
import type { Transaction } from '#store/store.ts'
import { changeUser, readPool, readUser, type Pool, type PoolsContext } from './context.ts'
import { limitExceeded, notFound } from './errors.ts'
import { groupsPerPoolMax, groupsPerUserMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { groupKind, inPool, ofPool, userKind, type GroupRecord } from './records.ts'
import { shownUser } from './users.ts'

export function groupOperations(context: PoolsContext): Handlers<CognitoIdpOperations> {
  const { store, clock } = context
  return {
    async CreateGroup({ UserPoolId, GroupName, Description, RoleArn, Precedence }, call) {
      const nowMs = clock.now()
      const group: GroupRecord = {
        name: GroupName,
        description: Description,
        roleArn: RoleArn,
        precedence: Precedence,
        createdMs: nowMs,
        modifiedMs: nowMs,
      }
      await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        if ((await tx.read(groupKind, inPool(UserPoolId, GroupName))) !== undefined) {
          throw new AwsError('GroupExistsException', 'A group with the name already exists.', 400)
        }
        if ((await tx.count(groupKind, ofPool(UserPoolId))) >= groupsPerPoolMax) {
          throw limitExceeded(`Maximum number of groups reached: ${groupsPerPoolMax}`)
        }
        tx.create(groupKind, inPool(UserPoolId, GroupName), group)
      })
      return { Group: shown(UserPoolId, group) }
    },

    async GetGroup({ UserPoolId, GroupName }, call) {
      const pool = await readPool(store, call, UserPoolId)
      return { Group: shown(UserPoolId, await readGroup(store, pool, GroupName)) }
    },

    async UpdateGroup({ UserPoolId, GroupName, Description, RoleArn, Precedence }, call) {
      const group = await store.transact(async (tx) => {
        const before = await readGroup(tx, await readPool(tx, call, UserPoolId), GroupName)
        const after: GroupRecord = {
          ...before,
          description: Description ?? before.description,
          roleArn: RoleArn ?? before.roleArn,
          precedence: Precedence ?? before.precedence,
          modifiedMs: clock.now(),
        }
        tx.write(groupKind, inPool(UserPoolId, GroupName), after)
        return after
      })
      return { Group: shown(UserPoolId, group) }
    },

    async ListGroups({ UserPoolId, Limit, NextToken }, call) {
      await readPool(store, call, UserPoolId)
      const all = (await store.list(groupKind, ofPool(UserPoolId))).map(({ value }) => value)
      const { items, next } = pageOf(all, ({ name }) => name, NextToken, Limit)
      return { Groups: items.map((group) => shown(UserPoolId, group)), NextToken: next }
    },

    async DeleteGroup({ UserPoolId, GroupName }, call) {
      await store.transact(async (tx) => {
        await readGroup(tx, await readPool(tx, call, UserPoolId), GroupName)
        for (const { id, value } of await tx.list(userKind, ofPool(UserPoolId))) {
          if (!value.groups.includes(GroupName)) continue
          const groups = value.groups.filter((name) => name !== GroupName)
          tx.write(userKind, inPool(UserPoolId, id), { ...value, groups })
        }
        tx.delete(groupKind, inPool(UserPoolId, GroupName))
      })
      return {}
    },

    async AdminAddUserToGroup({ UserPoolId, Username, GroupName }, call) {
      const pool = await readPool(store, call, UserPoolId)
      await changeUser(context, pool, Username, async ({ groups }, tx) => {
        await readGroup(tx, pool, GroupName)
        const all = [...new Set([...groups, GroupName])]
        if (all.length > groupsPerUserMax) {
          throw limitExceeded(`A user is in ${groupsPerUserMax} groups at most`)
        }
        return { groups: all }
      })
      return {}
    },

    async AdminRemoveUserFromGroup({ UserPoolId, Username, GroupName }, call) {
      const pool = await readPool(store, call, UserPoolId)
      await changeUser(context, pool, Username, async ({ groups }, tx) => {
        await readGroup(tx, pool, GroupName)
        return { groups: groups.filter((name) => name !== GroupName) }
      })
      return {}
    },

    async AdminListGroupsForUser({ UserPoolId, Username, Limit, NextToken }, call) {
      const pool = await readPool(store, call, UserPoolId)
      const { groups } = await readUser(store, pool, Username)
      const { items, next } = pageOf(groups, (name) => name, NextToken, Limit)
      const found = await Promise.all(items.map((name) => readGroup(store, pool, name)))
      return { Groups: found.map((group) => shown(UserPoolId, group)), NextToken: next }
    },

    async ListUsersInGroup({ UserPoolId, GroupName, Limit, NextToken }, call) {
      await readGroup(store, await readPool(store, call, UserPoolId), GroupName)
      const all = (await store.list(userKind, ofPool(UserPoolId))).map(({ value }) => value)
      const members = all.filter(({ groups }) => groups.includes(GroupName))
      const { items, next } = pageOf(members, ({ username }) => username, NextToken, Limit)
      return { Users: items.map(shownUser), NextToken: next }
    },
  }
}

async function readGroup(
  source: Pick<Transaction, 'read'>,
  { id }: Pool,
  name: string,
): Promise<GroupRecord> {
  const found = (await source.read(groupKind, inPool(id, name)))?.value
  if (found === undefined) throw notFound('Group not found.')
  return found
}

function shown(poolId: string, group: GroupRecord): GroupType {
  const { name, description, roleArn, precedence, createdMs, modifiedMs } = group
  return {
    GroupName: name,
    UserPoolId: poolId,
    Description: description,
    RoleArn: roleArn,
    Precedence: precedence,
    CreationDate: createdMs,
    LastModifiedDate: modifiedMs,
  }
}
