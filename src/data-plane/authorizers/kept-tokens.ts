import type { Exchange } from '#data-plane/exchange.ts'
import type { VerifiedToken } from '#data-plane/tokens/verify-token.ts'
import { compileIdentityKeys, type IdentityKeys } from './identity-keys.ts'

/** Where tokens that were verified are kept. */
export interface TokenPlace {
  /** `{apiId}/{stage}` */
  readonly stage: string
  readonly keys: IdentityKeys
  /** The longest; 0: none is kept. A token is never kept past its end. */
  readonly ttlMs: number
}

/** @param scope what, beside the token, decides about it */
export function tokenKeys(sources: readonly string[], scope: string): IdentityKeys {
  return compileIdentityKeys(sources, scope, ([sent = '']) => digest(sent))
}

/**
 * Admits a token that was verified before, or is now.
 * @param read the token, as the client sent it; throws where there is none
 * @param verify throws to refuse; gives a promise only where it must
 */
export function throughKept(
  exchange: Exchange,
  { stage, keys, ttlMs }: TokenPlace,
  read: (exchange: Exchange) => string,
  verify: (exchange: Exchange, sent: string) => VerifiedToken | Promise<VerifiedToken>,
  admit: (exchange: Exchange, token: VerifiedToken) => void,
): void | Promise<void> {
  const { startedAtMs, services } = exchange
  const { clock, ports } = services
  const cache = ttlMs === 0 ? undefined : ports.verifiedTokens
  const early = cache && keys.early(exchange)
  const sent = early === undefined ? read(exchange) : undefined
  const check = (): VerifiedToken | Promise<VerifiedToken> => verify(exchange, sent ?? read(exchange))
  if (cache === undefined) return then(check(), (token) => admit(exchange, token))

  const key = early ?? keys.of([sent ?? ''])
  const kept = cache.get(stage, key, clock.steadyMs())
  const fresh = (): void | Promise<void> => {
    const generation = cache.generation(stage)
    return then(check(), (token) => {
      const nowMs = clock.steadyMs()
      const expiresMs = nowMs + Math.min(ttlMs, token.expiresMs - clock.now())
      cache.set(stage, key, token, { generation, nowMs, expiresMs, bytes: token.bytes })
      admit(exchange, token)
    })
  }
  const enter = (found: VerifiedToken | undefined): void | Promise<void> => {
    // The wall clock may have been set since it was kept.
    if (found === undefined || found.expiresMs <= startedAtMs) return fresh()
    exchange.explanation?.tell('answer', 'kept from an earlier request')
    return admit(exchange, found)
  }
  // A cache that fails is as none.
  return kept instanceof Promise ? kept.then(enter, fresh) : enter(kept)
}

/** At once where it can be. */
function then<T>(value: T | Promise<T>, next: (value: T) => void): void | Promise<void> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** The whole of a token, as no two have it: what is kept of one is of no use to who reads memory. */
function digest(sent: string): string {
  return Bun.SHA256.hash(sent, 'base64') as string
}
