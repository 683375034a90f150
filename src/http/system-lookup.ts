/** One address of a name. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
  /** How long it may be used, where the source says so. */
  readonly ttlSeconds?: number | undefined
}

/**
 * Asks for the addresses of a name.
 * @throws Error with a `code`; `NO_SUCH_NAME` tells those that mean that there is none
 */
export type Lookup = (name: string) => Promise<readonly ResolvedAddress[]>

/** Codes that say that a name has no address, as against those that say that nobody could be asked. */
export const NO_SUCH_NAME: RegExp = /ENOTFOUND|ENODATA|ENONAME/

/**
 * The addresses of a name as this machine sees them: the hosts file, then DNS with its search domains. The resolver
 * that tells how long an answer holds is asked first; the system's own, which knows of further sources (mDNS, LDAP …),
 * where that finds nothing.
 */
export const systemLookup: Lookup = async (name) => {
  try {
    // A TTL of 0 is that of the hosts file, too.
    const found = await Bun.dns.lookup(name, { backend: 'c-ares', socketType: 'tcp' })
    return found.map(({ address, family, ttl }) => ({ address, family, ttlSeconds: ttl }))
  } catch {
    const found = await Bun.dns.lookup(name, { backend: 'system', socketType: 'tcp' })
    return found.map(({ address, family }) => ({ address, family }))
  }
}
