import type { UserPoolKeys, UserPoolSource } from '#data-plane/tokens/token-issuers.ts'
import { textBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler } from '#http/message.ts'
import { sendOverLink } from './send-over-link.ts'

/** One key. */
const answerBytesMax = 65_536

/**
 * A worker's way to ask for the keys of a user pool of this house: the supervisor has them.
 * @param origin of the socket at which `userPoolsOverLink` answers
 */
export function linkToUserPools(client: HttpClient, origin: string): UserPoolSource {
  return {
    async find(poolId) {
      const response = await sendOverLink(client, {
        origin,
        method: 'POST',
        target: '/',
        headers: new Headers(),
        body: textBody(JSON.stringify(poolId)),
      })
      const text = Buffer.from(await response.body.bytes(answerBytesMax)).toString('utf8')
      if (response.status !== 200) throw new Error('the supervisor does not tell the keys of user pools')
      return (JSON.parse(text) as UserPoolKeys | null) ?? undefined
    },
  }
}

/** The supervisor's end. */
export function userPoolsOverLink(userPools: UserPoolSource): HttpHandler {
  return async (request) => {
    const poolId = JSON.parse(Buffer.from(await request.body.bytes(Infinity)).toString('utf8')) as string
    const found = await userPools.find(poolId)
    return { status: 200, headers: new Headers(), body: textBody(JSON.stringify(found ?? null)) }
  }
}
