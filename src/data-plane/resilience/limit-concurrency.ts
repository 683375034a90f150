import { StateUnavailable } from '#base/state-unavailable.ts'
import type { ConcurrencySettings } from '#languages/traffic/settings.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { outcomeOf, type CallFacts, type Policy } from './call.ts'
import type { ConcurrencyLimit } from './concurrency-limit.ts'
import type { ResilienceState } from './resilience-state.ts'

/** A request that has no turn. */
export class LimitReached extends GatewayError {
  constructor({ status, limit, per }: ConcurrencySettings, why: string) {
    const reason = `${why}: at most ${limit} requests at once${per === undefined ? '' : ` per ${per}`}`
    if (status === 429) super('THROTTLED', { reason })
    else super('INTEGRATION_FAILURE', { status, message: 'Service Unavailable', reason })
    this.name = 'LimitReached'
  }
}

/**
 * Lets so many requests be with the backend at once, until their answers are read; others wait for their turn, or are
 * refused.
 * @param at which of the route's limits it is
 */
export function limitConcurrency(settings: ConcurrencySettings, at: number): Policy {
  const { adaptive } = settings
  return (next) => async (call) => {
    const { limits, world } = call.state
    const name = `${call.route} ${at} ${call.keys[at] ?? ''}`
    const limit = limits.of(name)
    const begun = begin(limit, settings)
    if (begun !== true) {
      await admitted(begun, limit, settings, call).finally(() => {
        if (limit.isIdle) limits.forget(name)
      })
    }
    const startedMs = world.now()
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      limit.end(settings)
      if (limit.isIdle) limits.forget(name)
    }
    const { outcome, settle } = await outcomeOf(call, next)
    if (adaptive !== undefined && outcome !== 'ours') {
      const nowMs = world.now()
      limit.learn(settings, adaptive, typeof outcome === 'number' && outcome < 500, nowMs - startedMs, nowMs)
    }
    try {
      return call.transport.whenOver(settle(), over)
    } catch (error) {
      over()
      throw error
    }
  }
}

/** @returns looks no more */
function looking(
  limit: ConcurrencyLimit,
  settings: ConcurrencySettings,
  { world }: ResilienceState,
): () => void {
  const { lookMs } = limit
  if (lookMs === undefined) return () => {}
  let forget = (): void => {}
  const look = (): void => {
    forget = world.after(lookMs, () => {
      look()
      limit.next(settings)
    })
  }
  look()
  return () => forget()
}

/** Never throws. */
function begin(limit: ConcurrencyLimit, settings: ConcurrencySettings): boolean | Promise<boolean> {
  try {
    const begun = limit.begin(settings)
    return typeof begun === 'boolean'
      ? begun
      : begun.catch((error: unknown) => Promise.reject(refusalOf(error)))
  } catch (error) {
    return Promise.reject(refusalOf(error))
  }
}

/** Whether there is a turn cannot be told: who asks is refused as where limits of other kinds cannot. */
function refusalOf(error: unknown): Error {
  if (!(error instanceof StateUnavailable)) return error as Error
  const { message: reason } = error
  return new GatewayError('DEFAULT_5XX', { status: 503, message: 'Service Unavailable', reason })
}

async function admitted(
  begun: false | Promise<boolean>,
  limit: ConcurrencyLimit,
  settings: ConcurrencySettings,
  call: CallFacts,
): Promise<void> {
  if (!(await begun)) await turn(limit, settings, call)
}

function turn(limit: ConcurrencyLimit, settings: ConcurrencySettings, call: CallFacts): Promise<void> {
  return new Promise((resolve, reject) => {
    let isSettled = false
    const refuse = (why: string): void => {
      if (isSettled) return
      isSettled = true
      const refusal = new LimitReached(settings, why)
      call.told?.({ policy: 'concurrency', message: refusal.message })
      reject(refusal)
    }
    const leave = limit.wait(settings, () => {
      isSettled = true
      forget()
      lookNoMore()
      resolve()
    })
    if (leave === undefined) return refuse(settings.queue === 0 ? 'no turn is free' : 'the queue is full')
    const lookNoMore = looking(limit, settings, call.state)
    const forget = call.state.world.after(settings.queueMs, () => {
      leave()
      lookNoMore()
      refuse(`no turn within ${settings.queueMs} ms`)
    })
    call.cancellation.onCancel(() => {
      leave()
      forget()
      lookNoMore()
      refuse('the client has left')
    })
  })
}
