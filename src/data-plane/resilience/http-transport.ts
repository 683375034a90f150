import { EndedBody } from '#data-plane/targets/ended-body.ts'
import { WholeBody } from '#http/body.ts'
import type { HttpClientResponse } from '#http/client.ts'
import type { BodySink } from '#http/message.ts'
import { HttpError, type HttpFailure } from '#http/errors.ts'
import type { Outcome, Transport } from './call.ts'

const OUTCOMES: Readonly<Record<HttpFailure, Exclude<Outcome, number>>> = {
  dns: 'connect',
  connect: 'connect',
  'connect-timeout': 'connect',
  // Enough wait for this backend already: more of the same helps nobody.
  busy: 'ours',
  tls: 'broken',
  reset: 'reset',
  'first-byte-timeout': 'timeout',
  'idle-timeout': 'timeout',
  malformed: 'broken',
  'too-large': 'ours',
  aborted: 'ours',
}

/** A short answer that nobody wants is read all the same: its connection is of use again. */
const DRAINED_BYTES_MAX = 16_384
const NOWHERE: BodySink = { data: () => {}, end: () => {}, fail: () => {} }

/** HTTP backends: an answer is there once its head is. */
export const httpTransport: Transport<HttpClientResponse> = {
  answered: ({ status }) => status,
  failed: (error) => (error instanceof HttpError ? OUTCOMES[error.failure] : 'ours'),
  timeout: (timeoutMs) =>
    new HttpError('first-byte-timeout', `no answer within ${timeoutMs} ms of an attempt`),
  discard: ({ body }) => {
    if (body.length === undefined || body.length > DRAINED_BYTES_MAX) body.cancel()
    else body.start(NOWHERE)
  },
  whenOver: (answer, listener) => {
    if (answer.body instanceof WholeBody) {
      listener()
      return answer
    }
    return { ...answer, body: new EndedBody(answer.body, listener) }
  },
}
