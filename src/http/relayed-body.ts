import type { Body } from './message.ts'
import { StreamingBody } from './streaming-body.ts'

/** A body of bytes that somebody takes out of another one: who reads it slowly holds up the other, and who leaves it ends it. */
export function relayedBody(source: Body, heldBytesMax: number): StreamingBody {
  const owner = {
    bodyWanted: () => {},
    pauseBody: () => source.pause(),
    resumeBody: () => source.resume(),
    bodyCancelled: () => source.cancel(),
  }
  return new StreamingBody(owner, undefined, heldBytesMax)
}
