import { AwsError } from '#aws/error.ts'
import type { Log } from '#base/log.ts'
import { StoreConflict, StoreLimitExceeded, StoreUnavailable } from '#store/store.ts'

/** What an AWS client is told when the store could not do what a handler asked; undefined for other errors. */
export function storeErrorToAws(error: unknown, log: Log): AwsError | undefined {
  if (error instanceof StoreConflict) {
    // Recorded on AWS; clients know to try again by these words.
    const message = 'Unable to complete operation due to concurrent modification. Please try again later.'
    return new AwsError('ConflictException', message, 409)
  }
  if (error instanceof StoreLimitExceeded) return new AwsError('LimitExceededException', error.message, 400)
  if (error instanceof StoreUnavailable) {
    log.error('store unavailable', { error })
    return new AwsError('ServiceUnavailableException', 'The gateway cannot reach its data at present.', 503)
  }
  return undefined
}
