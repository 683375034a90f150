import type { KeyLookup } from '#base/caller.ts'
import type { CallerSource } from '#data-plane/ports.ts'
import type { HttpClient } from '#http/client.ts'
import type { HttpHandler } from '#http/message.ts'
import { answerOverLink, askOverLink } from './ask-over-link.ts'

/** A caller with all its policies: a user has some hundred thousand characters of them at most. */
const answerBytesMax = 8 * 1024 * 1024
const failure = 'the supervisor does not say who is behind an access key'

type Question = readonly [accessKeyId: string, sessionToken: string | null]

/**
 * A worker's way to ask who is behind an access key: the supervisor knows.
 * @param origin of the socket at which `callersOverLink` answers
 */
export function linkToCallers(client: HttpClient, origin: string): CallerSource {
  return {
    async find(accessKeyId, sessionToken) {
      const question: Question = [accessKeyId, sessionToken ?? null]
      return (await askOverLink({ client, origin, answerBytesMax, failure }, question)) as KeyLookup
    },
  }
}

/** The supervisor's end. */
export function callersOverLink(callers: CallerSource): HttpHandler {
  return answerOverLink((question) => {
    const [accessKeyId, sessionToken] = question as Question
    return callers.find(accessKeyId, sessionToken ?? undefined)
  })
}
