import type { Clock } from '#base/clock.ts'
import { BodyTooLarge } from '#http/errors.ts'
import type { HttpHandler } from '#http/message.ts'
import type { AccessKeyPair } from '../credentials.ts'
import { jsonReply } from '../json-reply.ts'
import { ownerRefusal } from '../owner-signature.ts'
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

/** Answers `POST` of `{ "seconds": 60 }` with `{ "token", "seconds" }`. */
export function createPassIssuer(options: IssueOptions): HttpHandler {
  const { owners, account, clock, allow } = options
  return async (request) => {
    let body: Uint8Array
    try {
      body = await request.body.bytes(BODY_BYTES_MAX)
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) throw error
      return jsonReply(413, { message: `the body is longer than ${BODY_BYTES_MAX} bytes` })
    }
    const refusal = ownerRefusal(request, body, owners, account, clock.now())
    if (refusal !== undefined) return jsonReply(403, { message: refusal })
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
