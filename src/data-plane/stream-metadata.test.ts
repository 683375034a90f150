import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { StreamingBody } from '#http/streaming-body.ts'
import { splitMetadata } from './stream-metadata.ts'

/** A body that comes in pieces of these sizes. */
function inPieces(
  bytes: Uint8Array,
  sizes: readonly number[],
): { body: StreamingBody; wasCancelled: () => boolean } {
  let cancelled = false
  const owner = {
    bodyWanted() {},
    pauseBody() {},
    resumeBody() {},
    bodyCancelled: () => void (cancelled = true),
  }
  const body = new StreamingBody(owner, undefined, 1_000_000)
  void (async () => {
    await Promise.resolve()
    let at = 0
    for (let i = 0; at < bytes.length; i++) {
      const size = sizes[i % sizes.length] as number
      body.push(bytes.subarray(at, at + size))
      at += size
      if (i % 3 === 0) await Promise.resolve()
    }
    body.finish()
  })()
  return { body, wasCancelled: () => cancelled }
}

const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 })
const withoutZeros = fc.uint8Array({ min: 1, maxLength: 60 })

test('metadata and body are told apart wherever the pieces are cut', async () => {
  await fc.assert(
    fc.asyncProperty(withoutZeros, fc.uint8Array({ maxLength: 60 }), sizes, async (metadata, rest, cuts) => {
      const { body } = inPieces(Buffer.concat([metadata, Buffer.alloc(8), rest]), cuts)
      const split = await splitMetadata(body)
      expect([...(split?.metadata ?? [])]).toEqual([...metadata])
      expect([...((await split?.body.bytes(1000)) ?? [])]).toEqual([...rest])
    }),
  )
})

test('without the delimiter there is none', async () => {
  await fc.assert(
    fc.asyncProperty(withoutZeros, fc.nat(7), sizes, async (bytes, zeros, cuts) => {
      const { body } = inPieces(Buffer.concat([bytes, Buffer.alloc(zeros)]), cuts)
      expect(await splitMetadata(body)).toBeUndefined()
    }),
  )
})

test('what has no delimiter in its first 16 KiB is not wanted', async () => {
  const { body, wasCancelled } = inPieces(Buffer.concat([Buffer.alloc(16_377, 'x'), Buffer.alloc(8)]), [1000])
  expect(await splitMetadata(body)).toBeUndefined()
  expect(wasCancelled()).toBe(true)
})
