import { isIP } from 'node:net'
import type { HttpRequest } from '#http/message.ts'

/** Decides whether the control plane may answer a request that a web page could have sent. */
export interface LocalGuard {
  /** Why the request is refused; undefined when it may pass. */
  refusal(request: HttpRequest): string | undefined
}

/** Suffixes that no stranger can point at this machine by a name of their own. */
const LOCAL_SUFFIXES = ['.localhost', '.localhost.localstack.cloud', '.amazonaws.com']
const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost.localstack.cloud', 'host.docker.internal'])

/**
 * Browsers must not be a way in. A page's own requests carry its Origin: foreign ones are refused. A page whose name
 * was made to resolve to this machine (DNS rebinding) is same-origin to itself, so where any signature is accepted
 * the Host must be a name that only this machine's owner can have given it.
 * @param anySignature no credentials are configured
 */
export function createLocalGuard(anySignature: boolean, allowedHosts: readonly string[]): LocalGuard {
  const allowed = new Set(allowedHosts)
  const isLocal = (name: string): boolean => isLocalName(name) || allowed.has(name)
  return {
    refusal({ headers }) {
      const origin = headers.get('origin')
      if (origin !== undefined && !isLocal(hostOfOrigin(origin))) {
        return `Requests from web pages of ${printable(origin)} are not accepted here.`
      }
      const host = hostName(headers.get('host') ?? '')
      if (anySignature && !isLocal(host)) {
        return (
          `Without credentials the control plane answers to local names only, not to ${printable(host)}. ` +
          'Configure --credentials, or allow the name with --allowed-hosts.'
        )
      }
      return undefined
    },
  }
}

function isLocalName(name: string): boolean {
  if (name === '') return false
  // Addresses cannot be rebound; names without a dot are the machine's own or its containers'.
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.')) return true
  return LOCAL_NAMES.has(name) || LOCAL_SUFFIXES.some((suffix) => name.endsWith(suffix))
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
