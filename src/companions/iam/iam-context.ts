import type { Clock } from '#base/clock.ts'
import type { Kind } from '#base/kind.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Store, Transaction } from '#store/store.ts'
import { awsManagedPolicies } from './aws-managed-policies.ts'
import { notFound } from './iam-error.ts'
import {
  groupKind,
  nameKey,
  policyKind,
  roleKind,
  userKind,
  type GroupRecord,
  type PolicyRecord,
  type RoleRecord,
  type UserRecord,
} from './records.ts'

/** What IAM's operations work with. */
export interface IamContext {
  readonly store: Store
  readonly clock: Clock
  /** Of access keys' secrets. */
  readonly sealer: Sealer
}

export type Reader = Pick<Store | Transaction, 'read' | 'list'>

export interface HolderRecords {
  readonly user: UserRecord
  readonly group: GroupRecord
  readonly role: RoleRecord
}

/** Nouns that have policies. */
export type HolderNoun = keyof HolderRecords

export const holderKinds: { readonly [N in HolderNoun]: Kind<HolderRecords[N]> } = {
  user: userKind,
  group: groupKind,
  role: roleKind,
}

/** @throws AwsError NoSuchEntity */
export async function readHolder<N extends HolderNoun>(
  source: Reader,
  noun: N,
  account: string,
  name: string,
): Promise<HolderRecords[N]> {
  const found = await source.read<HolderRecords[N]>(holderKinds[noun], nameKey(account, name))
  if (found?.value.name !== name) throw notFound(noun, name)
  return found.value
}

/** @throws AwsError NoSuchEntity */
export async function changeHolder<N extends HolderNoun>(
  store: Store,
  noun: N,
  account: string,
  name: string,
  change: (
    before: HolderRecords[N],
    tx: Transaction,
  ) => Partial<HolderRecords[N]> | Promise<Partial<HolderRecords[N]>>,
): Promise<void> {
  await store.transact(async (tx) => {
    const before = await readHolder(tx, noun, account, name)
    const after = { ...before, ...(await change(before, tx)) }
    tx.write<HolderRecords[N]>(holderKinds[noun], nameKey(account, name), after)
  })
}

const POLICY_ARN = /^arn:aws:iam::(aws|\d{12}):policy(\/(?:[!-~]+\/)?)([\w+=,.@-]+)$/

/** A customer's policy by its ARN; undefined when there is none in this account. */
export async function findPolicy(
  source: Reader,
  account: string,
  arn: string,
): Promise<PolicyRecord | undefined> {
  const [, owner, path, name = ''] = POLICY_ARN.exec(arn) ?? []
  if (owner !== account) return undefined
  const found = (await source.read(policyKind, nameKey(account, name)))?.value
  return found?.name === name && found.path === path ? found : undefined
}

/** The document that a managed policy, AWS's or a customer's, has now. */
export async function managedDocument(
  source: Reader,
  account: string,
  arn: string,
): Promise<string | undefined> {
  const ofAws = awsManagedPolicies.get(arn)
  if (ofAws !== undefined) return ofAws.document
  const policy = await findPolicy(source, account, arn)
  return policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document
}
