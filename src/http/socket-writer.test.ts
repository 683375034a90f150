import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { StreamSocket } from './socket.ts'
import { SocketWriter } from './socket-writer.ts'

/** A socket that takes, of each write, as many bytes as the next of `room` says; negative: it is gone. */
class PartialSocket implements StreamSocket {
  taken = ''
  writes = 0
  readonly #room: number[]

  constructor(room: number[]) {
    this.#room = room
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    this.writes++
    const room = this.#room.shift() ?? length
    if (room < 0) return room
    const size = Math.min(room, length)
    this.taken += Buffer.from(bytes.subarray(offset, offset + size)).toString('latin1')
    return size
  }

  pause(): void {}
  resume(): void {}
  finish(): void {}
  end(): void {}
  terminate(): void {}
  own(): void {}
}

test('what is corked leaves in one write', () => {
  const socket = new PartialSocket([])
  const writer = new SocketWriter(socket)
  expect(writer.cork()).toBe(true)
  expect(writer.cork()).toBe(false)
  writer.writeText('h\xe9ad ')
  writer.write(Buffer.from('body'))
  expect(socket.writes).toBe(0)
  writer.uncork()
  expect([socket.taken, socket.writes]).toEqual(['h\xe9ad body', 1])
})

test('what does not fit the scratch buffer keeps its place', () => {
  const socket = new PartialSocket([])
  const writer = new SocketWriter(socket)
  const big = 'b'.repeat(70_000)
  writer.cork()
  writer.writeText('a')
  writer.write(Buffer.from(big))
  writer.writeText(big)
  writer.write(Buffer.from('c'))
  writer.uncork()
  expect(socket.taken === `a${big}${big}c`).toBe(true)
})

test('a socket that is gone takes nothing more', () => {
  const socket = new PartialSocket([2, -1])
  const writer = new SocketWriter(socket)
  writer.writeText('abc')
  expect([writer.unsent, writer.dead, writer.accepted]).toEqual([1, false, true])
  expect(writer.drain()).toBe(true)
  writer.writeText('d')
  expect([socket.taken, socket.writes, writer.unsent, writer.dead]).toEqual(['ab', 2, 0, true])
})

test('whatever the kernel takes at a time, all bytes leave in order', () => {
  const step = fc.oneof(
    fc.record({ write: fc.string({ maxLength: 30 }), corked: fc.boolean() }),
    fc.constant('drain' as const),
  )
  fc.assert(
    fc.property(fc.array(step), fc.array(fc.nat({ max: 20 }), { maxLength: 30 }), (steps, room) => {
      const socket = new PartialSocket([...room])
      const writer = new SocketWriter(socket)
      let expected = ''
      for (const one of steps) {
        if (one === 'drain') {
          writer.drain()
          continue
        }
        const text = Buffer.from(one.write).toString('latin1')
        if (one.corked) writer.cork()
        writer.writeText(text)
        writer.write(Buffer.from(text, 'latin1'))
        if (one.corked) writer.uncork()
        expected += text + text
        expect(writer.unsent).toBe(expected.length - socket.taken.length)
      }
      while (!writer.drain());
      expect(socket.taken).toBe(expected)
    }),
  )
})
