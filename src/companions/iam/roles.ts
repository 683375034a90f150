import type { Handlers } from '#aws/call.ts'
import type { IamOperations, Role } from '#aws/tables/iam.ts'
import { boundaryOf, checkBoundary } from './boundaries.ts'
import { changeHolder, readHolder, type IamContext } from './iam-context.ts'
import { alreadyExists, checkQuota, deleteConflict } from './iam-error.ts'
import { newUniqueId } from './identifiers.ts'
import { rolesMax, trustPolicyCharactersMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { checkPolicyDocument, checkPolicySize, encodeDocument } from './policy-document.ts'
import { arnOf, nameKey, ownedBy, roleKind, type RoleRecord } from './records.ts'
import { shownTags, tagList, withoutTags, withTags } from './tags.ts'

export function roleOperations({ store, clock }: IamContext): Handlers<IamOperations> {
  return {
    async CreateRole(input, { account }) {
      const { RoleName, Path = '/', AssumeRolePolicyDocument, PermissionsBoundary } = input
      checkTrust(AssumeRolePolicyDocument)
      const role: RoleRecord = {
        name: RoleName,
        path: Path,
        id: newUniqueId('AROA'),
        createdMs: clock.now(),
        attached: [],
        inline: {},
        tags: withTags({}, input.Tags),
        boundary: PermissionsBoundary,
        trust: AssumeRolePolicyDocument,
        description: input.Description,
        maxSessionSeconds: input.MaxSessionDuration ?? 3600,
      }
      await store.transact(async (tx) => {
        if ((await tx.read(roleKind, nameKey(account, RoleName))) !== undefined) {
          throw alreadyExists(`Role with name ${RoleName} already exists.`)
        }
        checkQuota('RolesPerAccount', rolesMax, (await tx.count(roleKind, ownedBy(account))) + 1)
        await checkBoundary(tx, account, PermissionsBoundary)
        tx.create(roleKind, nameKey(account, RoleName), role)
      })
      return { Role: shownRole(account, role, 'whole') }
    },

    async GetRole({ RoleName }, { account }) {
      return { Role: shownRole(account, await readHolder(store, 'role', account, RoleName), 'used') }
    },

    async ListRoles({ PathPrefix = '/', ...page }, { account }) {
      const all = (await store.list(roleKind, ownedBy(account))).map(({ value }) => value)
      const { items, IsTruncated, Marker } = pageOf(
        all.filter(({ path }) => path.startsWith(PathPrefix)),
        ({ name }) => name,
        page,
      )
      return { Roles: items.map((role) => shownRole(account, role, 'listed')), IsTruncated, Marker }
    },

    async UpdateRole({ RoleName, Description, MaxSessionDuration }, { account }) {
      await changeHolder(store, 'role', account, RoleName, (before) => ({
        description: Description ?? before.description,
        maxSessionSeconds: MaxSessionDuration ?? before.maxSessionSeconds,
      }))
      return {}
    },

    async UpdateRoleDescription({ RoleName, Description }, { account }) {
      await changeHolder(store, 'role', account, RoleName, () => ({ description: Description }))
      return { Role: shownRole(account, await readHolder(store, 'role', account, RoleName), 'whole') }
    },

    async UpdateAssumeRolePolicy({ RoleName, PolicyDocument }, { account }) {
      checkTrust(PolicyDocument)
      await changeHolder(store, 'role', account, RoleName, () => ({ trust: PolicyDocument }))
      return {}
    },

    async DeleteRole({ RoleName }, { account }) {
      await store.transact(async (tx) => {
        const role = await readHolder(tx, 'role', account, RoleName)
        if (role.attached.length > 0)
          throw deleteConflict('Cannot delete entity, must detach all policies first.')
        if (Object.keys(role.inline).length > 0) {
          throw deleteConflict('Cannot delete entity, must delete policies first.')
        }
        tx.delete(roleKind, nameKey(account, RoleName))
      })
      return {}
    },

    async TagRole({ RoleName, Tags }, { account }) {
      await changeHolder(store, 'role', account, RoleName, ({ tags }) => ({ tags: withTags(tags, Tags) }))
      return {}
    },

    async UntagRole({ RoleName, TagKeys }, { account }) {
      await changeHolder(store, 'role', account, RoleName, ({ tags }) => ({
        tags: withoutTags(tags, TagKeys),
      }))
      return {}
    },

    async ListRoleTags({ RoleName, ...page }, { account }) {
      const { tags } = await readHolder(store, 'role', account, RoleName)
      const { items, IsTruncated, Marker } = pageOf(tagList(tags), ({ Key }) => Key, page)
      return { Tags: items, IsTruncated, Marker }
    },

    async PutRolePermissionsBoundary({ RoleName, PermissionsBoundary }, { account }) {
      await changeHolder(store, 'role', account, RoleName, async (_, tx) => {
        await checkBoundary(tx, account, PermissionsBoundary)
        return { boundary: PermissionsBoundary }
      })
      return {}
    },

    async DeleteRolePermissionsBoundary({ RoleName }, { account }) {
      await changeHolder(store, 'role', account, RoleName, () => ({ boundary: undefined }))
      return {}
    },

    /** There are no instances here, so no profiles: Terraform asks before it deletes a role. */
    async ListInstanceProfilesForRole({ RoleName }, { account }) {
      await readHolder(store, 'role', account, RoleName)
      return { InstanceProfiles: [], IsTruncated: false }
    },
  }
}

function checkTrust(document: string): void {
  checkPolicyDocument(document, 'trust')
  checkPolicySize('ACLSizePerRole', trustPolicyCharactersMax, document)
}

function shownRole(account: string, role: RoleRecord, how: 'whole' | 'used' | 'listed'): Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: arnOf('role', account, role),
    CreateDate: role.createdMs,
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    ...(how === 'listed' ? {} : { PermissionsBoundary: boundaryOf(role), Tags: shownTags(role.tags) }),
    ...(how === 'used' ? { RoleLastUsed: {} } : {}),
  }
}
