import { readClaim } from '#aws/signature-claim.ts'
import { SignatureError } from '#aws/signature-error.ts'
import { verify } from '#aws/sigv4.ts'
import type { Clock } from '#base/clock.ts'
import { BodyTooLarge } from '#http/errors.ts'
import type { HttpHandler, HttpReply, HttpRequest } from '#http/message.ts'
import type { AccessKeyPair } from '../credentials.ts'
import { jsonReply } from '../json-reply.ts'
import { newPass, passSecondsDefault, passSecondsMax, type ExplainPass } from './explain-pass.ts'

export interface IssueOptions {
  /** Whose signature is asked for; nobody's where there are none. */
  readonly owners: readonly AccessKeyPair[]
  /** 12 digits. */
  readonly account: string
  readonly clock: Clock
  /** Resolves once every process that serves knows the pass. */
  readonly allow: (pass: ExplainPass) => void | Promise<void>
}

const BODY_BYTES_MAX = 1024
/** Signatures are for it: one that was made for an API is of no use here. */
const SIGNING_NAME = 'apigateway'

/** Answers `POST` of `{ "seconds": 60 }` with `{ "token", "seconds" }`. */
export function createPassIssuer(options: IssueOptions): HttpHandler {
  const { owners, clock, allow } = options
  return async (request) => {
    let body: Uint8Array
    try {
      body = await request.body.bytes(BODY_BYTES_MAX)
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) throw error
      return jsonReply(413, { message: `the body is longer than ${BODY_BYTES_MAX} bytes` })
    }
    const refusal = owners.length > 0 ? refusalOf(request, body, options) : undefined
    if (refusal !== undefined) return refusal
    const seconds = secondsOf(body)
    if (seconds === undefined) {
      const message = `expected {"seconds": N} with N from 1 to ${passSecondsMax}, or no body`
      return jsonReply(400, { message })
    }
    const { token, pass } = newPass(clock.now(), seconds)
    await allow(pass)
    return jsonReply(200, { token, seconds })
  }
}

function refusalOf(
  request: HttpRequest,
  body: Uint8Array,
  { owners, account, clock }: IssueOptions,
): HttpReply | undefined {
  const { method, target, headers } = request
  try {
    const claim = readClaim(request)
    if (claim === undefined || claim.service !== SIGNING_NAME) {
      const message = `Explaining is for the owner: sign the request with one of --credentials, for the service ${SIGNING_NAME}.`
      return jsonReply(403, { message })
    }
    const owner = owners.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId)
    const key = owner && { secret: owner.secret, account }
    verify(claim, { method, target, headers, body }, key, clock.now())
    return undefined
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error
    return jsonReply(403, { message: error.message })
  }
}

function secondsOf(body: Uint8Array): number | undefined {
  if (body.length === 0) return passSecondsDefault
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
  const seconds = (value as { seconds?: unknown } | null)?.seconds ?? passSecondsDefault
  const valid = typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1
  return valid && seconds <= passSecondsMax ? seconds : undefined
}
