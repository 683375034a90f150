import type { Handlers } from '#aws/call.ts'
import type { IamOperations } from '#aws/tables/iam.ts'
import type { Transaction } from '#store/store.ts'
import type { IamContext, Reader } from './iam-context.ts'
import { alreadyExists, checkQuota, invalid, invalidInput, noSuchEntity } from './iam-error.ts'
import { clientIdsPerProviderMax, oidcProvidersMax, thumbprintsPerProviderMax } from './limits.ts'
import { pageOf } from './paging.ts'
import { oidcProviderKind, ownedBy, type OidcProviderRecord } from './records.ts'
import { shownTags, tagList, withoutTags, withTags } from './tags.ts'

/** Whose tokens `AssumeRoleWithWebIdentity` and identity pools take. */
export function oidcProviderOperations({ store, clock }: IamContext): Handlers<IamOperations> {
  /** @throws AwsError NoSuchEntity */
  const change = (
    account: string,
    arn: string,
    to: (before: OidcProviderRecord) => Partial<OidcProviderRecord>,
  ): Promise<void> =>
    store.transact(async (tx: Transaction) => {
      const before = await readProvider(tx, account, arn)
      tx.write(oidcProviderKind, providerKey(account, arn), { ...before, ...to(before) })
    })
  return {
    async CreateOpenIDConnectProvider({ Url, ClientIDList = [], ThumbprintList = [], Tags }, { account }) {
      const url = checkUrl(Url)
      const record: OidcProviderRecord = {
        url,
        clientIds: checkClientIds(ClientIDList),
        thumbprints: checkThumbprints(ThumbprintList),
        createdMs: clock.now(),
        tags: withTags({}, Tags),
      }
      const arn = providerArn(account, url)
      await store.transact(async (tx) => {
        if ((await tx.read(oidcProviderKind, providerKey(account, arn))) !== undefined) {
          throw alreadyExists(`Provider with url ${url} already exists.`)
        }
        const count = await tx.count(oidcProviderKind, ownedBy(account))
        checkQuota('OpenIdConnectProvidersPerAccount', oidcProvidersMax, count + 1)
        tx.create(oidcProviderKind, providerKey(account, arn), record)
      })
      return { OpenIDConnectProviderArn: arn, Tags: shownTags(record.tags) }
    },

    async GetOpenIDConnectProvider({ OpenIDConnectProviderArn }, { account }) {
      const record = await readProvider(store, account, OpenIDConnectProviderArn)
      return {
        Url: withoutScheme(record.url),
        ClientIDList: record.clientIds,
        ThumbprintList: record.thumbprints,
        CreateDate: record.createdMs,
        Tags: tagList(record.tags),
      }
    },

    async ListOpenIDConnectProviders(_input, { account }) {
      const all = await store.list(oidcProviderKind, ownedBy(account))
      const list = all.map(({ value }) => ({ Arn: providerArn(account, value.url) }))
      return { OpenIDConnectProviderList: list }
    },

    /** One that is not there is deleted, too (IAM API reference). */
    async DeleteOpenIDConnectProvider({ OpenIDConnectProviderArn }, { account }) {
      await store.transact(async (tx) => {
        tx.delete(oidcProviderKind, providerKey(account, OpenIDConnectProviderArn))
      })
      return {}
    },

    async AddClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID }, { account }) {
      await change(account, OpenIDConnectProviderArn, ({ clientIds }) => ({
        clientIds: checkClientIds([...new Set([...clientIds, ClientID])]),
      }))
      return {}
    },

    async RemoveClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID }, { account }) {
      await change(account, OpenIDConnectProviderArn, ({ clientIds }) => ({
        clientIds: clientIds.filter((one) => one !== ClientID),
      }))
      return {}
    },

    async UpdateOpenIDConnectProviderThumbprint({ OpenIDConnectProviderArn, ThumbprintList }, { account }) {
      await change(account, OpenIDConnectProviderArn, () => ({
        thumbprints: checkThumbprints(ThumbprintList),
      }))
      return {}
    },

    async TagOpenIDConnectProvider({ OpenIDConnectProviderArn, Tags }, { account }) {
      await change(account, OpenIDConnectProviderArn, ({ tags }) => ({ tags: withTags(tags, Tags) }))
      return {}
    },

    async UntagOpenIDConnectProvider({ OpenIDConnectProviderArn, TagKeys }, { account }) {
      await change(account, OpenIDConnectProviderArn, ({ tags }) => ({ tags: withoutTags(tags, TagKeys) }))
      return {}
    },

    async ListOpenIDConnectProviderTags({ OpenIDConnectProviderArn, ...page }, { account }) {
      const { tags } = await readProvider(store, account, OpenIDConnectProviderArn)
      const { items, IsTruncated, Marker } = pageOf(tagList(tags), ({ Key }) => Key, page)
      return { Tags: items, IsTruncated, Marker }
    },
  }
}

export interface OidcProvider {
  readonly arn: string
  /** URL, as its tokens' `iss` has it. */
  readonly url: string
  /** The prefix of its condition keys: `accounts.example.com`. */
  readonly name: string
  /** Its tokens are for one of these. */
  readonly clientIds: readonly string[]
}

export async function oidcProviders(source: Reader, account: string): Promise<readonly OidcProvider[]> {
  return (await source.list(oidcProviderKind, ownedBy(account))).map(({ value }) => shown(account, value))
}

/** @returns undefined when there is none in this account */
export async function findOidcProvider(
  source: Reader,
  account: string,
  arn: string,
): Promise<OidcProvider | undefined> {
  const found = (await source.read(oidcProviderKind, providerKey(account, arn)))?.value
  return found && shown(account, found)
}

function shown(account: string, { url, clientIds }: OidcProviderRecord): OidcProvider {
  return { arn: providerArn(account, url), url, name: withoutScheme(url), clientIds }
}

async function readProvider(source: Reader, account: string, arn: string): Promise<OidcProviderRecord> {
  const found = (await source.read(oidcProviderKind, providerKey(account, arn)))?.value
  if (found === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
  return found
}

const providerKey = (account: string, arn: string) => ({ ...ownedBy(account), id: arn })

export function providerArn(account: string, url: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${withoutScheme(url)}`
}

const withoutScheme = (url: string): string => url.replace(/^https?:\/\//, '')

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Of https:, or of this machine itself, where developers run theirs; without query, port and what a browser would add.
 * @throws AwsError
 */
function checkUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined
  const isOwn = url?.protocol === 'http:' && LOOPBACK.test(url.hostname)
  if (url === undefined || (url.protocol !== 'https:' && !isOwn)) {
    throw invalid(`Invalid Open ID Connect Provider URL: expected https://…, found ${given.slice(0, 255)}`)
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || (url.port !== '' && !isOwn)) {
    throw invalidInput('Invalid Open ID Connect Provider URL: it has no port, query, fragment or user')
  }
  return given
}

function checkClientIds(ids: readonly string[]): readonly string[] {
  checkQuota('ClientIdsPerOpenIdConnectProvider', clientIdsPerProviderMax, ids.length)
  return ids
}

function checkThumbprints(thumbprints: readonly string[]): readonly string[] {
  checkQuota('ThumbprintsPerOpenIdConnectProvider', thumbprintsPerProviderMax, thumbprints.length)
  const bad = thumbprints.find((one) => !/^[\da-f]{40}$/i.test(one))
  if (bad === undefined) return thumbprints
  throw invalid(`A thumbprint is 40 hexadecimal digits, found ${bad.slice(0, 64)}`)
}
