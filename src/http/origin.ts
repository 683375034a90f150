/** Where requests of one kind go, and how: what a pool of connections is kept for. */
export interface Origin {
  readonly secure: boolean
  /** A name or an address, an IPv6 one without brackets. */
  readonly hostname: string
  readonly port: number
  /** `host` or `host:port`, for the Host field. */
  readonly authority: string
  /** Whether the certificate must be valid for the name. */
  readonly verify: boolean
}

/**
 * @param text `http://backend.example` or `https://10.0.0.1:8443`
 * @returns undefined when it is not that
 */
export function parseOrigin(text: string, verify: boolean): Origin | undefined {
  if (!ORIGIN.test(text) || !URL.canParse(text)) return undefined
  const { protocol, hostname, port, host } = new URL(text)
  const secure = protocol === 'https:'
  return {
    secure,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 443 : 80)),
    authority: host,
    verify,
  }
}

const ORIGIN = /^https?:\/\/[^/?#@\\\s]+$/i
