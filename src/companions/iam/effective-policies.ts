import type { PolicyText } from '#base/caller.ts'
import { awsManagedPolicies } from './aws-managed-policies.ts'
import { managedDocument, readHolder, type HolderNoun, type Reader } from './iam-context.ts'
import type { Holder, RoleRecord, UserRecord } from './records.ts'

export interface EffectivePolicies {
  readonly identity: readonly PolicyText[]
  readonly boundary: string | undefined
}

/** Its own policies and its groups'. */
export async function policiesOfUser(
  source: Reader,
  account: string,
  user: UserRecord,
): Promise<EffectivePolicies> {
  const identity = await policiesOf(source, account, 'user', user)
  for (const name of user.groups) {
    const group = await readHolder(source, 'group', account, name)
    identity.push(...(await policiesOf(source, account, 'group', group)))
  }
  return { identity, boundary: await boundaryDocument(source, account, user) }
}

export async function policiesOfRole(
  source: Reader,
  account: string,
  role: RoleRecord,
): Promise<EffectivePolicies> {
  const identity = await policiesOf(source, account, 'role', role)
  return { identity, boundary: await boundaryDocument(source, account, role) }
}

export async function policiesOf(
  source: Reader,
  account: string,
  noun: HolderNoun,
  { name, attached, inline }: Holder,
): Promise<PolicyText[]> {
  const found: PolicyText[] = Object.entries(inline).map(([policy, document]) => ({
    id: `${noun}_${name}_${policy}`,
    source: noun,
    document,
  }))
  for (const arn of attached) found.push(...(await managedPolicy(source, account, arn)))
  return found
}

/** Nothing when it is gone. */
export async function managedPolicy(source: Reader, account: string, arn: string): Promise<PolicyText[]> {
  const document = await managedDocument(source, account, arn)
  if (document === undefined) return []
  const id = arn.slice(arn.lastIndexOf('/') + 1)
  return [{ id, source: awsManagedPolicies.has(arn) ? 'aws-managed' : 'user-managed', document }]
}

/** A boundary that is gone allows nothing: it is no reason to be let beyond it. */
async function boundaryDocument(
  source: Reader,
  account: string,
  { boundary }: { readonly boundary?: string | undefined },
): Promise<string | undefined> {
  if (boundary === undefined) return undefined
  return (await managedDocument(source, account, boundary)) ?? ''
}
