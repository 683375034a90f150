import type { Tag } from '#aws/tables/iam.ts'
import { checkQuota, invalid, invalidInput } from './iam-error.ts'
import { tagsMax } from './limits.ts'
import type { Tags } from './records.ts'

/**
 * Tags laid over those that are there.
 * @throws AwsError
 */
export function withTags(before: Tags, given: readonly Tag[] | undefined): Tags {
  const names = (given ?? []).map(({ Key }) => Key.toLowerCase())
  if (new Set(names).size < names.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  const reserved = (given ?? []).find(({ Key }) => /^aws:/i.test(Key))
  if (reserved !== undefined) {
    throw invalid(`Tag keys that begin with 'aws:' are for AWS to set, found '${reserved.Key}'.`)
  }
  const tags: Record<string, string> = { ...before }
  for (const { Key, Value } of given ?? []) {
    // A key that differs in case alone takes the other's place.
    for (const name of Object.keys(tags)) if (name.toLowerCase() === Key.toLowerCase()) delete tags[name]
    tags[Key] = Value
  }
  checkQuota('TagsPerResource', tagsMax, Object.keys(tags).length)
  return tags
}

export function withoutTags(before: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)))
}

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** Left out where there are none, as AWS does of a user or role. */
export function shownTags(tags: Tags): Tag[] | undefined {
  return Object.keys(tags).length === 0 ? undefined : tagList(tags)
}
