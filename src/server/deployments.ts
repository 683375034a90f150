import { createMutex } from '#base/mutex.ts'
import { records } from '#model/records.ts'
import type { Change, Key, Store } from '#store/store.ts'
import type { DeployedStage, ServedStages } from './served-stages.ts'

/** Keeps what is served true to the store. */
export interface Deployments {
  /**
   * Gives `served` every stage there is. Changes wait for it: one that `served` is told of otherwise comes either
   * before all of this or after it.
   * @throws StoreUnavailable when what is deployed cannot be read; what `served` throws
   */
  tellAll(served: ServedStages): Promise<void>
  stop(): void
}

/**
 * Gives `served` every stage now, and after each commit those that it touched. Snapshots, and what versions of the
 * documentation hold, never change, so the records of stages and of their flushes are all there is to watch. A commit is
 * acknowledged after this has run: what a client was told is deployed is served.
 * @throws StoreUnavailable when what is deployed cannot be read
 */
export async function startDeployments(store: Store, served: ServedStages): Promise<Deployments> {
  const inTurn = createMutex()
  const tellAll = (to: ServedStages): Promise<void> =>
    inTurn(async () => {
      for (const { key } of await store.scan(records.stage)) await apply(store, to, key)
    })
  const stop = store.watch((changes) => inTurn(() => applyAll(store, served, changes)))
  await tellAll(served)
  return { tellAll, stop }
}

async function applyAll(store: Store, served: ServedStages, changes: readonly Change[]): Promise<void> {
  for (const { kind, key, operation } of changes) {
    if (operation === 'clear') await served.clear()
    else if (kind === records.cacheFlush.name) await flush(store, served, key)
    else if (kind !== records.stage.name) continue
    else if (operation === 'delete') await served.remove(key.parent, key.id)
    else await apply(store, served, key)
  }
}

/** A flush that is gone went with its stage. */
async function flush(store: Store, served: ServedStages, key: Key): Promise<void> {
  const flushed = (await store.read(records.cacheFlush, key))?.value
  if (flushed !== undefined) await served.flush(key.parent, flushed.stageName, flushed.cache)
}

/** The stage as it is now: a later commit may have changed or deleted it already. */
async function apply(store: Store, served: ServedStages, key: Key): Promise<void> {
  const stage = (await store.read(records.stage, key))?.value
  const snapshotOf = async (id: string) => (await store.read(records.snapshot, { ...key, id }))?.value
  const snapshot = stage && (await snapshotOf(stage.deploymentId))
  const canary = stage?.canarySettings && (await snapshotOf(stage.canarySettings.deploymentId))
  const version = stage?.documentationVersion
  const documentation =
    version === undefined
      ? undefined
      : (await store.read(records.documentationVersion, { ...key, id: version }))?.value
  if (stage === undefined || snapshot === undefined) await served.remove(key.parent, key.id)
  else {
    await served.put({
      apiId: key.parent,
      snapshot,
      stage,
      canary,
      documentation,
      vpcLinks: await vpcLinksOf(store, key),
      clientCertificate: await clientCertificateOf(store, key, stage.clientCertificateId),
    })
  }
}

/** By what else links are known; undefined where there are none. */
async function vpcLinksOf(store: Store, { account, region }: Key): Promise<DeployedStage['vpcLinks']> {
  const links = await store.list(records.vpcLink, { account, region, parent: '' })
  if (links.length === 0) return undefined
  return Object.fromEntries(links.map(({ value: { id, name, targetArns } }) => [id, [...targetArns, name]]))
}

async function clientCertificateOf(
  store: Store,
  { account, region }: Key,
  id: string | undefined,
): Promise<DeployedStage['clientCertificate']> {
  if (id === undefined) return undefined
  const key = { account, region, parent: '', id }
  const [certificate, secret] = await Promise.all([
    store.read(records.clientCertificate, key),
    store.read(records.clientCertificateKey, key),
  ])
  if (certificate === undefined || secret === undefined) return undefined
  return { certificate: certificate.value.pemEncodedCertificate, key: secret.value.pem }
}
