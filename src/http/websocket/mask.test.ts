import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { applyMask } from './mask.ts'

test('a payload is masked as RFC 6455 §5.3 says, wherever it lies and however it is cut', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.nat(7),
      fc.array(fc.nat(300), { maxLength: 3 }),
      (payload, key, offset, cuts) => {
        const expected = payload.map((byte, i) => byte ^ (key[i & 3] as number))
        const block = new Uint8Array(offset + payload.length + 3).fill(0xaa)
        const bytes = block.subarray(offset, offset + payload.length + 3)
        bytes.set(payload)
        const word = new DataView(key.buffer, key.byteOffset).getInt32(0, true)
        const ends = [...cuts.filter((at) => at < payload.length), payload.length].toSorted((a, b) => a - b)
        let start = 0
        for (const end of ends) {
          applyMask(bytes, start, end, word, start)
          start = end
        }
        expect(bytes.subarray(0, payload.length)).toEqual(expected)
        // Nothing beside it changes.
        expect([...block.subarray(0, offset), ...bytes.subarray(payload.length)]).toEqual(
          Array.from({ length: offset + 3 }, () => 0xaa),
        )
      },
    ),
  )
})
