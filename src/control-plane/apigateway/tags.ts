import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Kind } from '#base/kind.ts'
import { records } from '#model/records.ts'
import type { Key } from '#store/store.ts'
import type { Environment } from './environment.ts'
import { badRequest, notFound } from './errors.ts'
import { own, type Reader } from './find.ts'
import { childKey, type Place } from './keys.ts'

type Operations = ApiGatewayOperations
type TagMap = Readonly<Record<string, string>>
type Tag = readonly [name: string, value: string]

/** Most tags on one resource, and longest key and value (API reference, TagResource). */
export const tagsMax = 50
const keyCharactersMax = 128
const valueCharactersMax = 256

interface Tagged {
  readonly tags?: TagMap | undefined
}

/** What can carry tags. */
interface Taggable {
  /** Path of its ARN: its id, after that of what it belongs to. */
  readonly path: RegExp
  /** Its ARN names the account. */
  readonly withAccount?: boolean
  /** Where it may be. */
  readonly kinds: readonly Kind<Tagged>[]
  /** What is said where it is not there. */
  readonly missing?: (place: Place, id: string) => string
}

const missingApi = (place: Place, id: string) => `Invalid API identifier specified ${place.account}:${id}`
const missingStage = () => 'Invalid stage identifier specified'

const taggables: readonly Taggable[] = [
  { path: /^\/restapis\/([^/]+)$/, kinds: [records.restApi], missing: missingApi },
  { path: /^\/restapis\/([^/]+)\/stages\/([^/]+)$/, kinds: [records.stage], missing: missingStage },
  { path: /^\/apis\/([^/]+)$/, kinds: [records.api], missing: missingApi },
  { path: /^\/apis\/([^/]+)\/stages\/([^/]+)$/, kinds: [records.apiStage], missing: missingStage },
  { path: /^\/apikeys\/([^/]+)$/, kinds: [records.apiKey] },
  { path: /^\/usageplans\/([^/]+)$/, kinds: [records.usagePlan] },
  { path: /^\/clientcertificates\/([^/]+)$/, kinds: [records.clientCertificate] },
  { path: /^\/vpclinks\/([^/]+)$/, kinds: [records.vpcLink, records.apiVpcLink] },
  { path: /^\/domainnames\/([^/+]+)$/, kinds: [records.domainName] },
  { path: /^\/domainnames\/([^/+]+\+[^/+]+)$/, withAccount: true, kinds: [records.domainName] },
  { path: /^\/portals\/([^/]+)$/, withAccount: true, kinds: [records.portal] },
  { path: /^\/portalproducts\/([^/]+)$/, withAccount: true, kinds: [records.portalProduct] },
  {
    path: /^\/domainnameaccessassociations\/(.+)$/,
    withAccount: true,
    kinds: [records.domainNameAccessAssociation],
  },
]

interface FoundTags {
  readonly kind: Kind<Tagged>
  readonly key: Key
  readonly value: Tagged
}

/** Tags by ARN, for both versions: what either of them made carries them. */
export interface TaggedResources {
  get(arn: string, call: Call): Promise<TagMap>
  add(arn: string, tags: TagMap, call: Call): Promise<void>
  remove(arn: string, keys: readonly string[], call: Call): Promise<void>
}

export function taggedResources({
  store,
  partition,
}: Pick<Environment, 'store' | 'partition'>): TaggedResources {
  const find = async (reader: Reader, arn: string, place: Place): Promise<FoundTags> => {
    const service = `arn:${partition}:apigateway:${place.region}`
    for (const { path, withAccount, kinds, missing } of taggables) {
      const prefix = `${service}:${withAccount ? place.account : ''}:`
      const match = arn.startsWith(prefix) ? path.exec(arn.slice(prefix.length)) : null
      if (match === null) continue
      const [id = '', parent = ''] = match.slice(1).toReversed()
      const key = childKey(place, parent, id)
      for (const kind of kinds) {
        const found = await reader.read(kind, key)
        if (found !== undefined) return { kind, key, value: found.value }
      }
      throw notFound(missing?.(place, id) ?? `Invalid resource identifier specified: ${id}`)
    }
    throw badRequest(
      `Invalid ARN specified in the request: ${arn}. Expected ${service}::/{path} of something that carries tags, such as /restapis/{id} or /apis/{id}/stages/{name}.`,
    )
  }
  const change = (arn: string, call: Call, changed: (known: readonly Tag[]) => TagMap) =>
    store.transact(async (tx) => {
      const { kind, key, value } = await find(tx, arn, call)
      tx.write(kind, key, { ...value, tags: changed(Object.entries(value.tags ?? {})) })
    })
  return {
    async get(arn, call) {
      return (await find(store, arn, call)).value.tags ?? {}
    },
    add: (arn, added, call) =>
      change(arn, call, (known) => {
        const kept = known.filter(([key]) => own(added, key) === undefined)
        return checkedTags([...kept, ...Object.entries(added)])
      }),
    remove: (arn, keys, call) =>
      change(arn, call, (known) => Object.fromEntries(known.filter(([key]) => !keys.includes(key)))),
  }
}

export function tags(environment: Environment): Handlers<Operations> {
  const resources = taggedResources(environment)
  return {
    async GetTags({ resourceArn }, call) {
      return { tags: await resources.get(resourceArn, call) }
    },

    async TagResource({ resourceArn, tags: added }, call) {
      await resources.add(resourceArn, added, call)
      return {}
    },

    async UntagResource({ resourceArn, tagKeys }, call) {
      await resources.remove(resourceArn, tagKeys, call)
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
function checkedTags(entries: readonly Tag[]): TagMap {
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
