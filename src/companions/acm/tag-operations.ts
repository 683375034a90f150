import type { Call, Handlers } from '#aws/call.ts'
import type { AcmOperations, Tag } from '#aws/tables/acm.ts'
import { certificateKind } from './certificate-record.ts'
import { tagList, withTags } from './certificate-tags.ts'
import { findCertificate } from './find-certificate.ts'
import type { AcmOptions } from './service.ts'

type Tags = Readonly<Record<string, string>>

/** Tags under both of the names that ACM has given these operations. */
export function tagOperations({ store }: AcmOptions): Handlers<AcmOperations> {
  const change = async (arn: string, call: Call, changed: (tags: Tags) => Tags): Promise<object> => {
    await store.transact(async (tx) => {
      const { key, stored } = await findCertificate(tx, call, arn)
      tx.write(certificateKind, key, { ...stored, tags: changed(stored.tags) })
    })
    return {}
  }
  const list = async (arn: string, call: Call): Promise<Tag[]> =>
    tagList((await findCertificate(store, call, arn)).stored.tags)
  return {
    AddTagsToCertificate: ({ CertificateArn, Tags }, call) =>
      change(CertificateArn, call, (tags) => withTags(tags, Tags)),
    RemoveTagsFromCertificate: ({ CertificateArn, Tags }, call) =>
      change(CertificateArn, call, (tags) => without(tags, Tags)),
    ListTagsForCertificate: async ({ CertificateArn }, call) => ({ Tags: await list(CertificateArn, call) }),
    TagResource: ({ ResourceArn, Tags }, call) => change(ResourceArn, call, (tags) => withTags(tags, Tags)),
    UntagResource: ({ ResourceArn, TagKeys }, call) =>
      change(ResourceArn, call, (tags) =>
        without(
          tags,
          TagKeys.map((Key) => ({ Key })),
        ),
      ),
    ListTagsForResource: async ({ ResourceArn }, call) => ({ Tags: await list(ResourceArn, call) }),
  }
}

/** A tag that is named with another value stays. */
function without(tags: Tags, removed: readonly Tag[]): Tags {
  return Object.fromEntries(
    Object.entries(tags).filter(
      ([name, value]) => !removed.some(({ Key, Value = value }) => Key === name && Value === value),
    ),
  )
}
