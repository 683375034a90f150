import { GatewayError } from './gateway-error.ts'

/** `work`'s outcome, or INTEGRATION_TIMEOUT after `timeoutMs`; what comes later is not waited for. */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  // A timer takes no longer delay than this.
  if (timeoutMs > 0x7fffffff) return work
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new GatewayError('INTEGRATION_TIMEOUT', { reason: `no answer within ${timeoutMs} ms` }))
    }, timeoutMs)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error as Error)
      },
    )
  })
}
