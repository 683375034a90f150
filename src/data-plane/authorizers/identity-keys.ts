import type { AnswerKey } from '#base/answer-cache.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { endsAtDoor } from '#data-plane/method-headers.ts'
import { HeaderBlock, VALUE_END, VALUE_START } from '#http/header-block.ts'
import { headerOfSource } from '#languages/selection/identity-source.ts'
import { IdentityDigests } from './identity-digest.ts'

/** Under which key is kept what an authorizer said of an identity. */
export interface IdentityKeys {
  /**
   * Without a text being made of the identity; undefined where it has to be read first, as where somebody wants to log
   * it. What is kept under the key was said of an identity that had been read: none need be looked at again.
   */
  early(exchange: Exchange): AnswerKey | undefined
  /** The same key, of an identity that was read. */
  of(identity: readonly string[]): AnswerKey
}

/**
 * @param sources of the identity
 * @param scope what an answer depends on beside the identity
 * @param ofTexts a text, never the same for two identities, where they are not one header alone
 */
export function compileIdentityKeys(
  sources: readonly string[],
  scope: string,
  ofTexts: (identity: readonly string[]) => string,
): IdentityKeys {
  const [source = ''] = sources
  const header = sources.length === 1 ? headerOfSource(source) : undefined
  if (header === undefined || endsAtDoor(header)) {
    return { early: () => undefined, of: (identity) => scope + ofTexts(identity) }
  }
  const digests = new IdentityDigests(scope)
  return {
    early({ executionLog, request }) {
      const block = request.headers.source
      if (executionLog !== undefined || !(block instanceof HeaderBlock)) return undefined
      const line = block.only(header)
      if (line === -1) return undefined
      const from = block.lines[line + VALUE_START] as number
      const to = block.lines[line + VALUE_END] as number
      return to === from ? undefined : digests.ofBytes(block.bytes, from, to)
    },
    of: ([value = '']) => digests.ofLatin1(value),
  }
}
