import { AwsError } from '#aws/error.ts'
import type { Tag } from '#aws/tables/acm.ts'

export const certificateTagsMax = 50

/** @throws AwsError TooManyTagsException, InvalidTagException */
export function withTags(
  known: Readonly<Record<string, string>>,
  tags: readonly Tag[] = [],
): Record<string, string> {
  if (tags.some(({ Key }) => Key.startsWith('aws:'))) {
    throw new AwsError('InvalidTagException', 'aws: prefixed tag key names are not allowed for external use.')
  }
  const all = { ...known, ...Object.fromEntries(tags.map(({ Key, Value = '' }) => [Key, Value])) }
  if (Object.keys(all).length > certificateTagsMax) {
    throw new AwsError('TooManyTagsException', `A certificate has at most ${certificateTagsMax} tags.`)
  }
  return all
}

export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
