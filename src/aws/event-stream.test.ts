import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { encodeEvent, EventDecoder, type StreamEvent } from './event-stream.ts'

const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => Buffer.byteLength(text) <= 100)
const event = fc.record({
  headers: fc.dictionary(name, fc.string({ maxLength: 50 }), { maxKeys: 5, noNullPrototype: false }),
  payload: fc.uint8Array({ maxLength: 200 }),
})

function decode(bytes: Uint8Array, sizes: readonly number[]): StreamEvent[] {
  const decoder = new EventDecoder()
  const events: StreamEvent[] = []
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[i % sizes.length] as number)
    events.push(...decoder.push(bytes.subarray(at, at + size)))
    at += size
  }
  return events
}

test('what was encoded is decoded, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }),
      (events, sizes) => {
        const decoded = decode(Buffer.concat(events.map(encodeEvent)), sizes)
        expect(decoded.map(({ headers, payload }) => [{ ...headers }, [...payload]])).toEqual(
          events.map(({ headers, payload }) => [headers, [...payload]]),
        )
      },
    ),
  )
})

test('any byte that is changed is noticed', () => {
  const bytes = encodeEvent({ headers: { ':event-type': 'PayloadChunk' }, payload: Buffer.from('payload') })
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes)
    changed[at] = (changed[at] as number) ^ 1
    // A length that is larger than what is there leaves it waiting, were it not for the checksum of the lengths.
    expect(() => new EventDecoder().push(changed)).toThrow('no event stream')
  }
})

test('the message of the specification', () => {
  // Smithy, "Amazon Event Stream Specification": a message without headers and payload.
  const bytes = encodeEvent({ headers: {}, payload: new Uint8Array(0) })
  expect(Buffer.from(bytes).toString('hex')).toBe('000000100000000005c248eb7d98c8ff')
})
