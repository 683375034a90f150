import { createMutex } from '#base/mutex.ts'
import { records } from '#model/records.ts'
import type { Change, Key, Store } from '#store/store.ts'
import { domainIdOf, DomainRecords } from './domain-records.ts'
import { goesThroughLinks, type ServedStages } from './served-stages.ts'
import type { UsageKeeper } from './usage/usage-keeper.ts'
import { StageRecords } from './stage-records.ts'

/** Keeps what is served true to the store. */
export interface Deployments {
  /**
   * Gives `served` every stage and domain name there is. Changes wait for it: one that `served` is told of otherwise
   * comes either before all of this or after it.
   * @throws StoreUnavailable when what is deployed cannot be read; what `served` throws
   */
  tellAll(served: ServedStages): Promise<void>
  /** Gives those that are served every stage again: something beside the store has changed about them. */
  retell(): Promise<void>
  stop(): void
}

/**
 * Gives `served` every stage and domain name now, and after each commit those that it touched. Snapshots, and what
 * versions of the documentation hold, never change, so the records of stages, of their flushes, of VPC links and of domain
 * names are all there is to watch beside the usage plans and their keys. A commit is acknowledged after this has run: what a client was told is deployed is served.
 * @throws StoreUnavailable when what is deployed cannot be read
 */
export async function startDeployments(
  store: Store,
  served: ServedStages,
  stages: StageRecords = new StageRecords(store),
  domains: DomainRecords = new DomainRecords(store),
  usage?: UsageKeeper,
): Promise<Deployments> {
  const inTurn = createMutex()
  const known = new KnownKeys()
  const tell = async (to: ServedStages): Promise<void> => {
    for (const key of known.stages(await stages.all())) await apply(stages, to, key)
    for (const key of known.domains(await domains.all())) await applyDomain(domains, to, key)
    await usage?.tellAll(to)
  }
  const tellAll = (to: ServedStages): Promise<void> => inTurn(() => tell(to))
  const retell = (): Promise<void> =>
    inTurn(async () => {
      for (const key of await stages.all()) await apply(stages, served, key)
    })
  const stop = store.watch((changes) =>
    inTurn(async () => {
      known.follow(changes)
      await applyAll(store, stages, served, changes)
      await usage?.follow(changes, served)
      const touched = await domains.touched(changes)
      for (const key of known.domains(touched, 'add')) await applyDomain(domains, served, key)
      if (changes.some(({ operation }) => operation === 'missed')) await tell(served)
    }),
  )
  await usage?.load()
  await tellAll(served)
  return { tellAll, retell, stop }
}

/** Keys of what may be served: what is gone without a word, while changes were missed, is to be told as well. */
class KnownKeys {
  #stages = new Map<string, Key>()
  #domains = new Map<string, Key>()

  /** @param keys of all there are @returns these, and those of what has gone */
  stages(keys: readonly Key[]): Iterable<Key> {
    const all = new Map([...this.#stages, ...named(keys)])
    this.#stages = named(keys)
    return all.values()
  }

  /** As `stages`; `add`: of some there are. */
  domains(keys: readonly Key[], how: 'all' | 'add' = 'all'): Iterable<Key> {
    const all = new Map([...this.#domains, ...named(keys)])
    this.#domains = how === 'all' ? named(keys) : all
    return how === 'all' ? all.values() : keys
  }

  follow(changes: readonly Change[]): void {
    for (const { kind, key, operation } of changes) {
      if (operation === 'clear') {
        this.#stages.clear()
        this.#domains.clear()
      } else if (areStages(kind) && operation === 'delete') this.#stages.delete(keyName(key))
      else if (areStages(kind)) this.#stages.set(keyName(key), key)
    }
  }
}

function named(keys: readonly Key[]): Map<string, Key> {
  return new Map(keys.map((key) => [keyName(key), key]))
}

function keyName({ account, region, parent, id }: Key): string {
  return `${account} ${region} ${parent} ${id}`
}

async function applyAll(
  store: Store,
  stages: StageRecords,
  served: ServedStages,
  changes: readonly Change[],
): Promise<void> {
  for (const { kind, key, operation } of changes) {
    if (operation === 'clear') await served.clear()
    else if (kind === records.cacheFlush.name) await flush(store, served, key)
    else if (areLinks(kind)) await applyLinked(stages, served, key)
    else if (!areStages(kind)) continue
    else if (operation === 'delete') await served.remove(key.parent, key.id)
    else await apply(stages, served, key)
  }
}

function areStages(kind: string): boolean {
  return kind === records.stage.name || kind === records.apiStage.name
}

function areLinks(kind: string): boolean {
  return kind === records.vpcLink.name || kind === records.apiVpcLink.name
}

/** Stages know the targets of links by what the links are called. */
async function applyLinked(stages: StageRecords, served: ServedStages, link: Key): Promise<void> {
  for (const key of await stages.all()) {
    if (key.account !== link.account || key.region !== link.region) continue
    const deployed = await stages.read(key)
    if (deployed !== undefined && goesThroughLinks(deployed)) await served.put(deployed)
  }
}

/** A flush that is gone went with its stage. */
async function flush(store: Store, served: ServedStages, key: Key): Promise<void> {
  const flushed = (await store.read(records.cacheFlush, key))?.value
  if (flushed !== undefined) await served.flush(key.parent, flushed.stageName, flushed.cache)
}

async function applyDomain(domains: DomainRecords, served: ServedStages, key: Key): Promise<void> {
  const deployed = await domains.read(key)
  if (deployed === undefined) await served.removeDomain(domainIdOf(key))
  else await served.putDomain(deployed)
}

async function apply(stages: StageRecords, served: ServedStages, key: Key): Promise<void> {
  // As it is now: a later commit may have changed or deleted it already.
  const deployed = await stages.read(key)
  if (deployed === undefined) await served.remove(key.parent, key.id)
  else await served.put(deployed)
}
