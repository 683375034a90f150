import type { Handlers } from '#aws/call.ts'
import type { IamOperations } from '#aws/tables/iam.ts'
import type { IamContext } from './iam-context.ts'
import {
  accessKeysPerUserMax,
  groupsMax,
  groupsPerUserMax,
  policiesMax,
  policyVersionsMax,
  rolesMax,
  usersMax,
} from './limits.ts'
import { groupKind, oidcProviderKind, ownedBy, policyKind, roleKind, userKind } from './records.ts'

/** What clients ask of an account before they begin. */
export function accountOperations({ store }: IamContext): Handlers<IamOperations> {
  return {
    ListAccountAliases: () => ({ AccountAliases: [], IsTruncated: false }),

    async GetAccountSummary(_input, { account }) {
      const own = ownedBy(account)
      const [Users, Groups, Roles, Policies, Providers] = await Promise.all(
        [userKind, groupKind, roleKind, policyKind, oidcProviderKind].map(
          async (kind) => (await store.list<unknown>(kind, own)).length,
        ),
      )
      return {
        SummaryMap: {
          Users: Users ?? 0,
          Groups: Groups ?? 0,
          Roles: Roles ?? 0,
          Policies: Policies ?? 0,
          Providers: Providers ?? 0,
          UsersQuota: usersMax,
          GroupsQuota: groupsMax,
          RolesQuota: rolesMax,
          PoliciesQuota: policiesMax,
          AccessKeysPerUserQuota: accessKeysPerUserMax,
          GroupsPerUserQuota: groupsPerUserMax,
          VersionsPerPolicyQuota: policyVersionsMax,
        },
      }
    },
  }
}
