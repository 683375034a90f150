import type { UserPoolKeys, UserPoolSource } from '#data-plane/tokens/token-issuers.ts'
import type { HttpClient } from '#http/client.ts'
import type { HttpHandler } from '#http/message.ts'
import { answerOverLink, askOverLink } from './ask-over-link.ts'

/** One key. */
const answerBytesMax = 65_536
const failure = 'the supervisor does not tell the keys of user pools'

/**
 * A worker's way to ask for the keys of a user pool of this house: the supervisor has them.
 * @param origin of the socket at which `userPoolsOverLink` answers
 */
export function linkToUserPools(client: HttpClient, origin: string): UserPoolSource {
  return {
    async find(poolId) {
      const found = await askOverLink({ client, origin, answerBytesMax, failure }, poolId)
      return (found as UserPoolKeys | null) ?? undefined
    },
  }
}

/** The supervisor's end. */
export function userPoolsOverLink(userPools: UserPoolSource): HttpHandler {
  return answerOverLink(async (poolId) => (await userPools.find(poolId as string)) ?? null)
}
