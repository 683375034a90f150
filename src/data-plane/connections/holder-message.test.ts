import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { encodeHolderMessage, HolderMessages, type HolderMessage } from './holder-message.ts'

const messages = fc.record({
  isAnswer: fc.boolean(),
  number: fc.nat(0xffff_ffff),
  sender: fc.string({ unit: 'binary', maxLength: 20 }),
  content: fc.jsonValue(),
  payload: fc.uint8Array({ maxLength: 500 }),
})

/** As JSON has it: -0 is 0. */
const plain = ({ content, payload, ...rest }: HolderMessage): unknown => ({
  ...rest,
  content: JSON.stringify(content),
  payload: [...payload],
})

test('whatever is sent arrives whole, in however many parts, between those of others', () => {
  fc.assert(
    fc.property(messages, messages, fc.integer({ min: 200, max: 700 }), (one, other, bytesMax) => {
      fc.pre(
        `${one.isAnswer} ${one.number} ${one.sender}` !== `${other.isAnswer} ${other.number} ${other.sender}`,
      )
      const [first, second] = [encodeHolderMessage(one, bytesMax), encodeHolderMessage(other, bytesMax)]
      for (const part of [...first, ...second]) expect(part.length).toBeLessThanOrEqual(bytesMax)
      const received = new HolderMessages(1_000_000)
      const came: unknown[] = []
      for (let i = 0; i < Math.max(first.length, second.length); i++) {
        for (const part of [first[i], second[i]]) {
          const message = part && received.received(part, 0)
          if (message !== undefined) came.push(plain(message))
        }
      }
      expect(came).toHaveLength(2)
      expect(came).toEqual(expect.arrayContaining([plain(one), plain(other)]))
    }),
  )
})

test('what is no message is none, whatever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => new HolderMessages(1000).received(bytes, 0)).not.toThrow()
    }),
  )
})

const large = { isAnswer: false, number: 1, sender: 'a', content: null, payload: new Uint8Array(5000) }

test('parts of messages that never end are forgotten, and take no more than they may', () => {
  const received = new HolderMessages(3000)
  const [first, second, third, fourth] = encodeHolderMessage(large, 1000) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  for (const part of [first, second, third]) expect(received.received(part, 0)).toBeUndefined()
  // It does not fit: what came of it is gone.
  expect(received.received(fourth, 0)).toBeUndefined()
  const small = { ...large, number: 2, payload: new Uint8Array(2500) }
  const parts = encodeHolderMessage(small, 1000)
  expect(parts.map((part) => received.received(part, 10)).at(-1)?.payload).toHaveLength(2500)
  received.received(first, 20)
  received.forget(30)
  expect(parts.map((part) => received.received(part, 40)).at(-1)?.payload).toHaveLength(2500)
})
