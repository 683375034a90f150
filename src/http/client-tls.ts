import { createHash, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext, getCACertificates } from 'node:tls'
import { HttpError } from './errors.ts'
import type { Origin } from './origin.ts'

/** How a backend must prove who it is, and how we do. Connections are shared among requests of equal settings only. */
export interface ClientTls {
  /** Certificate authorities to trust in place of the usual ones, PEM, one or several. */
  readonly ca?: string | undefined
  /** Certificate authorities to trust beside those, PEM, one or several. */
  readonly extraCa?: string | undefined
  /** Our certificate for backends that ask for one, PEM, with the intermediate ones after it. */
  readonly cert?: string | undefined
  /** Its private key, PEM. */
  readonly key?: string | undefined
  /** The name that is asked for (SNI) and that the certificate must be for; the origin's host when absent. */
  readonly serverName?: string | undefined
  /** TLSv1.2 when absent. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  /** Accepts any certificate. */
  readonly insecureSkipVerification?: boolean | undefined
}

/** The settings of one pool, as the socket takes them, and what its connections remember together. */
export interface TlsDialing {
  readonly options: Bun.TLSOptions
  readonly verify: boolean
  /** The last session: a further connection resumes it. */
  session: Buffer | undefined
}

/** @throws HttpError `tls` when certificates and key are not what they should be */
export function tlsDialing(settings: ClientTls, { hostname }: Origin): TlsDialing {
  const { ca, extraCa, cert, key, minVersion, insecureSkipVerification } = settings
  const verify = insecureSkipVerification !== true
  if (isIP(settings.serverName ?? '') !== 0) {
    throw new HttpError(
      'tls',
      `found the server name ${settings.serverName}, expected a name, not an address`,
    )
  }
  const name = settings.serverName ?? hostname
  const trusted = ca === undefined ? undefined : certificates(ca)
  const authorities =
    extraCa === undefined ? trusted : [...(trusted ?? getCACertificates('default')), ...certificates(extraCa)]
  try {
    if (cert !== undefined || key !== undefined) createSecureContext({ cert, key })
  } catch (cause) {
    throw new HttpError('tls', `the client certificate cannot be used: ${(cause as Error).message}`, {
      cause,
    })
  }
  const options = {
    rejectUnauthorized: verify,
    minVersion: VERSIONS[minVersion ?? 'TLSv1.2'],
    // Server Name Indication is for names alone (RFC 6066 §3); without one the certificate is checked for the address.
    serverName: isIP(name) === 0 ? name : '',
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
  return { options, verify, session: undefined }
}

/** Equal for equal settings, and shows nothing of the key. */
export function tlsFingerprint(settings: ClientTls): string {
  const { ca, extraCa, cert, key, serverName, minVersion, insecureSkipVerification } = settings
  const values = [ca, extraCa, cert, key, serverName, minVersion, insecureSkipVerification]
  return createHash('sha256').update(JSON.stringify(values)).digest('base64')
}

/** @throws HttpError `tls` when a text is no list of PEM certificates */
export function certificates(pem: string): string[] {
  const found = pem.match(CERTIFICATE) ?? []
  try {
    if (found.length === 0) throw new Error('found none')
    for (const one of found) void new X509Certificate(one)
  } catch (cause) {
    throw new HttpError('tls', `expected PEM certificates of authorities: ${(cause as Error).message}`, {
      cause,
    })
  }
  return found
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
/** As the handshake numbers them (RFC 8446 §4.2.1). */
const VERSIONS = { 'TLSv1.2': 0x0303, 'TLSv1.3': 0x0304 } as const
