import { silentLog, type Log } from '#base/log.ts'
import { clientCertificatePlace } from '#model/client-certificate.ts'
import { records } from '#model/records.ts'
import type { Stage } from '#model/rest-api.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'
import { plainSealer, SealError, type Sealer } from '#store/sealing.ts'
import type { Key, Store } from '#store/store.ts'
import type {
  DeployedHttpStage,
  DeployedRestStage,
  DeployedStage,
  DeployedWebSocketStage,
} from './served-stages.ts'

/** Stages as they are to be served, read from the store with all that they name. */
export class StageRecords {
  readonly #store: Store
  readonly #sealer: Sealer
  readonly #log: Log
  readonly #trafficRules: () => readonly TrafficRule[]

  /**
   * @param sealer opens the keys of client certificates
   * @param trafficRules at present
   */
  constructor(
    store: Store,
    sealer: Sealer = plainSealer,
    log: Log = silentLog,
    trafficRules: () => readonly TrafficRule[] = () => [],
  ) {
    this.#store = store
    this.#sealer = sealer
    this.#log = log
    this.#trafficRules = trafficRules
  }

  async all(): Promise<Key[]> {
    const ofRestApis = await this.#store.scan(records.stage)
    const ofOthers = await this.#store.scan(records.apiStage)
    return [...ofRestApis, ...ofOthers].map(({ key }) => key)
  }

  /** The stage as it is now; undefined when there is nothing to serve. */
  async read(key: Key): Promise<DeployedStage | undefined> {
    // An API's id says nothing of its kind, and no two APIs have the same.
    return (await this.#readRest(key)) ?? this.#readRouted(key)
  }

  async #readRouted(key: Key): Promise<DeployedHttpStage | DeployedWebSocketStage | undefined> {
    const stage = (await this.#store.read(records.apiStage, key))?.value
    if (stage?.deploymentId === undefined) return undefined
    const snapshot = (await this.#store.read(records.apiSnapshot, { ...key, id: stage.deploymentId }))?.value
    if (snapshot === undefined) return undefined
    return {
      protocol: snapshot.protocol,
      apiId: key.parent,
      snapshot,
      stage,
      // WebSocket APIs have those of REST APIs (developer guide, "Setting up a WebSocket API integration request").
      vpcLinks: await (snapshot.protocol === 'WEBSOCKET' ? this.#vpcLinks(key) : this.#apiVpcLinks(key)),
      trafficRules: this.#rulesOf(stage),
      clientCertificate: await this.#clientCertificate(key, stage.clientCertificateId),
    }
  }

  async #readRest(key: Key): Promise<DeployedRestStage | undefined> {
    const store = this.#store
    const stage = (await store.read(records.stage, key))?.value
    if (stage === undefined) return undefined
    const snapshotOf = async (id: string) => (await store.read(records.snapshot, { ...key, id }))?.value
    const snapshot = await snapshotOf(stage.deploymentId)
    if (snapshot === undefined) return undefined
    const { canarySettings, documentationVersion: version } = stage
    return {
      protocol: 'REST',
      apiId: key.parent,
      snapshot,
      stage,
      canary: canarySettings && (await snapshotOf(canarySettings.deploymentId)),
      documentation:
        version === undefined
          ? undefined
          : (await store.read(records.documentationVersion, { ...key, id: version }))?.value,
      vpcLinks: await this.#vpcLinks(key),
      trafficRules: this.#rulesOf(stage),
      clientCertificate: await this.#clientCertificate(key, stage.clientCertificateId),
    }
  }

  /** Those that may be for the stage's methods or routes; undefined where there are none. */
  #rulesOf({ stageName }: Pick<Stage, 'stageName'>): DeployedStage['trafficRules'] {
    const rules = this.#trafficRules().filter(({ stage }) => stage === '*' || stage === stageName)
    return rules.length === 0 ? undefined : rules
  }

  /** By what else links are known; undefined where there are none. */
  async #vpcLinks({ account, region }: Key): Promise<DeployedStage['vpcLinks']> {
    const links = await this.#store.list(records.vpcLink, { account, region, parent: '' })
    if (links.length === 0) return undefined
    return Object.fromEntries(links.map(({ value: { id, name, targetArns } }) => [id, [...targetArns, name]]))
  }

  /** The same of HTTP APIs' links. */
  async #apiVpcLinks({ account, region }: Key): Promise<DeployedStage['vpcLinks']> {
    const links = await this.#store.list(records.apiVpcLink, { account, region, parent: '' })
    if (links.length === 0) return undefined
    return Object.fromEntries(links.map(({ value: { vpcLinkId, name } }) => [vpcLinkId, [name]]))
  }

  async #clientCertificate(
    { account, region }: Key,
    id: string | undefined,
  ): Promise<DeployedStage['clientCertificate']> {
    if (id === undefined) return undefined
    const key = { account, region, parent: '', id }
    const [certificate, secret] = await Promise.all([
      this.#store.read(records.clientCertificate, key),
      this.#store.read(records.clientCertificateKey, key),
    ])
    if (certificate === undefined || secret === undefined) return undefined
    try {
      return {
        certificate: certificate.value.pemEncodedCertificate,
        key: this.#sealer.open(secret.value.pem, clientCertificatePlace(id)),
      }
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      // The stage serves all the same: a backend that insists on the certificate refuses for itself.
      this.#log.error('a client certificate is not shown to backends', { id, reason: error.message })
      return undefined
    }
  }
}
