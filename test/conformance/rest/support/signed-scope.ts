import { expect } from 'bun:test'
import { readClaim } from '#aws/signature-claim.ts'
import { verify, type SigningKeys } from '#aws/sigv4.ts'
import { Headers } from '#http/headers.ts'
import type { Received } from './backend.ts'
import { ACCOUNT } from './definition.ts'

/** `{region}/{service}` of a request whose signature, which covers its body, is right. @throws when it is not */
export function signedScope({ method, target, headers, body }: Received, keys: SigningKeys): string {
  const list = headers.flatMap((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
  const request = { method, target, headers: new Headers(list), body: Buffer.from(body, 'latin1') }
  const claim = readClaim(request)
  if (claim === undefined) throw new Error('the request is not signed')
  const isOurs = claim.accessKeyId === keys.accessKeyId
  verify(claim, request, isOurs ? { secret: keys.secretAccessKey, account: ACCOUNT } : undefined, Date.now())
  expect(claim.signedHeaders).toContain('x-amz-content-sha256')
  return `${claim.region}/${claim.service}`
}
