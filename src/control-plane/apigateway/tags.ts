import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Kind } from '#base/kind.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import type { Environment } from './environment.ts'
import { badRequest, notFound } from './errors.ts'
import { findRestApi, findStage, own, type Reader } from './find.ts'
import { childKey, restApiKey, topLevelKey, type Place } from './keys.ts'

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
  /** Its ARN names the account. */
  readonly withAccount?: boolean
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
  { path: /^\/apikeys\/([^/]+)$/, ...taggedRecord(records.apiKey) },
  { path: /^\/usageplans\/([^/]+)$/, ...taggedRecord(records.usagePlan) },
  { path: /^\/clientcertificates\/([^/]+)$/, ...taggedRecord(records.clientCertificate) },
  { path: /^\/vpclinks\/([^/]+)$/, ...taggedRecord(records.vpcLink) },
  { path: /^\/domainnames\/([^/+]+)$/, ...taggedRecord(records.domainName) },
  { path: /^\/domainnames\/([^/+]+\+[^/+]+)$/, withAccount: true, ...taggedRecord(records.domainName) },
  {
    path: /^\/domainnameaccessassociations\/(.+)$/,
    withAccount: true,
    ...taggedRecord(records.domainNameAccessAssociation),
  },
]

/** What lies at the top level under the id that the ARN ends in. */
function taggedRecord<T extends { readonly tags?: TagMap | undefined }>(
  kind: Kind<T>,
): Pick<Taggable, 'read' | 'write'> {
  const find = async (reader: Reader, place: Place, id: string): Promise<T> => {
    const found = await reader.read(kind, topLevelKey(place, id))
    if (found === undefined) throw notFound(`Invalid resource identifier specified: ${id}`)
    return found.value
  }
  return {
    read: async (reader, place, [id = '']) => (await find(reader, place, id)).tags,
    write: async (tx, place, [id = ''], tags) =>
      tx.write(kind, topLevelKey(place, id), { ...(await find(tx, place, id)), tags }),
  }
}

export function tags({ store, partition }: Environment): Handlers<Operations> {
  const target = (arn: string, place: Place) => {
    const service = `arn:${partition}:apigateway:${place.region}`
    for (const taggable of taggables) {
      const prefix = `${service}:${taggable.withAccount ? place.account : ''}:`
      const match = arn.startsWith(prefix) ? taggable.path.exec(arn.slice(prefix.length)) : null
      if (match !== null) return { taggable, ids: match.slice(1) }
    }
    throw badRequest(
      `Invalid ARN specified in the request: ${arn}. Expected ${service}::/{path} of something that carries tags, such as /restapis/{id} or /restapis/{id}/stages/{name}.`,
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

/** Tags that something is made with; none is undefined. @throws BadRequestException */
export function checkedTagsOf(tags: TagMap | undefined): TagMap | undefined {
  const entries = Object.entries(tags ?? {})
  return entries.length === 0 ? undefined : checkedTags(entries)
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
