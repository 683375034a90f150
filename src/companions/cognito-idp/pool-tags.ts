import type { Call, Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations } from '#aws/tables/cognito-idp.ts'
import { readPool, type PoolsContext } from './context.ts'
import { invalidParameter } from './errors.ts'
import { tagsMax } from './limits.ts'
import { idKey, poolKind } from './records.ts'

type Tags = Readonly<Record<string, string>>

export function poolTagOperations({ store }: PoolsContext): Handlers<CognitoIdpOperations> {
  const change = (arn: string, call: Call, to: (before: Tags) => Tags): Promise<void> =>
    store.transact(async (tx) => {
      const { id, record } = await readPool(tx, call, poolIdOf(arn))
      const UserPoolTags = checkTags(to(record.settings.UserPoolTags ?? {}))
      tx.write(poolKind, idKey(id), { ...record, settings: { ...record.settings, UserPoolTags } })
    })
  return {
    async TagResource({ ResourceArn, Tags }, call) {
      await change(ResourceArn, call, (before) => ({ ...before, ...Tags }))
      return {}
    },

    async UntagResource({ ResourceArn, TagKeys }, call) {
      await change(ResourceArn, call, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !TagKeys.includes(key))),
      )
      return {}
    },

    async ListTagsForResource({ ResourceArn }, call) {
      const { record } = await readPool(store, call, poolIdOf(ResourceArn))
      return { Tags: record.settings.UserPoolTags ?? {} }
    },
  }
}

/** @throws AwsError InvalidParameterException */
export function checkTags(tags: Tags): Tags {
  if (Object.keys(tags).length <= tagsMax) return tags
  throw invalidParameter(`A user pool has ${tagsMax} tags at most`)
}

function poolIdOf(arn: string): string {
  const id = /^arn:aws:cognito-idp:[a-z\d-]+:\d{12}:userpool\/([\w-]{1,55})$/.exec(arn)?.[1]
  if (id === undefined) throw invalidParameter(`Expected the ARN of a user pool, found ${arn}`)
  return id
}
