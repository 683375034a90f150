import type { MirrorSettings } from '#languages/traffic/settings.ts'
import type { Policy } from './call.ts'

/**
 * Sends a copy of some requests to another backend once the request itself is answered, or has failed: what the copy
 * costs, and what becomes of it, the client does not meet. At most `inFlightMax` are held in memory at once.
 */
export function mirror({ to, percent, inFlightMax, timeoutMs }: MirrorSettings): Policy {
  return (next) => (call) => {
    const { copy, state, route } = call
    const copies = state.copies.of(route)
    if (copy === undefined || copies.inFlight >= inFlightMax || state.world.random() * 100 >= percent) {
      return next(call)
    }
    copies.inFlight++
    const send = async (): Promise<void> => {
      try {
        await copy(to, timeoutMs)
      } catch (error) {
        state.log.debug('a mirrored request failed', { route, to, reason: String(error) })
      } finally {
        copies.inFlight--
      }
    }
    const answer = next(call)
    answer.then(send, send)
    return answer
  }
}
