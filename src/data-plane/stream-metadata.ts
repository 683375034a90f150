import type { Body } from '#http/message.ts'
import { relayedBody } from '#http/relayed-body.ts'
import type { StreamingBody } from '#http/streaming-body.ts'

export interface SplitAnswer {
  readonly metadata: Uint8Array
  /** What follows. */
  readonly body: Body
}

/** Eight bytes of zero end the metadata, and have to be among the first 16 KiB (developer guide). */
const DELIMITER = Buffer.alloc(8)
const METADATA_BYTES_MAX = 16_384
/** Bytes that wait for a slow client before the source has to wait. */
const HELD_BYTES_MAX = 262_144

/**
 * Reads the metadata of a streamed answer.
 * @returns undefined when there is none: then the source is cancelled
 * @throws whatever the source fails with
 */
export function splitMetadata(source: Body): Promise<SplitAnswer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<SplitAnswer | undefined>()
  let beginning: Buffer = Buffer.alloc(0)
  let body: StreamingBody | undefined
  let over = false

  function begin(chunk: Uint8Array): void {
    // A delimiter may begin at the end of what was searched already.
    const from = Math.max(0, beginning.length - DELIMITER.length)
    beginning = beginning.length === 0 ? Buffer.from(chunk) : Buffer.concat([beginning, chunk])
    const at = beginning.indexOf(DELIMITER, from)
    if (at >= 0 && at + DELIMITER.length <= METADATA_BYTES_MAX) {
      body = relayedBody(source, HELD_BYTES_MAX)
      body.push(beginning.subarray(at + DELIMITER.length))
      resolve({ metadata: beginning.subarray(0, at), body })
    } else if (beginning.length >= METADATA_BYTES_MAX) {
      over = true
      source.cancel()
      resolve(undefined)
    }
  }

  source.start({
    data: (chunk) => {
      if (body !== undefined) body.push(chunk)
      else if (!over) begin(chunk)
    },
    end: () => {
      body?.finish()
      resolve(undefined)
    },
    fail: (error) => {
      body?.fail(error)
      reject(error)
    },
  })
  return promise
}
