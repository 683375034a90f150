import { expect, test } from 'bun:test'
import { BodyTooLarge } from './errors.ts'
import type { BodySink } from './message.ts'
import { StreamingBody, type BodyOwner } from './streaming-body.ts'

/** Records, as text, what is asked of the owner and what is told to the reader. */
function recorded(heldBytesMax = 1000): { events: string[]; body: StreamingBody; sink: BodySink } {
  const events: string[] = []
  const owner: BodyOwner = {
    bodyWanted: () => events.push('wanted'),
    pauseBody: () => events.push('pause'),
    resumeBody: () => events.push('resume'),
    bodyCancelled: () => events.push('cancelled'),
  }
  const sink: BodySink = {
    data: (chunk) => events.push(`data ${Buffer.from(chunk).toString()}`),
    end: () => events.push('end'),
    fail: (error) => events.push(`fail ${error.message}`),
  }
  return { events, body: new StreamingBody(owner, undefined, heldBytesMax), sink }
}

const piece = (text: string): Uint8Array => Buffer.from(text)

test('what comes before the reader is held for it', () => {
  const { events, body, sink } = recorded()
  body.push(piece('a'))
  body.push(piece('b'))
  body.finish()
  body.start(sink)
  expect(events).toEqual(['data a', 'data b', 'end'])
})

test('the owner pauses once too much is held, and resumes when it is taken', () => {
  const { events, body, sink } = recorded(300)
  body.push(piece('a'))
  body.push(piece('b'))
  expect(events).toEqual([])
  body.push(piece('c'))
  body.push(piece('d'))
  body.start(sink)
  expect(events).toEqual(['pause', 'wanted', 'data a', 'data b', 'data c', 'data d', 'resume'])
})

test('a reader that pauses within a piece gets the next one when it resumes', () => {
  const { events, body, sink } = recorded()
  body.push(piece('a'))
  body.push(piece('b'))
  body.start({
    ...sink,
    data: (chunk) => {
      sink.data(chunk)
      body.pause()
    },
  })
  body.finish()
  expect(events).toEqual(['wanted', 'data a', 'pause'])
  body.resume()
  expect(events.slice(3)).toEqual(['data b'])
  body.resume()
  expect(events.slice(4)).toEqual(['end'])
})

test('the end is told once, however often the reader pauses and resumes', () => {
  const { events, body, sink } = recorded()
  body.start(sink)
  body.pause()
  body.finish()
  body.resume()
  body.pause()
  body.resume()
  expect(events.filter((event) => event === 'end')).toEqual(['end'])
})

test('a failure comes after what arrived before it', () => {
  const { events, body, sink } = recorded()
  body.push(piece('a'))
  body.fail(new Error('lost'))
  body.finish()
  body.start(sink)
  expect(events).toEqual(['data a', 'fail lost'])
})

test('after cancel nothing is told, and the owner hears of it once', () => {
  const { events, body, sink } = recorded()
  body.start(sink)
  body.cancel()
  body.cancel()
  body.push(piece('a'))
  body.finish()
  expect(events).toEqual(['wanted', 'cancelled'])
  expect(() => body.bytes(10)).toThrow('cancelled')
})

test('bytes are there at once when the body is, else later', async () => {
  const here = recorded().body
  here.push(piece('a'))
  here.push(piece('b'))
  here.finish()
  expect(Buffer.from(here.bytes(2) as Uint8Array).toString()).toBe('ab')
  const coming = recorded().body
  coming.push(piece('a'))
  const bytes = coming.bytes(2)
  expect(bytes).toBeInstanceOf(Promise)
  coming.push(piece('b'))
  coming.finish()
  expect(Buffer.from(await bytes).toString()).toBe('ab')
})

test('bytes past the limit of the reader are refused, known or found to be', async () => {
  const whole = recorded().body
  whole.push(piece('abc'))
  whole.finish()
  expect(() => whole.bytes(2)).toThrow(BodyTooLarge)
  const { events, body } = recorded()
  const bytes = body.bytes(2) as Promise<Uint8Array>
  body.push(piece('abc'))
  expect(await bytes.catch((error: unknown) => error)).toBeInstanceOf(BodyTooLarge)
  expect(events).toEqual(['wanted', 'cancelled'])
})

test('a body has one reader', () => {
  const { body, sink } = recorded()
  body.start(sink)
  expect(() => body.start(sink)).toThrow('one reader')
})
