import type { AnswerClaim } from '#base/answer-cache.ts'
import type { SteadyClock } from '#base/clock.ts'

/** Nothing tells one process of another's answer: who waits looks, soon first and less often then. */
const LOOK_MS_MIN = 1
const LOOK_MS_MAX = 10
const LOOK_GROWTH = 1.5

/** What there is once it is this process's turn to ask. */
export interface Turn<Answer> {
  /** What another process has asked for meanwhile. */
  readonly found?: Answer | undefined
  /** To be called when the answer is kept, or will not be. */
  readonly release?: (() => void) | undefined
}

export const noTurn: Turn<never> = {}

export interface TurnOptions<Answer> {
  readonly claim: (nowMs: number) => AnswerClaim | undefined
  readonly find: (nowMs: number) => Answer | undefined | Promise<Answer | undefined>
  /** Whether nobody waits any more. */
  readonly isOver: () => boolean
  readonly clock: SteadyClock
}

/**
 * Waits while another process asks for the same answer. One call is waited for, and no second one: an answer that is not
 * kept would be waited for by all processes in turn.
 */
export async function awaitTurn<Answer>(options: TurnOptions<Answer>): Promise<Turn<Answer>> {
  const { claim, find, isOver, clock } = options
  const first = claim(clock.steadyMs())
  if (first === undefined) return noTurn
  if (first.kind === 'ours') return oursOr(await find(clock.steadyMs()), first)
  for (let lookMs = LOOK_MS_MIN; !isOver(); lookMs = Math.min(lookMs * LOOK_GROWTH, LOOK_MS_MAX)) {
    await Bun.sleep(lookMs)
    const next = claim(clock.steadyMs())
    const found = await find(clock.steadyMs())
    if (next?.kind === 'ours') return oursOr(found, next)
    if (found !== undefined) return { found }
    if (next?.kind !== 'held' || next.untilMs !== first.untilMs) return noTurn
  }
  return noTurn
}

/** An answer is kept before its claim is released: who has the claim next finds it. */
function oursOr<Answer>(
  found: Answer | undefined,
  { release }: { readonly release: () => void },
): Turn<Answer> {
  if (found === undefined) return { release }
  release()
  return { found }
}
