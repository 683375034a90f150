import { textBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler } from '#http/message.ts'
import { utf8Text } from '#base/utf8.ts'
import { sendOverLink } from './send-over-link.ts'

/** Where a worker's questions of one kind go, and what their answers may be. */
export interface LinkedAnswers {
  readonly client: HttpClient
  /** Of the socket at which `answerOverLink` answers. */
  readonly origin: string
  readonly answerBytesMax: number
  /** What is wrong when the supervisor fails to answer. */
  readonly failure: string
}

/** A worker's question to the supervisor: JSON there and back. */
export async function askOverLink(
  { client, origin, answerBytesMax, failure }: LinkedAnswers,
  question: unknown,
): Promise<unknown> {
  const response = await sendOverLink(client, {
    origin,
    method: 'POST',
    target: '/',
    headers: new Headers(),
    body: textBody(JSON.stringify(question)),
  })
  const text = utf8Text(await response.body.bytes(answerBytesMax))
  if (response.status !== 200) throw new Error(failure)
  return JSON.parse(text)
}

/** The supervisor's end. @param answer given the question; what it resolves with is JSON, not undefined */
export function answerOverLink(answer: (question: unknown) => Promise<unknown>): HttpHandler {
  return async (request) => {
    const found = await answer(JSON.parse(utf8Text(await request.body.bytes(Infinity))))
    return { status: 200, headers: new Headers(), body: textBody(JSON.stringify(found)) }
  }
}
