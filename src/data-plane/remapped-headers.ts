import { FieldRules } from '#http/field-rules.ts'
import { Headers } from '#http/headers.ts'
import { HeaderNames } from './header-names.ts'

/** Which headers of an integration come back under another name, and which not at all. */
export interface HeaderRules {
  readonly remapped: HeaderNames
  readonly dropped: HeaderNames
}

/** Headers that mappings and templates of HTTP, AWS and MOCK integrations produced (recorded on AWS). */
export const mappedRules: HeaderRules = {
  remapped: new HeaderNames(
    'Connection',
    'Content-Length',
    'Date',
    'Server',
    'Authorization',
    'Content-MD5',
    'Expect',
    'Host',
    'Max-Forwards',
    'Proxy-Authenticate',
    'Trailer',
    'Upgrade',
    'User-Agent',
    'WWW-Authenticate',
  ),
  dropped: new HeaderNames('Transfer-Encoding'),
}

/** Headers of a function's proxy response (recorded on AWS). */
export const awsProxyRules: HeaderRules = {
  remapped: new HeaderNames(
    'Connection',
    'Content-Length',
    'Date',
    'Server',
    'WWW-Authenticate',
    'Authorization',
    'Host',
    'User-Agent',
  ),
  dropped: new HeaderNames('Transfer-Encoding'),
}

/** The gateway's own headers are not for integrations to repeat. */
const OWN: HeaderNames = new HeaderNames('x-amzn-RequestId', 'x-amz-apigw-id')

const REMAPPED = 'x-amzn-Remapped-'

/**
 * Headers of a backend behind HTTP_PROXY (recorded on AWS). Content-Encoding passes, as the developer guide's
 * "important notes" have it: the body is passed on undecoded.
 */
export const httpProxyRules: FieldRules = new FieldRules({
  prefix: REMAPPED,
  prefixed: ['connection', 'content-length', 'date', 'server', 'x-amzn-requestid', 'x-amz-apigw-id'],
  dropped: ['transfer-encoding', 'via', 'keep-alive', 'trailer', 'proxy-connection'],
})

/** Adds one header as the rules have it. */
export function addRemapped(headers: Headers, rules: HeaderRules, name: string, value: string): void {
  if (rules.dropped.has(name)) return
  if (rules.remapped.has(name) || OWN.has(name)) headers.add(REMAPPED + name, value)
  else headers.add(name, value)
}

/** All of `given` as the rules have it. */
export function remapHeaders(given: Headers, rules: HeaderRules): Headers {
  const headers = new Headers()
  const { raw } = given
  for (let i = 0; i < raw.length; i += 2) {
    addRemapped(headers, rules, raw[i] as string, raw[i + 1] as string)
  }
  return headers
}
