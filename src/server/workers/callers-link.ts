import type { KeyLookup } from '#base/caller.ts'
import type { CallerSource } from '#data-plane/ports.ts'
import { textBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler } from '#http/message.ts'
import { sendOverLink } from './send-over-link.ts'

/** A caller with all its policies: a user has some hundred thousand characters of them at most. */
const answerBytesMax = 8 * 1024 * 1024

type Question = readonly [accessKeyId: string, sessionToken: string | null]

/**
 * A worker's way to ask who is behind an access key: the supervisor knows.
 * @param origin of the socket at which `callersOverLink` answers
 */
export function linkToCallers(client: HttpClient, origin: string): CallerSource {
  return {
    async find(accessKeyId, sessionToken) {
      const question: Question = [accessKeyId, sessionToken ?? null]
      const response = await sendOverLink(client, {
        origin,
        method: 'POST',
        target: '/',
        headers: new Headers(),
        body: textBody(JSON.stringify(question)),
      })
      const text = Buffer.from(await response.body.bytes(answerBytesMax)).toString('utf8')
      if (response.status !== 200) throw new Error('the supervisor does not say who is behind an access key')
      return JSON.parse(text) as KeyLookup
    },
  }
}

/** The supervisor's end. */
export function callersOverLink(callers: CallerSource): HttpHandler {
  return async (request) => {
    const text = Buffer.from(await request.body.bytes(Infinity)).toString('utf8')
    const [accessKeyId, sessionToken] = JSON.parse(text) as Question
    const found = await callers.find(accessKeyId, sessionToken ?? undefined)
    return { status: 200, headers: new Headers(), body: textBody(JSON.stringify(found)) }
  }
}
