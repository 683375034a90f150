import type { Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { IamOperations, Policy, PolicyVersion } from '#aws/tables/iam.ts'
import type { Transaction } from '#store/store.ts'
import { awsManagedPolicies, awsManagedSinceMs } from './aws-managed-policies.ts'
import { findPolicy, type IamContext, type Reader } from './iam-context.ts'
import { alreadyExists, checkQuota, deleteConflict, noSuchEntity } from './iam-error.ts'
import { newUniqueId } from './identifiers.ts'
import { managedPolicyCharactersMax, policiesMax, policyVersionsMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { countUses, noUses, type PolicyUses } from './policy-uses.ts'
import { checkPolicyDocument, checkPolicySize, encodeDocument } from './policy-document.ts'
import {
  arnOf,
  nameKey,
  ownedBy,
  policyKind,
  type PolicyRecord,
  type PolicyVersionRecord,
} from './records.ts'
import { tagList, withoutTags, withTags } from './tags.ts'

/** Policies that have an ARN of their own: customers', with their versions; AWS's, to be read. */
export function managedPolicyOperations({ store, clock }: IamContext): Handlers<IamOperations> {
  return {
    async CreatePolicy({ PolicyName, Path = '/', PolicyDocument, Description, Tags }, { account }) {
      checkDocument(PolicyDocument)
      const now = clock.now()
      const policy: PolicyRecord = {
        name: PolicyName,
        path: Path,
        id: newUniqueId('ANPA'),
        description: Description,
        createdMs: now,
        updatedMs: now,
        tags: withTags({}, Tags),
        defaultVersion: 'v1',
        nextVersion: 2,
        versions: [{ id: 'v1', document: PolicyDocument, createdMs: now }],
      }
      await store.transact(async (tx) => {
        if ((await tx.read(policyKind, nameKey(account, PolicyName))) !== undefined) {
          throw alreadyExists(
            `A policy called ${PolicyName} already exists. Duplicate names are not allowed.`,
          )
        }
        checkQuota('PoliciesPerAccount', policiesMax, (await tx.count(policyKind, ownedBy(account))) + 1)
        tx.create(policyKind, nameKey(account, PolicyName), policy)
      })
      return { Policy: shownPolicy(account, policy, noUses) }
    },

    async GetPolicy({ PolicyArn }, { account }) {
      const uses = (await countUses(store, account)).get(PolicyArn) ?? noUses
      const ofAws = awsManagedPolicies.get(PolicyArn)
      if (ofAws !== undefined) return { Policy: shownAwsPolicy(PolicyArn, uses) }
      return { Policy: shownPolicy(account, await readPolicy(store, account, PolicyArn), uses, true) }
    },

    async ListPolicies({ Scope = 'All', OnlyAttached, PathPrefix = '/', ...input }, { account }) {
      const uses = await countUses(store, account)
      const own = Scope === 'AWS' ? [] : await store.list(policyKind, ownedBy(account))
      const all: Policy[] = [
        ...own.map(({ value }) =>
          shownPolicy(account, value, uses.get(arnOf('policy', account, value)) ?? noUses),
        ),
        ...(Scope === 'Local' ? [] : [...awsManagedPolicies.keys()]).map((arn) =>
          shownAwsPolicy(arn, uses.get(arn) ?? noUses),
        ),
      ]
      const isWanted = (policy: Policy): boolean =>
        policy.Path?.startsWith(PathPrefix) === true &&
        (OnlyAttached !== true || (policy.AttachmentCount ?? 0) > 0) &&
        (input.PolicyUsageFilter !== 'PermissionsBoundary' || (policy.PermissionsBoundaryUsageCount ?? 0) > 0)
      const { items, IsTruncated, Marker } = pageOf(all.filter(isWanted), ({ Arn = '' }) => Arn, input)
      return { Policies: items, IsTruncated, Marker }
    },

    async DeletePolicy({ PolicyArn }, { account }) {
      await changePolicy(store, account, PolicyArn, async (policy, tx) => {
        const uses = (await countUses(tx, account)).get(PolicyArn) ?? noUses
        if (uses.attached + uses.boundary > 0)
          throw deleteConflict('Cannot delete a policy attached to entities.')
        if (policy.versions.length > 1) {
          throw deleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
          )
        }
        return undefined
      })
      return {}
    },

    async CreatePolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault }, { account }) {
      checkDocument(PolicyDocument)
      let made: PolicyVersion | undefined
      await changePolicy(store, account, PolicyArn, (policy) => {
        if (policy.versions.length >= policyVersionsMax) {
          throw new AwsError(
            'LimitExceededException',
            `A managed policy can have up to ${policyVersionsMax} versions. Before you create a new version, you must delete an existing version.`,
            409,
          )
        }
        const now = clock.now()
        const version = { id: `v${policy.nextVersion}`, document: PolicyDocument, createdMs: now }
        const defaultVersion = SetAsDefault === true ? version.id : policy.defaultVersion
        made = shownVersion({ defaultVersion }, version, false)
        const versions = [...policy.versions, version]
        return { ...policy, versions, defaultVersion, nextVersion: policy.nextVersion + 1, updatedMs: now }
      })
      return { PolicyVersion: made }
    },

    async GetPolicyVersion({ PolicyArn, VersionId }, { account }) {
      const ofAws = awsManagedPolicies.get(PolicyArn)
      if (ofAws !== undefined) {
        if (VersionId !== 'v1') throw versionNotFound(PolicyArn, VersionId)
        const version = { id: 'v1', document: ofAws.document, createdMs: awsManagedSinceMs }
        return { PolicyVersion: shownVersion({ defaultVersion: 'v1' }, version, true) }
      }
      const policy = await readPolicy(store, account, PolicyArn)
      return { PolicyVersion: shownVersion(policy, versionOf(policy, PolicyArn, VersionId), true) }
    },

    async ListPolicyVersions({ PolicyArn, ...page }, { account }) {
      const ofAws = awsManagedPolicies.get(PolicyArn)
      const policy =
        ofAws === undefined
          ? await readPolicy(store, account, PolicyArn)
          : {
              defaultVersion: 'v1',
              versions: [{ id: 'v1', document: ofAws.document, createdMs: awsManagedSinceMs }],
            }
      // The newest first.
      const nameOf = ({ id }: PolicyVersionRecord): string => String(1e9 - Number(id.slice(1)))
      const { items, IsTruncated, Marker } = pageOf(policy.versions, nameOf, page)
      return { Versions: items.map((version) => shownVersion(policy, version, false)), IsTruncated, Marker }
    },

    async SetDefaultPolicyVersion({ PolicyArn, VersionId }, { account }) {
      await changePolicy(store, account, PolicyArn, (policy) => ({
        ...policy,
        defaultVersion: versionOf(policy, PolicyArn, VersionId).id,
        updatedMs: clock.now(),
      }))
      return {}
    },

    async DeletePolicyVersion({ PolicyArn, VersionId }, { account }) {
      await changePolicy(store, account, PolicyArn, (policy) => {
        const { id } = versionOf(policy, PolicyArn, VersionId)
        if (id === policy.defaultVersion) {
          throw deleteConflict('Cannot delete the default version of a policy.')
        }
        return { ...policy, versions: policy.versions.filter((version) => version.id !== id) }
      })
      return {}
    },

    async TagPolicy({ PolicyArn, Tags }, { account }) {
      await changePolicy(store, account, PolicyArn, (policy) => ({
        ...policy,
        tags: withTags(policy.tags, Tags),
      }))
      return {}
    },

    async UntagPolicy({ PolicyArn, TagKeys }, { account }) {
      await changePolicy(store, account, PolicyArn, (policy) => ({
        ...policy,
        tags: withoutTags(policy.tags, TagKeys),
      }))
      return {}
    },

    async ListPolicyTags({ PolicyArn, ...page }, { account }) {
      const { tags } = await readPolicy(store, account, PolicyArn)
      const { items, IsTruncated, Marker } = pageOf(tagList(tags), ({ Key }) => Key, page)
      return { Tags: items, IsTruncated, Marker }
    },
  }
}

async function readPolicy(source: Reader, account: string, arn: string): Promise<PolicyRecord> {
  if (awsManagedPolicies.has(arn)) {
    throw new AwsError('AccessDenied', `Policies of AWS cannot be changed: ${arn}`, 403)
  }
  const policy = await findPolicy(source, account, arn)
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`)
  return policy
}

/** @param change to undefined: to nothing */
async function changePolicy(
  store: IamContext['store'],
  account: string,
  arn: string,
  change: (
    before: PolicyRecord,
    tx: Transaction,
  ) => PolicyRecord | undefined | Promise<PolicyRecord | undefined>,
): Promise<void> {
  await store.transact(async (tx) => {
    const before = await readPolicy(tx, account, arn)
    const after = await change(before, tx)
    const key = nameKey(account, before.name)
    if (after === undefined) tx.delete(policyKind, key)
    else tx.write(policyKind, key, after)
  })
}

function checkDocument(document: string): void {
  checkPolicyDocument(document, 'identity')
  checkPolicySize('PolicySize', managedPolicyCharactersMax, document)
}

function versionOf({ versions }: PolicyRecord, arn: string, id: string): PolicyVersionRecord {
  const version = versions.find((one) => one.id === id)
  if (version === undefined) throw versionNotFound(arn, id)
  return version
}

function versionNotFound(arn: string, id: string): AwsError {
  return noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`)
}

function shownPolicy(account: string, policy: PolicyRecord, uses: PolicyUses, whole = false): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arnOf('policy', account, policy),
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: uses.attached,
    PermissionsBoundaryUsageCount: uses.boundary,
    IsAttachable: true,
    // ListPolicies leaves it out (IAM API reference).
    ...(whole ? { Description: policy.description } : {}),
    CreateDate: policy.createdMs,
    UpdateDate: policy.updatedMs,
    Tags: tagList(policy.tags),
  }
}

function shownAwsPolicy(arn: string, uses: PolicyUses): Policy {
  const { name, path } = awsManagedPolicies.get(arn) as { name: string; path: string }
  return {
    PolicyName: name,
    PolicyId: `ANPA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, 'A').slice(0, 17)}`,
    Arn: arn,
    Path: path,
    DefaultVersionId: 'v1',
    AttachmentCount: uses.attached,
    PermissionsBoundaryUsageCount: uses.boundary,
    IsAttachable: true,
    CreateDate: awsManagedSinceMs,
    UpdateDate: awsManagedSinceMs,
    Tags: [],
  }
}

function shownVersion(
  { defaultVersion }: Pick<PolicyRecord, 'defaultVersion'>,
  { id, document, createdMs }: PolicyVersionRecord,
  whole: boolean,
): PolicyVersion {
  return {
    ...(whole ? { Document: encodeDocument(document) } : {}),
    VersionId: id,
    IsDefaultVersion: id === defaultVersion,
    CreateDate: createdMs,
  }
}
