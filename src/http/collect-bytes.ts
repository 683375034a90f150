import { BodyTooLarge } from './errors.ts'
import type { Body } from './message.ts'

/**
 * Reads a body to its end.
 * @throws BodyTooLarge past `bytesMax`; whatever the body fails with
 */
export function collectBytes(body: Body, bytesMax: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let total = 0
    body.start({
      data: (chunk) => {
        total += chunk.length
        if (total <= bytesMax) {
          chunks.push(chunk)
          return
        }
        body.cancel()
        reject(new BodyTooLarge(bytesMax))
      },
      end: () => resolve(Buffer.concat(chunks)),
      fail: reject,
    })
  })
}
