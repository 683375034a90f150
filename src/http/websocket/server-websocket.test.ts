import { afterEach, expect, mock, spyOn, test } from 'bun:test'
import { steadyMs } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import type { StreamSocket } from '#http/socket.ts'
import { defaultWebSocketLimits } from './limits.ts'
import { ServerWebSocket } from './server-websocket.ts'

afterEach(() => mock.restore())

const limits = { ...defaultWebSocketLimits, pingIntervalMs: 1000 }

/** A socket that takes what it is told to and records what is asked of it. */
class RecordingSocket implements StreamSocket {
  readonly calls: string[] = []
  room = Infinity

  write(bytes: Uint8Array, offset: number, length: number): number {
    const taken = Math.min(length, this.room)
    this.room -= taken
    if (taken > 0) this.calls.push(Buffer.from(bytes.subarray(offset, offset + taken)).toString('latin1'))
    return taken
  }

  pause(): void {
    this.calls.push('pause')
  }
  resume(): void {
    this.calls.push('resume')
  }
  finish(): void {
    this.calls.push('finish')
  }
  end(): void {
    this.calls.push('end')
  }
  terminate(): void {
    this.calls.push('terminate')
  }
  own(): void {}
}

function opened(): { socket: RecordingSocket; connection: ServerWebSocket; told: string[] } {
  const told: string[] = []
  const socket = new RecordingSocket()
  const connection = new ServerWebSocket(
    socket,
    { log: silentLog, forget: () => void told.push('forget') },
    {
      message: (_, data) => void told.push(String(data)),
      close: (_, code, reason, clean) => void told.push(`close ${code} ${reason} ${clean}`),
    },
    limits,
    Buffer.from('101'),
  )
  connection.begin()
  return { socket, connection, told }
}

/** Masked with zeros: the payload shows. */
const masked = (first: number, payload: string): Buffer =>
  Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0, ...Buffer.from(payload, 'latin1')])

test('a FIN that is told while paused waits for what was held back', () => {
  const { socket, connection, told } = opened()
  connection.pause()
  connection.received(Buffer.concat([masked(0x81, 'a'), masked(0x88, '\x03\xe8bye')]))
  connection.ended()
  expect(told).toEqual([])
  connection.resume()
  expect(told).toEqual(['a', 'close 1000 bye true'])
  expect(socket.calls).toEqual(['101', 'pause', '\x88\x05\x03\xe8bye', 'end', 'resume'])
})

test('what waits leaves in one write when the socket takes bytes again, then FIN', () => {
  const { socket, connection, told } = opened()
  socket.room = 3
  for (const text of ['ab', 'cd', 'ef']) expect(connection.send(text)).toBe(true)
  expect(connection.unsentBytes).toBe(9)
  connection.received(masked(0x88, ''))
  expect(told).toEqual(['close 1005  true'])
  socket.room = 1
  connection.drained()
  socket.room = Infinity
  connection.drained()
  expect(socket.calls).toEqual(['101', '\x81\x02a', 'b', '\x81\x02cd\x81\x02ef\x88\x00', 'finish'])
  connection.closed()
  connection.closed()
  expect(told).toEqual(['close 1005  true', 'forget'])
})

test('a pong in the millisecond of the ping is an answer; silence after it is asked about again', () => {
  const { socket, connection, told } = opened()
  const { pingIntervalMs } = limits
  const pong = masked(0x8a, '')
  const calls = (): string[] => socket.calls.splice(0)
  calls()
  const startMs = performance.now()
  const now = spyOn(performance, 'now').mockReturnValue(startMs)
  connection.received(pong)
  for (const turn of [1, 2, 3]) {
    now.mockReturnValue(startMs + turn * (pingIntervalMs + 1))
    connection.sweep(steadyMs())
    expect(calls()).toEqual(['\x89\x00'])
    connection.received(pong)
  }
  connection.sweep(steadyMs() + pingIntervalMs + 1)
  connection.sweep(steadyMs() + 2 * pingIntervalMs + 3)
  expect(calls()).toEqual(['\x89\x00', 'terminate'])
  expect(told).toEqual(['close 1006 no answer to a ping false', 'forget'])
})
