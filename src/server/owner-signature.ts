import { readClaim } from '#aws/signature-claim.ts'
import { SignatureError } from '#aws/signature-error.ts'
import { verify } from '#aws/sigv4.ts'
import type { HttpRequest } from '#http/message.ts'
import type { AccessKeyPair } from './credentials.ts'

/** Signatures are for it: one that was made for an API is of no use here. */
const SIGNING_NAME = 'apigateway'

/**
 * Why a request is not taken for the owner's; undefined when it is.
 * @param owners keys of the configuration; without any, everybody is the owner
 * @param account 12 digits
 */
export function ownerRefusal(
  request: HttpRequest,
  body: Uint8Array,
  owners: readonly AccessKeyPair[],
  account: string,
  nowMs: number,
): string | undefined {
  if (owners.length === 0) return undefined
  const { method, target, headers } = request
  try {
    const claim = readClaim(request)
    if (claim === undefined || claim.service !== SIGNING_NAME) {
      return `This is for the owner: sign the request with one of --credentials, for the service ${SIGNING_NAME}.`
    }
    const owner = owners.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId)
    verify(claim, { method, target, headers, body }, owner && { secret: owner.secret, account }, nowMs)
    return undefined
  } catch (error) {
    if (error instanceof SignatureError) return error.message
    throw error
  }
}
