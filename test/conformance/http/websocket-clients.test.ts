import { afterEach, describe, expect, test } from 'bun:test'
import { dirname, join } from 'node:path'
import type { WebSocket as NpmWebSocket } from 'ws'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { acceptWebSocket, readWebSocketHandshake } from '#http/websocket/handshake.ts'
import { answerWebSocket, WebSocketLog } from './support/websocket.ts'

// The same conversation with clients that other people wrote.

/** Bun has a module of its own for the name `ws`; this is the package. */
const { WebSocket: NpmClient } = (await import(
  join(dirname(Bun.resolveSync('ws/package.json', import.meta.dir)), 'wrapper.mjs')
)) as { WebSocket: typeof NpmWebSocket }

let server: HttpServer
let log: WebSocketLog

function start(): string {
  log = new WebSocketLog((connection, data) => {
    if (data === 'close me') connection.close(4002, 'as you wish')
    else connection.send(data)
  })
  server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => {
      const handshake = readWebSocketHandshake(request)
      if (handshake.kind !== 'offer') return answerWebSocket(request, log)
      const protocol = handshake.offer.protocols.at(-1)
      return acceptWebSocket(handshake.offer, {
        handler: log,
        ...(protocol === undefined ? {} : { protocol }),
      })
    },
  })
  return `ws://127.0.0.1:${server.port}/`
}

afterEach(async () => {
  await server.stop({ graceMs: 0 })
  expect(server.connections).toBe(0)
})

/** What the interface of browsers can do; all these clients have it. */
type Client = new (
  url: string,
  protocols?: string[],
) => Pick<WebSocket, 'binaryType' | 'close' | 'onclose' | 'onmessage' | 'onopen' | 'protocol' | 'send'>

const clients: readonly (readonly [name: string, client: Client])[] = [
  ['Bun', WebSocket],
  ['ws', NpmClient as unknown as Client],
]

const texts = ['', 'hello', 'κόσμε 🎈', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(30_000)]
const blocks = [[], [0, 255, 1], Array.from({ length: 30_000 }, (_, i) => i & 255)]

for (const [name, ClientSocket] of clients) {
  describe(name, () => {
    test('texts, blocks, subprotocol, a close of the client', async () => {
      const socket = new ClientSocket(start(), ['a', 'b'])
      socket.binaryType = 'arraybuffer'
      const received: unknown[] = []
      const closed = Promise.withResolvers<CloseEvent>()
      socket.onopen = () => {
        for (const text of texts) socket.send(text)
        for (const block of blocks) socket.send(new Uint8Array(block))
      }
      socket.onmessage = ({ data }) => {
        received.push(typeof data === 'string' ? data : [...new Uint8Array(data as ArrayBuffer)])
        if (received.length === texts.length + blocks.length) socket.close(4001, 'good bye')
      }
      socket.onclose = (event) => closed.resolve(event as CloseEvent)
      const { code, wasClean } = await closed.promise
      expect(received).toEqual([...texts, ...blocks])
      expect([code, wasClean, socket.protocol]).toEqual([4001, true, 'b'])
      expect(log.events.at(-1)).toBe('close 4001 good bye clean')
    })

    test('a close of the server', async () => {
      const socket = new ClientSocket(start())
      const closed = Promise.withResolvers<CloseEvent>()
      socket.onopen = () => socket.send('close me')
      socket.onclose = (event) => closed.resolve(event as CloseEvent)
      const { code, reason, wasClean } = await closed.promise
      expect([code, reason, wasClean]).toEqual([4002, 'as you wish', true])
      expect(log.events).toEqual(['open', 'text close me', 'close 4002 as you wish clean'])
    })

    test('a message that is too large', async () => {
      const socket = new ClientSocket(start())
      const closed = Promise.withResolvers<CloseEvent>()
      socket.onopen = () => socket.send('x'.repeat(32_769))
      socket.onclose = (event) => closed.resolve(event as CloseEvent)
      const { code } = await closed.promise
      expect(code).toBe(1009)
      expect(log.events.at(-1)).toBe('close 1009 frame larger than 32768 bytes')
    })
  })
}

test('ws in Node.js: fragments, pings, and permessage-deflate that is offered in vain', async () => {
  const url = start()
  const program = `
    const { WebSocket } = require('ws')
    const socket = new WebSocket(${JSON.stringify(url)})
    socket.on('open', () => {
      if (socket.extensions !== '') throw new Error(socket.extensions)
      socket.send('frag', { fin: false })
      socket.ping('between')
      socket.send('ments', { fin: true })
    })
    socket.on('pong', (data) => console.log('pong', String(data)))
    socket.on('message', (data, isBinary) => {
      console.log('message', String(data), isBinary)
      socket.close(1000, 'done')
    })
    socket.on('close', (code, reason) => console.log('close', code, String(reason)))`
  const child = Bun.spawn(['node', '-e', program], {
    cwd: join(import.meta.dir, '..', '..', '..'),
    stderr: 'inherit',
  })
  expect(await new Response(child.stdout).text()).toBe(
    'pong between\nmessage fragments false\nclose 1000 done\n',
  )
  expect(await child.exited).toBe(0)
  expect(log.events).toEqual(['open', 'text fragments', 'close 1000 done clean'])
})
