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

test('whole messages leave at the end of the turn, those of one writer in one write', async () => {
  const sockets = [new PartialSocket([]), new PartialSocket([])] as const
  const [one, other] = sockets.map((socket) => new SocketWriter(socket)) as [SocketWriter, SocketWriter]
  say(one, 'a', 'b')
  say(other, 'c')
  say(other, 'd', 'e')
  expect(sockets.map(({ writes }) => writes)).toEqual([0, 0])
  expect([one.unsent, one.accepted]).toEqual([0, false])
  await turn()
  expect(sockets.map(({ taken, writes }) => [taken, writes])).toEqual([
    ['ab', 1],
    ['cde', 1],
  ])
  expect(one.accepted).toBe(true)
})

test('nobody waits for more than 31 others', () => {
  const sockets = Array.from({ length: 40 }, () => new PartialSocket([]))
  for (const socket of sockets) say(new SocketWriter(socket), 'a')
  expect(sockets.filter(({ taken }) => taken === 'a')).toHaveLength(32)
})

test('what is said at once sends first what waits', () => {
  const socket = new PartialSocket([])
  const writer = new SocketWriter(socket)
  say(writer, 'a')
  writer.writeText('b')
  say(writer, 'c')
  say(new SocketWriter(new PartialSocket([])), 'of another')
  say(writer, 'd')
  writer.sendDeferred()
  expect([socket.taken, socket.writes]).toEqual(['abcd', 4])
})

test('a large message does not wait, and keeps its place', () => {
  const socket = new PartialSocket([])
  const writer = new SocketWriter(socket)
  const big = 'b'.repeat(20_000)
  say(writer, 'a')
  say(writer, big)
  expect(socket.taken === `a${big}`).toBe(true)
})

test('what waits for a connection that is gone is forgotten, and its owner told', async () => {
  const told: string[] = []
  const forgotten = new PartialSocket([])
  const abandoned = new SocketWriter(forgotten, () => told.push('abandoned'))
  say(abandoned, 'a')
  abandoned.abandon()
  say(new SocketWriter(new PartialSocket([-1]), () => told.push('gone')), 'b')
  await turn()
  expect([forgotten.writes, told]).toEqual([0, ['gone']])
})

function say(writer: SocketWriter, ...texts: string[]): void {
  writer.corkMessage()
  for (const text of texts) writer.writeText(text)
  writer.uncorkMessage()
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

test('whatever the kernel takes at a time, all bytes leave in order', () => {
  const step = fc.record({
    by: fc.nat({ max: 1 }),
    does: fc.constantFrom('write', 'cork', 'message', 'message', 'drain', 'send'),
    text: fc.oneof(fc.string({ maxLength: 30 }), fc.constant('x'.repeat(9000))),
  })
  const room = fc.array(fc.nat({ max: 20 }), { maxLength: 30 })
  fc.assert(
    fc.property(fc.array(step), room, room, (steps, ...rooms) => {
      const sides = rooms.map((taken) => {
        const socket = new PartialSocket([...taken])
        return { socket, writer: new SocketWriter(socket), expected: '' }
      })
      for (const { by, does, text } of steps) {
        const side = sides[by] as (typeof sides)[0]
        const { writer } = side
        if (does === 'drain') writer.drain()
        else if (does === 'send') writer.sendDeferred()
        else {
          const bytes = Buffer.from(text)
          const latin = bytes.toString('latin1')
          if (does === 'cork') writer.cork()
          else if (does === 'message') writer.corkMessage()
          writer.writeText(latin)
          writer.write(bytes)
          if (does === 'cork') writer.uncork()
          else if (does === 'message') writer.uncorkMessage()
          side.expected += latin + latin
        }
        if (does !== 'message' && does !== 'drain') {
          expect(writer.unsent).toBe(side.expected.length - side.socket.taken.length)
        }
      }
      for (const { socket, writer, expected } of sides) {
        writer.sendDeferred()
        while (!writer.drain());
        expect(socket.taken === expected).toBe(true)
      }
    }),
  )
})
