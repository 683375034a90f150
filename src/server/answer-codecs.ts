import {
  readAuthorizerAnswer,
  type AuthorizerAnswer,
} from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import { restoredRequestAnswer, type RoutedAnswer } from '#data-plane/authorizers/request-answer.ts'
import { bytesOf, type KeptResponse, type ResponseHead } from '#data-plane/stage-cache/kept-response.ts'
import type { AnswerCodec } from '#store/answer-codec.ts'

/** As a function would give it; of HTTP APIs, whose functions answer in several forms, as it is kept. */
export const authorizerAnswerCodec: AnswerCodec<AuthorizerAnswer> = {
  encode({ principalId, policy, context, shown, usageIdentifierKey, requestId }) {
    if (shown !== undefined) {
      const routed: RoutedAnswer = { principalId, policy, context, shown, requestId }
      return Buffer.from(JSON.stringify({ routed }))
    }
    const policyDocument: unknown = JSON.parse(policy)
    const answer = { principalId, policyDocument, context, usageIdentifierKey }
    return Buffer.from(JSON.stringify({ requestId, answer }))
  },
  decode(bytes) {
    const {
      requestId,
      answer: given,
      routed,
    } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      requestId?: string
      answer: unknown
      routed?: RoutedAnswer
    }
    if (routed !== undefined) {
      const answer = restoredRequestAnswer(routed, bytes.length)
      return { answer, bytes: answer.bytes }
    }
    const answer = readAuthorizerAnswer(Buffer.from(JSON.stringify(given)), requestId)
    return { answer, bytes: answer.bytes }
  },
}

const PLAIN = 0
const SEALED = 1
/** Kind, time (Float64), bytes of the head (Uint32); then the head as JSON, then the body; or what was sealed. */
const START_BYTES = 13

/** @param sealedToo whether all nodes can open what one has sealed */
export function responseCodec(sealedToo: boolean): AnswerCodec<KeptResponse> {
  return {
    encode(kept) {
      if (kept.sealed !== undefined && !sealedToo) return undefined
      const isSealed = kept.sealed !== undefined
      const head = Buffer.from(isSealed ? '' : JSON.stringify(kept.head))
      const start = Buffer.alloc(START_BYTES)
      start.writeUInt8(isSealed ? SEALED : PLAIN)
      start.writeDoubleBE(kept.freshUntilMs, 1)
      start.writeUInt32BE(head.length, 9)
      return Buffer.concat([start, head, isSealed ? kept.sealed : kept.body])
    },
    decode(bytes) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      const freshUntilMs = buffer.readDoubleBE(1)
      const bodyAt = START_BYTES + buffer.readUInt32BE(9)
      const rest = buffer.subarray(bodyAt)
      const answer: KeptResponse =
        buffer.readUInt8() === SEALED
          ? { freshUntilMs, sealed: rest }
          : {
              freshUntilMs,
              head: JSON.parse(buffer.toString('utf8', START_BYTES, bodyAt)) as ResponseHead,
              body: rest,
            }
      return { answer, bytes: bytesOf(answer) }
    },
  }
}
