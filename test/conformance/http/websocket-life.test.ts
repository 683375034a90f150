import { afterEach, describe, expect, test } from 'bun:test'
import type { HttpServer } from '#http/server.ts'
import type { WebSocketLimits } from '#http/websocket/limits.ts'
import type { WebSocketConnection, WebSocketHandler } from '#http/websocket/websocket-connection.ts'
import { eventually } from './support/proxy.ts'
import type { RawClient } from './support/raw-client.ts'
import {
  closeFrame,
  frame,
  handshakeText,
  openRawWebSocket,
  serverFrames,
  startWebSocketServer,
  WebSocketLog,
} from './support/websocket.ts'

// What becomes of a WebSocket: who closes it, who vanishes, who is slow, who is late.

let server: HttpServer
let log: WebSocketLog
let client: RawClient

afterEach(async () => {
  client.reset()
  await server.stop({ graceMs: 100 })
  expect(server.connections).toBe(0)
  // Every connection that was opened was told of its end, once, and of nothing after it.
  expect(log.events.filter((event) => event.startsWith('close'))).toHaveLength(1)
  expect(log.events.at(-1)).toStartWith('close ')
})

/** The server's side of a WebSocket with a raw client. */
async function open(
  limits: Partial<WebSocketLimits> = {},
  act?: (connection: WebSocketConnection, data: string | Buffer) => void,
): Promise<WebSocketConnection> {
  log = new WebSocketLog(act)
  server = startWebSocketServer(log, limits)
  client = await openRawWebSocket(server.port)
  return log.connections[0] as WebSocketConnection
}

const ended = (): boolean => log.events.at(-1)?.startsWith('close ') === true
const frames = (): string[] => serverFrames(client.received)

describe('the server closes', () => {
  test('and waits for the answer of the client', async () => {
    const connection = await open()
    connection.close(4001, 'enough')
    expect(connection.send('late')).toBe(false)
    connection.ping()
    connection.close(1000, 'again')
    await client.until(() => frames().length > 0)
    expect(ended()).toBe(false)
    await client.send(frame(1, 'crossed') + frame(9, 'ping') + closeFrame(4001))
    await client.rest()
    expect(frames()).toEqual(['close 4001 enough'])
    expect(log.events).toEqual(['open', 'close 4001 enough clean'])
  })

  test('without arguments: 1000', async () => {
    const connection = await open()
    connection.close()
    await client.until(() => frames().length > 0)
    await client.send(closeFrame(1000))
    await client.rest()
    expect(frames()).toEqual(['close 1000'])
  })

  test('while a fragmented message arrives', async () => {
    const connection = await open()
    await client.send(frame(1, 'a', { final: false }))
    connection.close()
    await client.send(frame(0, 'b') + frame(2, 'c') + closeFrame(1000))
    await client.rest()
    expect(log.events).toEqual(['open', 'close 1000  clean'])
  })

  test('a client that answers with nonsense is given up', async () => {
    const connection = await open()
    connection.close(4001, 'enough')
    await client.send(frame(1, 'a', { masked: false }))
    await client.rest()
    expect(log.events).toEqual(['open', 'close 4001 enough'])
  })

  test('a client that never answers is cut', async () => {
    const connection = await open({ closeTimeoutMs: 20 })
    connection.close(4001, 'enough')
    await client.rest()
    expect(log.events).toEqual(['open', 'close 4001 enough'])
  })

  test('a client that answers but never closes its side is cut', async () => {
    log = new WebSocketLog()
    server = startWebSocketServer(log, { closeTimeoutMs: 20 })
    const closed = Promise.withResolvers<void>()
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: server.port,
      allowHalfOpen: true,
      socket: { data() {}, end() {}, error() {}, close: () => closed.resolve() },
    })
    client = { reset: () => socket.terminate() } as RawClient
    socket.write(Buffer.from(handshakeText() + closeFrame(1000), 'latin1'))
    await closed.promise
    expect(log.events).toEqual(['open', 'close 1000  clean'])
  })

  test('with a code or reason that cannot be sent: RangeError, and nothing happens', async () => {
    const connection = await open()
    for (const code of [0, 999, 1005, 1006, 1015, 2000, 5000, 1000.5, NaN]) {
      expect(() => connection.close(code)).toThrow(RangeError)
    }
    expect(() => connection.close(1000, 'é'.repeat(62))).toThrow(
      'the close reason has 124 bytes: expected at most 123',
    )
    connection.close(1000, 'é'.repeat(61))
    await client.until(() => frames().length > 0)
    await client.send(closeFrame(1000))
    await client.rest()
  })

  test('by terminate: the client learns nothing', async () => {
    const connection = await open()
    connection.terminate()
    connection.terminate()
    connection.close()
    expect(connection.send('x')).toBe(false)
    expect(await client.rest()).toEndWith('\r\n\r\n')
    expect(log.events).toEqual(['open', 'close 1006 connection lost'])
  })

  test('when it stops: 1001, and who answers is gone before the grace is over', async () => {
    await open()
    const stopped = server.stop({ graceMs: 60_000 })
    await client.until(() => frames().length > 0)
    await client.send(closeFrame(1001))
    await stopped
    expect(frames()).toEqual(['close 1001 Going away'])
    expect(log.events).toEqual(['open', 'close 1001 Going away clean'])
  })

  test('when it stops: who does not answer is cut after the grace', async () => {
    await open()
    await server.stop({ graceMs: 20 })
    await client.rest()
    expect(log.events).toEqual(['open', 'close 1001 Going away'])
  })
})

describe('the client vanishes', () => {
  const LOST = 'close 1006 connection lost'
  const ways: readonly (readonly [name: string, leave: () => void])[] = [
    ['by FIN', () => client.finish()],
    ['by RST', () => client.reset()],
  ]
  for (const [name, leave] of ways) {
    test(name, async () => {
      const connection = await open()
      leave()
      await eventually(ended)
      expect(log.events).toEqual(['open', LOST])
      expect(connection.send('late')).toBe(false)
      await eventually(() => server.connections === 0)
    })

    test(`${name}, in the middle of a message`, async () => {
      await open()
      await client.send(frame(1, 'a', { final: false }) + frame(0, 'bcd').slice(0, 4))
      leave()
      await eventually(ended)
      expect(log.events).toEqual(['open', LOST])
    })

    test(`${name}, while its answer to a close is awaited`, async () => {
      const connection = await open()
      connection.close(4001, 'enough')
      leave()
      await eventually(ended)
      expect(log.events).toEqual(['open', 'close 4001 enough'])
    })
  }

  test('by FIN, after a message: that is delivered', async () => {
    await open()
    await client.send(frame(1, 'last'))
    client.finish()
    await client.rest()
    expect(frames()).toEqual(['text last'])
    expect(log.events).toEqual(['open', 'text last', LOST])
  })

  test('by FIN while paused: what it sent before is delivered first', async () => {
    const connection = await open({}, (one) => one.pause())
    await client.send(frame(1, 'a') + frame(1, 'b') + closeFrame(1000, 'bye'))
    client.finish()
    await eventually(() => log.events.length === 2)
    connection.resume()
    await eventually(() => log.events.length === 3)
    connection.resume()
    await eventually(ended)
    expect(log.events).toEqual(['open', 'text a', 'text b', 'close 1000 bye clean'])
  })

  test('by RST while paused', async () => {
    const connection = await open({ writeTimeoutMs: 100 })
    connection.pause()
    client.reset()
    await eventually(ended)
    expect(log.events).toEqual(['open', LOST])
  })

  test('silently: found by a ping', async () => {
    await open({ pingIntervalMs: 20 })
    await client.rest()
    expect(frames()).toEqual(['ping'])
    expect(log.events).toEqual(['open', 'close 1006 no answer to a ping'])
  })
})

describe('deadlines', () => {
  test('idle: 1001', async () => {
    await open({ idleTimeoutMs: 20 })
    await client.until(() => frames().length > 0)
    await client.send(closeFrame(1001))
    await client.rest()
    expect(frames()).toEqual(['close 1001 Going away'])
    expect(log.events).toEqual(['open', 'close 1001 Going away clean'])
  })

  test('age: 1001, however busy', async () => {
    const connection = await open({ lifetimeMs: 300 })
    const chat = setInterval(() => void client.send(frame(1, 'x')), 5)
    await client.until(() => frames().includes('close 1001 Going away'))
    clearInterval(chat)
    expect(Date.now() - connection.connectedAtMs).toBeGreaterThanOrEqual(300)
    await client.send(closeFrame(1001))
    await client.rest()
  })

  const activities: readonly (readonly [name: string, act: (connection: WebSocketConnection) => void])[] = [
    ['messages of the client', () => void client.send(frame(1, 'x'))],
    ['pings of the client', () => void client.send(frame(9))],
    ['messages of the server', (connection) => void connection.send('x')],
  ]
  for (const [name, act] of activities) {
    test(`${name} are activity`, async () => {
      const connection = await open({ idleTimeoutMs: 500 }, () => {})
      const until = Date.now() + 800
      while (Date.now() < until) {
        act(connection)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      expect(connection.lastActiveAtMs).toBeGreaterThan(connection.connectedAtMs)
      expect(ended()).toBe(false)
    })
  }

  test('answers to pings keep it from being cut, not from being idle', async () => {
    const connection = await open({ pingIntervalMs: 1, idleTimeoutMs: 600 })
    let answered = 0
    await client.until(() => {
      for (; answered < frames().filter((one) => one === 'ping').length; answered++)
        void client.send(frame(10))
      return frames().includes('close 1001 Going away')
    })
    expect(answered).toBeGreaterThan(0)
    expect(connection.lastActiveAtMs).toBe(connection.connectedAtMs)
    await client.send(closeFrame(1001))
    await client.rest()
  })
})

describe('a slow reader', () => {
  const message = new Uint8Array(64 * 1024)

  /** Sends until the kernel takes no more. */
  function fill(connection: WebSocketConnection): void {
    while (connection.unsentBytes === 0) expect(connection.send(message)).toBe(true)
  }

  test('is closed when more would wait than may; until then nothing is lost', async () => {
    const limits = { unsentBytesMax: 200_000, closeTimeoutMs: 60_000 }
    const connection = await open(limits)
    client.pause()
    let sent = 0
    while (connection.send(message)) {
      sent++
      expect(connection.unsentBytes).toBeLessThanOrEqual(limits.unsentBytesMax)
    }
    expect(connection.send('x')).toBe(false)
    expect(connection.unsentBytes).toBeLessThan(limits.unsentBytesMax + 64)
    client.resume()
    await client.until(() => client.received.endsWith('client reads too slowly'))
    expect(frames()).toHaveLength(sent + 1)
    expect(frames().at(-1)).toBe('close 1008 client reads too slowly')
    await client.send(closeFrame(1008))
    await client.rest()
    expect(log.events).toEqual(['open', 'close 1008 client reads too slowly clean'])
  })

  test('that never reads again is cut after its close', async () => {
    const connection = await open({ closeTimeoutMs: 20 })
    client.pause()
    while (connection.send(message));
    await eventually(ended)
    expect(log.events).toEqual(['open', 'close 1008 client reads too slowly'])
    expect(connection.unsentBytes).toBe(0)
    await eventually(() => server.connections === 0)
  })

  test('that takes nothing for too long is cut', async () => {
    const connection = await open({ writeTimeoutMs: 20 })
    client.pause()
    fill(connection)
    await eventually(ended)
    expect(log.events).toEqual(['open', 'close 1006 client takes nothing'])
  })

  test('that has nothing waiting may be sent a message of any size', async () => {
    const connection = await open({ unsentBytesMax: 1000 })
    expect(connection.send('x'.repeat(100_000))).toBe(true)
    await client.until(() => client.received.length > 100_000)
    expect(frames()).toEqual([`text ${'x'.repeat(100_000)}`])
  })

  test('cannot make pongs pile up', async () => {
    const connection = await open({ unsentBytesMax: 100_000, closeTimeoutMs: 20 })
    client.pause()
    fill(connection)
    await client.send(frame(9, 'p'.repeat(125)).repeat(1000))
    await eventually(ended)
    expect(log.events).toEqual(['open', 'close 1008 client reads too slowly'])
  })

  test('gets many small messages in order', async () => {
    const connection = await open()
    client.pause()
    fill(connection)
    for (let i = 0; i < 1000; i++) expect(connection.send(`small ${i}`)).toBe(true)
    client.resume()
    await client.until(() => client.received.endsWith('small 999'))
    expect(frames().filter((one) => one.startsWith('text '))).toEqual(
      Array.from({ length: 1000 }, (_, i) => `text small ${i}`),
    )
    expect(connection.unsentBytes).toBe(0)
  })
})

describe('pause', () => {
  test('holds at the next message, though it is here; resume goes on in order', async () => {
    const connection = await open({}, (one, data) => {
      if (data !== 'c') one.pause()
    })
    await client.send(['a', 'b', 'c', 'd'].map((text) => frame(1, text)).join('') + frame(9, 'p'))
    await eventually(() => log.events.length === 2)
    await client.send(frame(1, 'e'))
    expect(log.events).toEqual(['open', 'text a'])
    expect(frames()).toEqual([])
    connection.resume()
    expect(log.events.slice(2)).toEqual(['text b'])
    connection.resume()
    expect(log.events.slice(3)).toEqual(['text c', 'text d'])
    connection.resume()
    await eventually(() => log.events.length === 6)
    expect(log.events.at(-1)).toBe('text e')
    await client.until(() => frames().length > 0)
    expect(frames()).toEqual(['pong p'])
    connection.resume()
  })

  test('a message that is handled at once does not recurse', async () => {
    const count = 20_000
    await open({}, (one) => {
      one.pause()
      one.resume()
    })
    await client.send(frame(1, '').repeat(count))
    await eventually(() => log.events.length === count + 1)
  })

  test('stops reading: a fast sender is held back', async () => {
    const connection = await open({}, () => {})
    connection.pause()
    const chunk = Buffer.from(frame(2, 'x'.repeat(30_000)), 'latin1')
    let taken = 0
    // The kernel's buffers fill up on both sides.
    for (let i = 0; i < 5 || taken > 0; i++) {
      taken = 0
      for (let wrote = 1; wrote > 0;) {
        wrote = client.write(chunk)
        taken += Math.max(0, wrote)
        if (wrote < chunk.length) break
      }
      await new Promise((resolve) => setImmediate(resolve))
      if (i > 5000) throw new Error('the sender is never held back')
    }
    expect(log.events).toEqual(['open'])
  })

  test('a close of the server is not held back', async () => {
    const connection = await open({}, (one) => one.pause())
    await client.send(frame(1, 'a') + frame(1, 'b') + closeFrame(1000))
    await eventually(() => log.events.length === 2)
    connection.close(4001, 'enough')
    await client.rest()
    expect(frames()).toEqual(['close 4001 enough'])
    expect(log.events).toEqual(['open', 'text a', 'close 4001 enough clean'])
  })

  test('is neither idle nor silent', async () => {
    const connection = await open({ idleTimeoutMs: 150, pingIntervalMs: 150 })
    connection.pause()
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(ended()).toBe(false)
    expect(frames()).toEqual([])
  })
})

describe('a handler', () => {
  test('that throws closes with 1011', async () => {
    await open({}, () => {
      throw new Error('secret')
    })
    await client.send(frame(1, 'a') + frame(1, 'b') + closeFrame(1011))
    expect(await client.rest()).not.toContain('secret')
    expect(frames()).toEqual(['close 1011 Internal server error'])
    expect(log.events).toEqual(['open', 'text a', 'close 1011 Internal server error clean'])
  })

  test('may send what it changes afterwards', async () => {
    const bytes = new Uint8Array([1, 2, 3])
    const connection = await open()
    connection.send(bytes)
    bytes.fill(9)
    await client.until(() => frames().length > 0)
    expect(frames()).toEqual(['binary 010203'])
  })

  test('may send a lone surrogate: it is replaced', async () => {
    const connection = await open()
    connection.send('a\ud800b')
    await client.until(() => frames().length > 0)
    expect(frames()).toEqual(['text a\ufffdb'])
  })

  for (const [name, act] of [
    ['terminates', (one: WebSocketConnection) => one.terminate()],
    ['closes', (one: WebSocketConnection) => one.close(4001, 'enough')],
  ] as const) {
    test(`that ${name} in its own open`, async () => {
      log = new WebSocketLog()
      const handler: WebSocketHandler = {
        open(connection) {
          log.open(connection)
          act(connection)
        },
        message: (...args) => log.message(...args),
        close: (...args) => log.close(...args),
      }
      server = startWebSocketServer(handler, { closeTimeoutMs: 20 })
      client = await openRawWebSocket(server.port)
      await client.rest()
      await eventually(() => server.connections === 0)
      expect(log.events[0]).toBe('open')
    })
  }
})
