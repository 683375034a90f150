import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ByteQueue } from './byte-queue.ts'

test('what was appended is taken, once', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 })), fc.nat(50), (pieces, skip) => {
      const queue = new ByteQueue()
      const kept = pieces.map((piece) => piece.subarray(Math.min(skip, piece.length)))
      pieces.forEach((piece) => queue.append(piece, Math.min(skip, piece.length), piece.length))
      const expected = Buffer.concat(kept)
      expect(queue.length).toBe(expected.length)
      const taken = queue.take()
      queue.append(new Uint8Array([1]), 0, 1)
      expect(taken).toEqual(expected)
      expect(queue.take()).toEqual(Buffer.from([1]))
      expect(queue.length).toBe(0)
    }),
  )
})
