import type { Log } from '#base/log.ts'
import { siteIds, type Portal, type PortalSite } from '#model/portal.ts'
import { records } from '#model/records.ts'
import type { Change, Key, Store } from '#store/store.ts'

/** A portal, and where it is kept. */
export interface KnownPortal {
  readonly key: Key
  readonly portal: Portal
}

/** Sites in memory at most: those that were read last. */
const sitesMax = 16

/** Every portal there is, by what clients name: a request for something else costs no look into the store. */
export class PortalTable {
  readonly #store: Store
  readonly #byId = new Map<string, KnownPortal>()
  readonly #byDomain = new Map<string, KnownPortal>()
  /** By name of their key; in the order in which they were last read. */
  readonly #sites = new Map<string, PortalSite>()
  /** Changes of sites: what was asked for before one is not kept after it. */
  #siteChanges = 0
  readonly #stop: () => void

  /** @throws StoreUnavailable */
  static async start(store: Store, log: Log): Promise<PortalTable> {
    const table = new PortalTable(store, log)
    await table.#readAll()
    return table
  }

  private constructor(store: Store, log: Log) {
    this.#store = store
    this.#stop = store.watch(async (changes) => {
      try {
        await this.#follow(changes)
      } catch (error) {
        log.error('what portals show cannot be read', { reason: (error as Error).message })
      }
    })
  }

  stop(): void {
    this.#stop()
  }

  /** By the id in its default domain name. */
  ofId(portalId: string): KnownPortal | undefined {
    return this.#byId.get(portalId)
  }

  /** By a domain name that its owner has given it, in lower case. */
  ofDomain(name: string): KnownPortal | undefined {
    return this.#byDomain.get(name)
  }

  /** @returns undefined where nothing is published, or there is no preview. @throws StoreUnavailable */
  async site({ key }: KnownPortal, siteId: keyof typeof siteIds): Promise<PortalSite | undefined> {
    const siteKey = { ...key, parent: key.id, id: siteIds[siteId] }
    const name = nameOf(siteKey)
    const changes = this.#siteChanges
    const site = this.#sites.get(name) ?? (await this.#store.read(records.portalSite, siteKey))?.value
    if (site === undefined || changes !== this.#siteChanges) return site
    this.#sites.delete(name)
    this.#sites.set(name, site)
    const [oldest] = this.#sites.keys()
    if (this.#sites.size > sitesMax && oldest !== undefined) this.#sites.delete(oldest)
    return site
  }

  async #follow(changes: readonly Change[]): Promise<void> {
    for (const { kind, key, operation } of changes) {
      if (operation === 'clear' || operation === 'missed') await this.#readAll()
      else if (kind === records.portalSite.name) {
        this.#siteChanges++
        this.#sites.delete(nameOf(key))
      } else if (kind === records.portal.name) {
        // As it is now: a later commit may have changed or deleted it already.
        this.#put(key, (await this.#store.read(records.portal, key))?.value)
      }
    }
  }

  async #readAll(): Promise<void> {
    const all = await this.#store.scan(records.portal)
    this.#siteChanges++
    this.#sites.clear()
    this.#byId.clear()
    this.#byDomain.clear()
    for (const { key, value } of all) this.#put(key, value)
  }

  #put(key: Key, portal: Portal | undefined): void {
    const before = this.#byId.get(key.id)?.portal.customDomain
    if (before !== undefined) this.#byDomain.delete(before.domainName)
    this.#byId.delete(key.id)
    if (portal === undefined) return
    const known = { key, portal }
    this.#byId.set(key.id, known)
    if (portal.customDomain !== undefined) this.#byDomain.set(portal.customDomain.domainName, known)
  }
}

function nameOf({ account, region, parent, id }: Key): string {
  return `${account} ${region} ${parent} ${id}`
}
