import type { Handlers } from '#aws/call.ts'
import type { CognitoIdentityOperations } from '#aws/tables/cognito-identity.ts'
import type { Transaction } from '#store/store.ts'
import { readPool, type IdentityPoolsContext } from './context.ts'
import { invalidParameter } from './errors.ts'
import { tagsMax } from './limits.ts'
import { idKey, poolKind, type PoolRecord } from './records.ts'

type Tags = PoolRecord['tags']

export function tagOperations({ store }: IdentityPoolsContext): Handlers<CognitoIdentityOperations> {
  const change = (arn: string, call: Parameters<typeof readPool>[1], to: (before: Tags) => Tags) =>
    store.transact(async (tx: Transaction) => {
      const { id, record } = await readPool(tx, call, poolIdOf(arn, call))
      tx.write(poolKind, idKey(id), { ...record, tags: to(record.tags) })
    })
  return {
    async TagResource({ ResourceArn, Tags }, call) {
      await change(ResourceArn, call, (before) => checkTags({ ...before, ...Tags }))
      return {}
    },

    async UntagResource({ ResourceArn, TagKeys }, call) {
      await change(ResourceArn, call, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !TagKeys.includes(key))),
      )
      return {}
    },

    async ListTagsForResource({ ResourceArn }, call) {
      const { record } = await readPool(store, call, poolIdOf(ResourceArn, call))
      return { Tags: record.tags }
    },
  }
}

/** @throws AwsError InvalidParameterException */
export function checkTags(tags: Tags): Tags {
  const entries = Object.entries(tags)
  if (entries.length > tagsMax) throw invalidParameter(`A resource has ${tagsMax} tags at most`)
  for (const [key, value] of entries) {
    if (key === '' || key.length > 128 || value.length > 256 || /^aws:/i.test(key)) {
      throw invalidParameter(
        `Expected a tag of up to 128 and 256 characters, not begun with aws:, found ${key}`,
      )
    }
  }
  return tags
}

/** Terraform leaves the account out where it was told not to ask for it. */
const ARN = /^arn:aws:cognito-identity:([a-z\d-]+):(\d{12}|):identitypool\/([\w-]+:[\da-f-]+)$/

function poolIdOf(arn: string, { account, region }: Parameters<typeof readPool>[1]): string {
  const [, itsRegion, itsAccount, id] = ARN.exec(arn) ?? []
  if (id === undefined || itsRegion !== region || (itsAccount !== '' && itsAccount !== account)) {
    throw invalidParameter(`Expected the ARN of an identity pool of this account and region, found ${arn}`)
  }
  return id
}
