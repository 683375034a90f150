import type { Policy } from './call.ts'
import { Cancellation } from './cancellation.ts'

/** Ends an attempt whose answer does not begin within `tryTimeoutMs`. */
export const tryDeadline: Policy = (next) => (call) => {
  const { tryTimeoutMs, transport, state } = call
  // A timer takes no longer delay than this.
  if (tryTimeoutMs === undefined || tryTimeoutMs > 0x7fffffff) return next(call)
  const cancellation = new Cancellation(call.cancellation)
  return new Promise((resolve, reject) => {
    let isOver = false
    const forget = state.world.after(tryTimeoutMs, () => {
      isOver = true
      reject(transport.timeout(tryTimeoutMs))
      cancellation.cancel()
    })
    next({ ...call, cancellation }).then(
      (answer) => {
        forget()
        if (isOver) transport.discard(answer)
        else resolve(answer)
      },
      (error: unknown) => {
        forget()
        reject(error as Error)
      },
    )
  })
}
