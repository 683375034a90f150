import { afterAll, expect, test } from 'bun:test'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { Invocation } from './invocation.ts'
import { responsePayloadBytesMax } from './limits.ts'
import type { RuntimeClient } from './runtime-client.ts'
import { RuntimeKeys } from './runtime-keys.ts'
import { RuntimeLink } from './runtime-link.ts'

const keys = new RuntimeKeys()
const link = new RuntimeLink(keys, silentLog)
afterAll(() => link.stop())

/** What the messages of one connection led to. Work is given at once, as often as it is asked for. */
function client(): { readonly client: RuntimeClient; readonly seen: unknown[] } {
  const seen: unknown[] = []
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
  const invocation = (): Invocation =>
    new Invocation({ payload: Buffer.from('{"ö":1}'), invokedArn: 'arn', traceId: 'Root=1' })
  return {
    seen,
    client: {
      next(taker) {
        seen.push('next')
        taker.work(invocation(), 42)
      },
      respond: (_id, payload, printed) => seen.push(['answer', text(payload), printed]) > 0,
      respondStream: async (_id, contentType, body) => {
        const bytes = await body.bytes(1000)
        seen.push(['stream', contentType, text(bytes)])
        return 'taken'
      },
      fail: (_id, payload) => seen.push(['error', text(payload)]) > 0,
      respondTooLarge: () => seen.push('too large') > 0,
      failInit: (payload) => void seen.push(['init error', text(payload)]),
    },
  }
}

function open(key: string): { readonly socket: Socket; readonly closed: Promise<unknown> } {
  const [, path] = link.address(key).split('@')
  const socket = connect({ path: path as string })
  return { socket, closed: once(socket, 'close') }
}

const [HELLO, NEXT, ANSWER, ERROR, INIT_ERROR, BEGIN, PIECE, END] = [1, 2, 3, 4, 5, 6, 7, 8] as const

function message(kind: number, content: string | Buffer = '', wantsWork = false): Buffer {
  const bytes = Buffer.from(content)
  const head = Buffer.alloc(16)
  head.writeUInt32LE(bytes.length, 0)
  head[4] = kind
  head[5] = wantsWork ? 1 : 0
  head.writeDoubleLE(7, 8)
  return Buffer.concat([head, bytes])
}

const LIFE = [
  message(NEXT, '', true),
  message(ANSWER, '"ä"', true),
  message(ERROR, '{}', true),
  message(BEGIN, 'text/plain'),
  message(PIECE, 'one '),
  message(PIECE, 'two'),
  message(END, '', true),
]
const LIFE_SEEN = [
  'next',
  ['answer', '"ä"', 7],
  'next',
  ['error', '{}'],
  'next',
  ['stream', 'text/plain', 'one two'],
  'next',
]

for (const [what, cut] of [
  ['in one piece', Infinity],
  ['byte by byte', 1],
  ['in pieces of 17 bytes', 17],
] as const) {
  test(`messages ${what}`, async () => {
    const { client: process_, seen } = client()
    const { key } = keys.admit(process_)
    const { socket } = open(key)
    const bytes = Buffer.concat([message(HELLO, key), ...LIFE])
    for (let at = 0; at < bytes.length; at += cut) {
      socket.write(bytes.subarray(at, Math.min(bytes.length, at + cut)))
      // Each in a turn of its own, or the kernel would put them together again.
      await new Promise((resolve) => setImmediate(resolve))
    }
    let got = Buffer.alloc(0)
    while (seen.length < LIFE_SEEN.length || got.length === 0) {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      got = Buffer.concat([got, chunk])
    }
    expect(seen).toEqual(LIFE_SEEN)
    const fields = got.readUInt32LE(0)
    expect(got.readUInt32LE(4)).toBe(8)
    expect(got.toString('latin1', 8, 8 + fields)).toMatch(/^[0-9a-f-]{36}\n42\narn\nRoot=1$/)
    expect(got.toString('utf8', 8 + fields, 16 + fields)).toBe('{"ö":1}')
    socket.destroy()
  })
}

test('what is too large is read to its end, and a last message gets its receipt', async () => {
  const { client: process_, seen } = client()
  const { key } = keys.admit(process_)
  const { socket } = open(key)
  socket.write(message(HELLO, key))
  socket.write(message(ANSWER, Buffer.alloc(responsePayloadBytesMax + 1, 'x'), true))
  socket.write(message(INIT_ERROR, '{"a":1}'))
  await once(socket, 'data')
  while (!JSON.stringify(seen).includes('init error')) await once(socket, 'data')
  expect(seen).toEqual(['too large', 'next', ['init error', '{"a":1}']])
  socket.destroy()
})

const REFUSED: readonly (readonly [what: string, bytes: (key: string) => Buffer])[] = [
  ['another secret', (key) => message(HELLO, `${key.slice(0, -1)}x`)],
  ['no such process', () => message(HELLO, '99.x')],
  ['no key', () => message(NEXT, '', true)],
  ['a key without end', () => message(HELLO, 'x'.repeat(129))],
  ['a second hello', (key) => Buffer.concat([message(HELLO, key), message(HELLO, key)])],
  ['an unknown kind', (key) => Buffer.concat([message(HELLO, key), message(9)])],
  ['HTTP', () => Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
]
for (const [what, bytes] of REFUSED) {
  test(`refused: ${what}`, async () => {
    const { client: process_, seen } = client()
    const { key } = keys.admit(process_)
    const { socket, closed } = open(key)
    socket.write(bytes(key))
    await closed
    expect(seen).toEqual([])
  })
}

test('a process whose reader fell behind is heard again', async () => {
  const { client: process_, seen } = client()
  const late = Promise.withResolvers<void>()
  const { key } = keys.admit({
    ...process_,
    respondStream: async (_id, _contentType, body) => {
      await late.promise
      seen.push((await body.bytes(1_000_000)).length)
      return 'taken'
    },
  })
  const { socket } = open(key)
  // As much as is held for a reader that is not there: the process is paused while its last message is read.
  const whole = [message(BEGIN), message(PIECE, Buffer.alloc(262_144)), message(END, '', true)]
  socket.write(Buffer.concat([message(HELLO, key), message(NEXT, '', true)]))
  await once(socket, 'data')
  await new Promise((resolve) => socket.write(Buffer.concat(whole), resolve))
  // Turns in which what was written is read.
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  late.resolve()
  await once(socket, 'data')
  socket.write(message(ANSWER, '1', true))
  await once(socket, 'data')
  expect(seen).toEqual(['next', 262_144, 'next', ['answer', '1', 7], 'next'])
  socket.destroy()
})

test('who was shut out is heard no more', async () => {
  const { client: process_, seen } = client()
  const { key, close } = keys.admit(process_)
  const { socket } = open(key)
  socket.write(message(HELLO, key))
  socket.write(message(NEXT, '', true))
  await once(socket, 'data')
  close()
  socket.write(Buffer.concat([message(ANSWER, '1', true), message(ERROR, '{}')]))
  // The receipt lets its process end.
  await once(socket, 'data')
  expect(seen).toEqual(['next'])
  socket.destroy()
})

test('nothing is left behind', async () => {
  const other = new RuntimeLink(keys, silentLog)
  const [, path = ''] = other.address('x').split('@')
  const socket = connect({ path })
  await once(socket, 'connect')
  expect(existsSync(path)).toBe(true)
  const closed = once(socket, 'close')
  other.stop()
  await closed
  expect(existsSync(path)).toBe(false)
})

for (const [what, parent] of [
  ['a folder that is not there', join(tmpdir(), 'gatehouse-nowhere')],
  ['a path too long for a socket', 'long'],
] as const) {
  test(`a loopback port in place of ${what}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
    const long = join(folder, 'x'.repeat(120))
    mkdirSync(long)
    const other = new RuntimeLink(keys, silentLog, parent === 'long' ? long : parent)
    const { client: process_, seen } = client()
    const { key } = keys.admit(process_)
    const [, port = ''] = other.address(key).split('@')
    expect(port).toMatch(/^\d+$/)
    const socket = connect({ host: '127.0.0.1', port: Number(port) })
    socket.write(Buffer.concat([message(HELLO, key), message(NEXT, '', true)]))
    await once(socket, 'data')
    expect(seen).toEqual(['next'])
    expect(readdirSync(long)).toEqual([])
    socket.destroy()
    other.stop()
    rmSync(folder, { recursive: true })
  })
}
