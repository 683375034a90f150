import { tlsDialing, tlsFingerprint, type ClientTls } from './client-tls.ts'
import type { HttpClientRequest } from './client.ts'
import { HttpError } from './errors.ts'
import { parseOrigin } from './origin.ts'
import { OriginPool, type PoolOptions } from './pool.ts'

type Pools = Map<string, OriginPool>

/** Pools of one kind that are kept although they are unused. */
const UNUSED_MAX = 1000

/** The pools of a client: one for each origin, and each way in which TLS is spoken with it. */
export class PoolTable {
  readonly #options: PoolOptions
  readonly #tls: ClientTls
  /** Of requests without settings of their own. */
  readonly #verified: Pools = new Map()
  readonly #unverified: Pools = new Map()
  /** Of the others, by fingerprint. */
  readonly #others = new Map<string, Pools>()
  /** By the settings of requests, and what else they say of verification. */
  readonly #fingerprints = new WeakMap<ClientTls, Map<boolean | undefined, string>>()

  /** @param tls for requests that say nothing else */
  constructor(options: PoolOptions, tls: ClientTls) {
    this.#options = options
    this.#tls = tls
  }

  /** @throws HttpError when there can be no pool: `malformed`, `tls` */
  find(request: HttpClientRequest): OriginPool {
    const { origin, tls, insecureSkipVerification = this.#tls.insecureSkipVerification } = request
    const pools =
      tls !== undefined
        ? this.#poolsOf(this.#fingerprint(request, tls))
        : insecureSkipVerification === true
          ? this.#unverified
          : this.#verified
    return pools.get(origin) ?? this.#add(pools, request)
  }

  /** Ends every wait for a connection, and forgets all. */
  close(): void {
    for (const pools of [this.#verified, this.#unverified, ...this.#others.values()]) {
      for (const pool of pools.values()) pool.close()
      pools.clear()
    }
    this.#others.clear()
  }

  #add(pools: Pools, request: HttpClientRequest): OriginPool {
    const origin = parseOrigin(request.origin)
    if (origin === undefined) {
      const found = JSON.stringify(request.origin)
      throw new HttpError(
        'malformed',
        `found the origin ${found}, expected http(s)://host[:port] or unix:/path`,
      )
    }
    const tls = origin.secure ? tlsDialing(this.#settings(request), origin) : undefined
    // Origins come from stage variables and mapped paths, too: their number must not grow for ever.
    if (pools.size >= UNUSED_MAX) forgetUnused(pools)
    const pool = new OriginPool(origin, tls, this.#options)
    pools.set(request.origin, pool)
    return pool
  }

  #fingerprint(request: HttpClientRequest, tls: ClientTls): string {
    let known = this.#fingerprints.get(tls)
    if (known === undefined) this.#fingerprints.set(tls, (known = new Map()))
    const { insecureSkipVerification } = request
    let fingerprint = known.get(insecureSkipVerification)
    if (fingerprint === undefined) {
      fingerprint = tlsFingerprint(this.#settings(request))
      known.set(insecureSkipVerification, fingerprint)
    }
    return fingerprint
  }

  #poolsOf(fingerprint: string): Pools {
    let pools = this.#others.get(fingerprint)
    if (pools === undefined) {
      if (this.#others.size >= UNUSED_MAX) {
        for (const [key, others] of this.#others) {
          forgetUnused(others)
          if (others.size === 0) this.#others.delete(key)
        }
      }
      pools = new Map()
      this.#others.set(fingerprint, pools)
    }
    return pools
  }

  /** What holds for a request: its own settings before the client's. */
  #settings({ tls, insecureSkipVerification }: HttpClientRequest): ClientTls {
    const usual = this.#tls
    return {
      ca: tls?.ca ?? usual.ca,
      extraCa: tls?.extraCa ?? usual.extraCa,
      // A certificate and its key belong together.
      cert: tls?.cert === undefined ? usual.cert : tls.cert,
      key: tls?.cert === undefined ? usual.key : tls.key,
      serverName: tls?.serverName ?? usual.serverName,
      minVersion: tls?.minVersion ?? usual.minVersion,
      insecureSkipVerification:
        insecureSkipVerification ?? tls?.insecureSkipVerification ?? usual.insecureSkipVerification,
    }
  }
}

function forgetUnused(pools: Pools): void {
  for (const [origin, { unused }] of pools) if (unused) pools.delete(origin)
}
