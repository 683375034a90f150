import { isIP } from 'node:net'
import type { HttpRequest } from '#http/message.ts'

/** Decides whether the control plane may answer a request that a web page could have sent. */
export interface LocalGuard {
  /** Why the request is refused; undefined when it may pass. */
  refusal(request: HttpRequest): string | undefined
}

/** Names, with all below them, that are this machine and nothing else. */
const LOOPBACK = ['localhost', 'localhost.localstack.cloud']
/** Names, with all below them, that no stranger can point at this machine. */
const BEYOND_STRANGERS = ['amazonaws.com', 'host.docker.internal']

/**
 * Browsers must not be a way in. A page's own requests carry its Origin: pages that are not this machine's are
 * refused, those in somebody's bucket at amazonaws.com among them. A page whose name was made to resolve to this
 * machine (DNS rebinding) is same-origin to itself and sends no Origin with a GET, so where any signature is accepted
 * the Host must be a name that only this machine's owner can have given it.
 * @param anySignature no credentials are configured
 */
export function createLocalGuard(anySignature: boolean, allowedHosts: readonly string[]): LocalGuard {
  const allowed = new Set(allowedHosts)
  return {
    refusal({ headers }) {
      const origin = headers.get('origin')
      if (origin !== undefined) {
        const page = hostOfOrigin(origin)
        if (!isLoopback(page) && !allowed.has(page)) {
          return `Requests from web pages of ${printable(origin)} are not accepted here; --allowed-hosts allows a host's.`
        }
      }
      const host = hostName(headers.get('host') ?? '')
      if (anySignature && !isOwners(host) && !allowed.has(host)) {
        return (
          `Without credentials the control plane answers to local names only, not to ${printable(host)}. ` +
          'Configure --credentials, or allow the name with --allowed-hosts.'
        )
      }
      return undefined
    },
  }
}

function isLoopback(name: string): boolean {
  return isAmong(name, LOOPBACK) || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
}

/** Whether only the owner of this machine, or of its network, can have given it this name. */
function isOwners(name: string): boolean {
  if (name === '') return false
  // Addresses cannot be rebound; names without a dot are the machine's own or its containers'.
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.')) return true
  return isAmong(name, LOOPBACK) || isAmong(name, BEYOND_STRANGERS)
}

function isAmong(name: string, names: readonly string[]): boolean {
  return names.some((known) => name === known || name.endsWith(`.${known}`))
}

function hostOfOrigin(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname.toLowerCase() : ''
}

/** The Host field's name, lower case, without port. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '')
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
