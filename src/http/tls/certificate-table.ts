import { createHash } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { RevokedCertificates } from './revocation-list.ts'
import { securityPolicies, type SecurityPolicy } from './security-policy.ts'

/** How one server, or several, shows itself to TLS clients. */
export interface ServerIdentity {
  /** The server's certificate and those that vouch for it, PEM, its own first. */
  readonly certificate: string
  /** PEM, not encrypted. */
  readonly key: string
  /** `TLS_1_2` when undefined. */
  readonly securityPolicy?: SecurityPolicy | undefined
  /**
   * Mutual TLS: certificates of the authorities whose clients are trusted, roots included, PEM. A client without a
   * certificate is turned away; one with another certificate is let in with a word of why it is not trusted
   * (`Peer.certificateFault`), so that it can be answered.
   */
  readonly trustStore?: string | undefined
  /** Client certificates that the trust store's authorities have taken back. */
  readonly revoked?: RevokedCertificates | undefined
}

export interface ServerIdentities {
  /** `api.example.com`; `*.example.com` for all names with one label more. */
  readonly byName?: ReadonlyMap<string, ServerIdentity> | undefined
  /** For clients that give no name, or one that is not here; undefined: they are refused. */
  readonly fallback?: ServerIdentity | undefined
}

/** An identity made ready for handshakes. */
export interface PreparedIdentity {
  /** Holds the parsed certificate and key, and the keys of session tickets. */
  readonly context: SecureContext['context']
  /** Whether clients must show a certificate, whosever. */
  readonly mutual: boolean
  readonly revoked: RevokedCertificates | undefined
}

/** A name, certificate, key or trust store that cannot be used. Says which; never shows the key. */
export class CertificateError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CertificateError'
  }
}

/** Which certificate is shown to whom. Handshakes that begin after a `swap` see the new content, whole. */
export class CertificateTable {
  #byName: ReadonlyMap<string, PreparedIdentity> = new Map()
  #fallback: PreparedIdentity | undefined
  /** By digest of the identity: what a swap leaves as it was keeps its context, and clients their sessions. */
  #prepared: ReadonlyMap<string, PreparedIdentity> = new Map()

  /** @throws CertificateError */
  constructor(identities: ServerIdentities = {}) {
    this.swap(identities)
  }

  /** @throws CertificateError and keeps what it had */
  swap({ byName = new Map(), fallback }: ServerIdentities): void {
    const prepared = new Map<string, PreparedIdentity>()
    const ready = (identity: ServerIdentity, place: string): PreparedIdentity => {
      const digest = digestOf(identity)
      const { revoked } = identity
      const known = prepared.get(digest) ?? this.#prepared.get(digest) ?? prepare(identity, place)
      const found = known.revoked === revoked ? known : { ...known, revoked }
      prepared.set(digest, found)
      return found
    }
    const names = new Map<string, PreparedIdentity>()
    for (const [name, identity] of byName) {
      const key = name.toLowerCase()
      if (!NAME.test(key)) {
        throw new CertificateError(
          `${JSON.stringify(name)} is not a server name: expected api.example.com or *.example.com`,
        )
      }
      if (names.has(key)) throw new CertificateError(`there are two certificates for ${key}`)
      names.set(key, ready(identity, key))
    }
    this.#fallback = fallback === undefined ? undefined : ready(fallback, 'the default')
    this.#byName = names
    this.#prepared = prepared
  }

  /** @param serverName in lower case */
  find(serverName: string | undefined): PreparedIdentity | undefined {
    if (serverName === undefined) return this.#fallback
    return (
      this.#byName.get(serverName) ??
      this.#byName.get(`*${serverName.slice(serverName.indexOf('.'))}`) ??
      this.#fallback
    )
  }
}

const NAME = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/

function prepare(identity: ServerIdentity, place: string): PreparedIdentity {
  const { certificate, key, securityPolicy = 'TLS_1_2', trustStore } = identity
  const { minVersion, ciphers } = securityPolicies[securityPolicy]
  const mutual = trustStore !== undefined
  // The library takes nothing for an answer, and an empty trust store for the system's.
  if (!CERTIFICATE.test(certificate)) throw new CertificateError(`there is no PEM certificate for ${place}`)
  if (!KEY.test(key)) throw new CertificateError(`there is no PEM key, not encrypted, for ${place}`)
  if (mutual && !CERTIFICATE.test(trustStore)) {
    throw new CertificateError(`there is no PEM certificate in the trust store of ${place}`)
  }
  try {
    const { context } = createSecureContext({
      cert: certificate,
      key,
      minVersion,
      ...(ciphers.length > 0 && { ciphers: ciphers.join(':') }),
      ...(mutual && { ca: trustStore, ...ASKED }),
    })
    return { context, mutual, revoked: identity.revoked }
  } catch (error) {
    throw new CertificateError(
      `the certificate, key or trust store of ${place} cannot be used: ${reason(error)}`,
    )
  }
}

const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\r?$/m
const KEY = /^-----BEGIN (RSA |EC )?PRIVATE KEY-----\r?$(?!\s*Proc-Type)/m
/** Part of what Bun's contexts are made from, not of Node's types. */
const ASKED: object = { requestCert: true, rejectUnauthorized: false }

/** What the library says: codes and words, nothing of the input. */
function reason(error: unknown): string {
  return (error as { reason?: string }).reason ?? (error as { code?: string }).code ?? 'unknown format'
}

function digestOf({ certificate, key, securityPolicy, trustStore }: ServerIdentity): string {
  const content = JSON.stringify([certificate, key, securityPolicy, trustStore])
  return createHash('sha256').update(content).digest('base64')
}
