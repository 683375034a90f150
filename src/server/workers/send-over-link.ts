import type { HttpClient, HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import { HttpError } from '#http/errors.ts'

/** How long the supervisor may take to accept a connection. */
const ACCEPT_MS_MAX = 10_000
const RETRY_MS = 2
const RETRY_MS_MAX = 50

/**
 * Sends a request to the supervisor. A Unix domain socket refuses connections while the line of those that are not
 * accepted yet is full, where TCP would let them wait: here they wait, too. Only the supervisor knows how long it may
 * take to answer.
 * @throws HttpError
 */
export async function sendOverLink(
  client: HttpClient,
  request: Omit<HttpClientRequest, 'timeoutMs'>,
): Promise<HttpClientResponse> {
  const untilMs = performance.now() + ACCEPT_MS_MAX
  let cancelled = false
  request.onCancel?.(() => {
    cancelled = true
  })
  for (let waitMs = RETRY_MS; ; waitMs = Math.min(2 * waitMs, RETRY_MS_MAX)) {
    try {
      return await client.send({ ...request, timeoutMs: Infinity })
    } catch (error) {
      // Nothing was sent, so the request is as it was.
      const refused = error instanceof HttpError && error.failure === 'connect'
      if (!refused || cancelled || performance.now() > untilMs || !process.connected) throw error
      await Bun.sleep(waitMs * (0.5 + Math.random()))
    }
  }
}
