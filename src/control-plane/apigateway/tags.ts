import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findRestApi, findStage, own, type Reader } from './find.ts'
import { childKey, restApiKey, type Place } from './keys.ts'

type Operations = ApiGatewayOperations
type TagMap = Readonly<Record<string, string>>

/** Most tags on one resource, and longest key and value (API reference, TagResource). */
export const tagsMax = 50
const keyCharactersMax = 128
const valueCharactersMax = 256

/** What can carry tags, and how its tags are read and written. */
interface Taggable {
  /** Path of its ARN. */
  readonly path: RegExp
  readonly read: (reader: Reader, place: Place, ids: readonly string[]) => Promise<TagMap | undefined>
  readonly write: (tx: Transaction, place: Place, ids: readonly string[], tags: TagMap) => Promise<void>
}

const taggables: readonly Taggable[] = [
  {
    path: /^\/restapis\/([^/]+)$/,
    read: async (reader, place, [id = '']) => (await findRestApi(reader, place, id)).tags,
    write: async (tx, place, [id = ''], tags) =>
      tx.write(records.restApi, restApiKey(place, id), { ...(await findRestApi(tx, place, id)), tags }),
  },
  {
    path: /^\/restapis\/([^/]+)\/stages\/([^/]+)$/,
    read: async (reader, place, [id = '', stage = '']) => (await findStage(reader, place, id, stage)).tags,
    write: async (tx, place, [id = '', stage = ''], tags) =>
      tx.write(records.stage, childKey(place, id, stage), {
        ...(await findStage(tx, place, id, stage)),
        tags,
      }),
  },
]

export function tags({ store, partition }: Environment): Handlers<Operations> {
  const target = (arn: string, place: Place) => {
    const prefix = `arn:${partition}:apigateway:${place.region}::`
    const path = arn.startsWith(prefix) ? arn.slice(prefix.length) : ''
    for (const taggable of taggables) {
      const match = taggable.path.exec(path)
      if (match !== null) return { taggable, ids: match.slice(1) }
    }
    throw badRequest(
      `Invalid ARN specified in the request: ${arn}. Expected ${prefix}/restapis/{id} or ${prefix}/restapis/{id}/stages/{name}.`,
    )
  }
  return {
    async GetTags({ resourceArn }, call) {
      const { taggable, ids } = target(resourceArn, call)
      return { tags: (await taggable.read(store, call, ids)) ?? {} }
    },

    async TagResource({ resourceArn, tags: added }, call) {
      const { taggable, ids } = target(resourceArn, call)
      await store.transact(async (tx) => {
        const known = Object.entries((await taggable.read(tx, call, ids)) ?? {})
        const kept = known.filter(([key]) => own(added, key) === undefined)
        await taggable.write(tx, call, ids, checkedTags([...kept, ...Object.entries(added)]))
      })
      return {}
    },

    async UntagResource({ resourceArn, tagKeys }, call) {
      const { taggable, ids } = target(resourceArn, call)
      await store.transact(async (tx) => {
        const known = Object.entries((await taggable.read(tx, call, ids)) ?? {})
        const kept = known.filter(([key]) => !tagKeys.includes(key))
        await taggable.write(tx, call, ids, Object.fromEntries(kept))
      })
      return {}
    },
  }
}

/** @throws BadRequestException */
function checkedTags(entries: readonly (readonly [string, string])[]): TagMap {
  if (entries.length > tagsMax) throw badRequest(`A resource can have at most ${tagsMax} tags`)
  for (const [key, value] of entries) {
    if (key === '' || key.length > keyCharactersMax || key.startsWith('aws:')) {
      throw badRequest(
        `Invalid tag key ${JSON.stringify(key)}: expected 1 to ${keyCharactersMax} characters, not beginning with aws:`,
      )
    }
    if (value.length > valueCharactersMax) {
      throw badRequest(`Invalid tag value of ${key}: expected at most ${valueCharactersMax} characters`)
    }
  }
  return Object.fromEntries(entries)
}
