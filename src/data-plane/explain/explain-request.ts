import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Body, HttpReply, HttpRequest } from '#http/message.ts'
import { Explanation } from './explanation.ts'
import { bodyShownBytesMax, shownBody, type ShownBody } from './shown.ts'

/** Answers that are explanations have it as their content type. */
export const explanationType = 'application/vnd.gatehouse.explanation+json'

/** Answers a request, explained where there is a recorder. */
export type ExplainedHandler = (
  request: HttpRequest,
  explanation?: Explanation,
) => HttpReply | Promise<HttpReply>

/** A body that has not begun or ended by then is shown as far as it has come. */
const ANSWER_WAIT_MS = 10_000

/** Lets `handler` answer a request, and answers with what happened instead: JSON, as docs/explain.md says. */
export async function explainRequest(request: HttpRequest, handler: ExplainedHandler): Promise<HttpReply> {
  const explanation = new Explanation(request)
  const reply = await handler(request, explanation)
  const { shown, bytes, complete } = await beginningOf(reply.body)
  const text = JSON.stringify(explanation.document(reply, shown))
  reply.onSent?.(bytes, complete)
  return {
    status: 200,
    headers: new Headers(['Content-Type', explanationType, 'Cache-Control', 'no-store']),
    body: textBody(text),
  }
}

interface Beginning {
  readonly shown: ShownBody
  readonly bytes: number
  readonly complete: boolean
}

function beginningOf(body: Body): Promise<Beginning> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    const settle = (complete: boolean): void => {
      clearTimeout(timer)
      const length = complete ? bytes : body.length
      resolve({ shown: shownBody(Buffer.concat(chunks), length), bytes, complete })
    }
    const timer = setTimeout(() => {
      body.cancel()
      settle(false)
    }, ANSWER_WAIT_MS)
    let settled = false
    body.start({
      data(chunk) {
        if (settled) return
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes <= bodyShownBytesMax) return
        settled = true
        body.cancel()
        settle(false)
      },
      end: () => settle(true),
      fail: () => settle(false),
    })
  })
}
