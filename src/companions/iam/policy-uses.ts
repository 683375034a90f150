import type { Handlers } from '#aws/call.ts'
import type { IamOperations } from '#aws/tables/iam.ts'
import { holderKinds, managedDocument, type HolderNoun, type IamContext, type Reader } from './iam-context.ts'
import { noSuchEntity } from './iam-error.ts'
import { pageOf } from './paging.ts'
import { ownedBy, type Holder } from './records.ts'

/** By how many users, groups and roles a managed policy is used. */
export interface PolicyUses {
  readonly attached: number
  readonly boundary: number
}

export const noUses: PolicyUses = { attached: 0, boundary: 0 }

type AnyHolder = Holder & { readonly boundary?: string | undefined }

/** By ARN of the policy. Counted when asked: what has policies is the one place that says so. */
export async function countUses(source: Reader, account: string): Promise<ReadonlyMap<string, PolicyUses>> {
  const uses = new Map<string, { attached: number; boundary: number }>()
  const of = (arn: string): { attached: number; boundary: number } => {
    let found = uses.get(arn)
    if (found === undefined) uses.set(arn, (found = { attached: 0, boundary: 0 }))
    return found
  }
  for (const { holder } of await allHolders(source, account)) {
    for (const arn of holder.attached) of(arn).attached++
    if (holder.boundary !== undefined) of(holder.boundary).boundary++
  }
  return uses
}

async function allHolders(
  source: Reader,
  account: string,
): Promise<{ readonly noun: HolderNoun; readonly holder: AnyHolder }[]> {
  const found: { noun: HolderNoun; holder: AnyHolder }[] = []
  for (const noun of ['group', 'user', 'role'] as const) {
    for (const { value } of await source.list<AnyHolder>(holderKinds[noun], ownedBy(account))) {
      found.push({ noun, holder: value })
    }
  }
  return found
}

const FILTERS: Readonly<Record<string, HolderNoun>> = { User: 'user', Role: 'role', Group: 'group' }

export function policyUseOperations({ store }: IamContext): Handlers<IamOperations> {
  return {
    async ListEntitiesForPolicy(input, { account }) {
      const { PolicyArn, EntityFilter, PolicyUsageFilter, PathPrefix = '/' } = input
      if ((await managedDocument(store, account, PolicyArn)) === undefined) {
        throw noSuchEntity(`Policy ${PolicyArn} was not found.`)
      }
      const wantedNoun = FILTERS[EntityFilter ?? '']
      const uses = ({ attached, boundary }: AnyHolder): boolean =>
        (PolicyUsageFilter !== 'PermissionsBoundary' && attached.includes(PolicyArn)) ||
        (PolicyUsageFilter !== 'PermissionsPolicy' && boundary === PolicyArn)
      const all = (await allHolders(store, account)).filter(
        ({ noun, holder }) =>
          (wantedNoun === undefined || noun === wantedNoun) &&
          EntityFilter !== 'LocalManagedPolicy' &&
          EntityFilter !== 'AWSManagedPolicy' &&
          holder.path.startsWith(PathPrefix) &&
          uses(holder),
      )
      const { items, IsTruncated, Marker } = pageOf(
        all,
        ({ noun, holder }) => `${noun} ${holder.name}`,
        input,
      )
      const of = (wanted: HolderNoun): AnyHolder[] =>
        items.filter(({ noun }) => noun === wanted).map(({ holder }) => holder)
      return {
        PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
        PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
        PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
        IsTruncated,
        Marker,
      }
    },
  }
}
