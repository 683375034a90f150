import { afterEach, expect, test } from 'bun:test'
import { emptyBody, textBody } from '#http/body.ts'
import {
  createHttpClient,
  type HttpClient,
  type HttpClientRequest,
  type HttpClientResponse,
} from '#http/client.ts'
import type { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { Body, BodySink } from '#http/message.ts'
import { eventually } from './support/proxy.ts'
import { RawBackend, type Script } from './support/raw-backend.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

let backend: RawBackend
let client: HttpClient

function start(script: Script): void {
  backend = new RawBackend(script)
  client = createHttpClient()
}

afterEach(async () => {
  client.close()
  expect(client.connections).toBe(0)
  await eventually(() => backend.connections.every(({ closed }) => closed))
  backend.stop()
})

function send(request: Partial<HttpClientRequest> = {}): Promise<HttpClientResponse> {
  return client.send({
    origin: backend.origin,
    method: 'GET',
    target: '/',
    headers: new Headers(),
    body: emptyBody,
    timeoutMs: 3000,
    ...request,
  })
}

/** The answer's body, or the kind of failure. */
async function ask(request: Partial<HttpClientRequest> = {}): Promise<string> {
  try {
    const { body } = await send(request)
    return Buffer.from(await body.bytes(10_000_000)).toString()
  } catch (error) {
    return (error as HttpError).failure
  }
}

// Interim answers

test('interim answers are told, in order, before the final one', async () => {
  start((connection) => {
    connection.send('HTTP/1.1 100 Continue\r\n\r\n')
    connection.send('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n')
    connection.send(OK)
  })
  const told: [number, string[]][] = []
  const onInterim = (status: number, headers: Headers): void =>
    void told.push([status, headers.getAll('link')])
  expect(await ask({ onInterim })).toBe('ok')
  expect(told).toEqual([
    [100, []],
    [103, ['</a>', '</b>']],
  ])
  expect(client.connections).toBe(1)
})

test('an exchange may be given up at an interim answer', async () => {
  start((connection) => connection.send(`HTTP/1.1 103 Early Hints\r\n\r\n${OK}`))
  const leaving = new AbortController()
  expect(await ask({ signal: leaving.signal, onInterim: () => leaving.abort() })).toBe('aborted')
})

test('nobody asked for another protocol', async () => {
  start((connection) => connection.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'))
  const headers = new Headers(['Connection', 'Upgrade', 'Upgrade', 'x'])
  expect(await ask({ headers })).toBe('malformed')
  expect(backend.connections[0]?.received).not.toMatch(/upgrade/i)
})

// Expect: 100-continue

const asking = { method: 'POST', body: textBody('the body'), expectContinueMs: 2000 }

test('the body waits for 100', async () => {
  start(async (connection) => {
    await Bun.sleep(10)
    expect(connection.received).toMatch(/\r\nExpect: 100-continue\r\n(?:.+\r\n)*\r\n$/)
    connection.send('HTTP/1.1 100 Continue\r\n\r\n')
    await connection.until((received) => received.endsWith('the body'))
    connection.send(OK)
  })
  expect(await ask(asking)).toBe('ok')
  expect(client.connections).toBe(1)
})

test('a body of unknown length waits as well', async () => {
  start(async (connection) => {
    connection.send('HTTP/1.1 100 Continue\r\n\r\n')
    await connection.until((received) => received.endsWith('0\r\n\r\n'))
    connection.send(OK)
  })
  expect(await ask({ ...asking, body: new Pieces(['some', 'more']) })).toBe('ok')
  expect(backend.connections[0]?.received).toMatch(/4\r\nsome\r\n4\r\nmore\r\n0\r\n\r\n$/)
})

test('the body is sent to a backend that says nothing', async () => {
  start(async (connection) => {
    await connection.until((received) => received.endsWith('the body'))
    connection.send(OK)
  })
  expect(await ask({ ...asking, expectContinueMs: 30 })).toBe('ok')
  expect(client.connections).toBe(1)
})

test('a final answer makes the body unnecessary, and ends the connection', async () => {
  start((connection) => connection.send('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno'))
  expect(await ask(asking)).toBe('no')
  expect(client.connections).toBe(0)
  expect(backend.connections[0]?.received).not.toContain('the body')
})

test('an empty body is asked about by nobody', async () => {
  start((connection) => connection.send(OK))
  expect(await ask({ method: 'POST', expectContinueMs: 2000 })).toBe('ok')
  expect(backend.connections[0]?.received).not.toMatch(/expect/i)
})

// Limits of the answer

const limits: readonly [name: string, answer: string, bytesMax: number, expected: string][] = [
  ['by length, as large as allowed', 'Content-Length: 5\r\n\r\nabcde', 5, 'abcde'],
  ['by length, larger', 'Content-Length: 6\r\n\r\nabcdef', 5, 'too-large'],
  ['by length, larger, and not here yet', 'Content-Length: 600000\r\n\r\nabc', 5, 'too-large'],
  [
    'in chunks, as large as allowed',
    'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    5,
    'abcde',
  ],
  [
    'in chunks, larger',
    'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n',
    5,
    'too-large',
  ],
  ['until close, larger', '\r\nabcdef', 5, 'too-large'],
]
for (const [name, answer, responseBodyBytesMax, expected] of limits) {
  test(`limit of the answer: ${name}`, async () => {
    start((connection) => connection.send(`HTTP/1.1 200 OK\r\n${answer}`))
    expect(await ask({ responseBodyBytesMax })).toBe(expected)
    expect(client.connections).toBe(expected === 'too-large' ? 0 : 1)
  })
}

test('an answer to HEAD may tell any length', async () => {
  start((connection) => connection.send('HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n'))
  expect(await ask({ method: 'HEAD', responseBodyBytesMax: 5 })).toBe('')
  expect(client.connections).toBe(1)
})

// Cancelling

test('a signal that fired already sends nothing', async () => {
  start((connection) => connection.send(OK))
  expect(await ask({ signal: AbortSignal.abort() })).toBe('aborted')
  expect(backend.connections).toEqual([])
})

for (const by of ['signal', 'onCancel'] as const) {
  const cancellable = (): [Partial<HttpClientRequest>, () => void] => {
    if (by === 'signal') {
      const controller = new AbortController()
      return [{ signal: controller.signal }, () => controller.abort()]
    }
    const listeners: (() => void)[] = []
    const cancel = (): void => listeners.forEach((listener) => listener())
    return [{ onCancel: (listener) => void listeners.push(listener) }, cancel]
  }

  test(`cancelled while connecting (${by})`, async () => {
    start(() => {})
    const [request, cancel] = cancellable()
    const answer = ask(request)
    cancel()
    expect([await answer, client.connections]).toEqual(['aborted', 0])
  })

  test(`cancelled while waiting for the answer (${by})`, async () => {
    start(() => {})
    const [request, cancel] = cancellable()
    const answer = ask(request)
    await eventually(() => backend.connections[0]?.requests === 1)
    cancel()
    expect([await answer, client.connections]).toEqual(['aborted', 0])
  })

  test(`cancelled within the request’s body (${by})`, async () => {
    start(() => {})
    const body = new Pieces(['some'], false)
    const [request, cancel] = cancellable()
    const answer = ask({ ...request, method: 'POST', body })
    await eventually(() => backend.connections[0]?.received.includes('some') === true)
    cancel()
    expect([await answer, client.connections, body.cancelled]).toEqual(['aborted', 0, true])
  })

  test(`cancelled within the answer’s body (${by})`, async () => {
    start((connection) => connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'))
    const [request, cancel] = cancellable()
    const { body } = await send(request)
    const whole = body.bytes(100)
    cancel()
    expect(await Promise.resolve(whole).catch((error: unknown) => (error as HttpError).failure)).toBe(
      'aborted',
    )
    expect(client.connections).toBe(0)
  })

  test(`cancelled when all is over: the next exchange goes on (${by})`, async () => {
    start((connection) => {
      if (connection.requests === 1) connection.send(OK)
    })
    const [request, cancel] = cancellable()
    expect(await ask(request)).toBe('ok')
    const next = ask()
    cancel()
    await eventually(() => backend.connections[0]?.requests === 2)
    backend.connections[0]?.send(OK)
    expect(await next).toBe('ok')
  })
}

test('nothing is left at a signal that outlives its exchanges', async () => {
  start((connection, request) => {
    if (request.includes('/whole')) connection.send(OK)
    else if (request.includes('/reset')) connection.reset()
    else if (request.includes('/half')) {
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
      connection.finish()
    } else connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n')
  })
  const { signal } = new AbortController()
  let listeners = 0
  const counting = {
    get aborted() {
      return signal.aborted
    },
    addEventListener: () => void listeners++,
    removeEventListener: () => void listeners--,
  } as unknown as AbortSignal
  const answers: string[] = []
  for (const target of ['/whole', '/chunked', '/half', '/reset'])
    answers.push(await ask({ target, signal: counting }))
  expect(answers).toEqual(['ok', 'ok', 'reset', 'reset'])
  expect(listeners).toBe(0)
})

// Deadlines

interface Deadline {
  readonly name: string
  readonly script: Script
  readonly timeouts: HttpClientRequest['timeouts']
  readonly expected: string
}

const drip: Script = async (connection) => {
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')
  while (!connection.closed) {
    connection.send('x')
    await Bun.sleep(5)
  }
}
const deadlines: readonly Deadline[] = [
  {
    name: 'of the first byte',
    script: () => {},
    timeouts: { firstByteMs: 40 },
    expected: 'first-byte-timeout',
  },
  {
    name: 'of the first byte, within the head',
    script: async (connection) => {
      connection.send('HTTP/1.1 200 OK\r\n')
      for (let i = 0; !connection.closed; i++) {
        connection.send(`X-${i}: y\r\n`)
        await Bun.sleep(5)
      }
    },
    timeouts: { firstByteMs: 40 },
    expected: 'first-byte-timeout',
  },
  {
    name: 'of silence',
    script: (connection) => connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
    timeouts: { idleMs: 40 },
    expected: 'idle-timeout',
  },
  {
    name: 'of the whole, for an answer that drips',
    script: drip,
    timeouts: { totalMs: 60 },
    expected: 'idle-timeout',
  },
  {
    name: 'of the whole, before the head',
    script: () => {},
    timeouts: { totalMs: 40 },
    expected: 'first-byte-timeout',
  },
]
for (const { name, script, timeouts, expected } of deadlines) {
  test(`deadline ${name}`, async () => {
    start(script)
    expect([await ask({ timeouts }), client.connections]).toEqual([expected, 0])
  })
}

test('no deadline of silence strikes an answer that drips', async () => {
  start(async (connection) => {
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n')
    for (let i = 0; i < 20; i++) {
      connection.send('x')
      await Bun.sleep(20)
    }
  })
  expect(await ask({ timeouts: { idleMs: 250 } })).toBe('x'.repeat(20))
})

test('a slow reader stops the clock of silence', async () => {
  const size = 8_000_000
  start(async (connection) => {
    const wire = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`
    for (let at = 0; at < wire.length && !connection.closed;) {
      const taken = connection.send(wire.slice(at, at + 100_000))
      at += taken
      await new Promise((resolve) => (taken === 0 ? setTimeout(resolve, 1) : setImmediate(resolve)))
    }
  })
  const { body } = await send({ timeouts: { idleMs: 150 } })
  let bytes = 0
  const outcome = Promise.withResolvers<string>()
  body.start({
    data: (chunk) => {
      if (bytes === 0) {
        body.pause()
        setTimeout(() => body.resume(), 500)
      }
      bytes += chunk.length
    },
    end: () => outcome.resolve('whole'),
    fail: (error) => outcome.resolve((error as HttpError).failure),
  })
  expect([await outcome.promise, bytes]).toEqual(['whole', size])
})

// Backpressure

test('a large answer takes no more memory than its slow reader allows', async () => {
  const size = 100_000_000
  const piece = 'x'.repeat(250_000)
  let sent = 0
  start(async (connection) => {
    connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
    while (sent < size && !connection.closed) {
      const taken = connection.send(piece.slice(0, size - sent))
      sent += taken
      await new Promise((resolve) => (taken === 0 ? setTimeout(resolve, 1) : setImmediate(resolve)))
    }
  })
  const { body } = await send()
  let read = 0
  let ahead = 0
  const outcome = Promise.withResolvers<string>()
  let turn = 0
  body.start({
    data: (chunk) => {
      read += chunk.length
      ahead = Math.max(ahead, sent - read)
      if (++turn % 16 !== 0) return
      body.pause()
      setTimeout(() => body.resume(), 1)
    },
    end: () => outcome.resolve('whole'),
    fail: (error) => outcome.resolve((error as HttpError).failure),
  })
  expect([await outcome.promise, read]).toEqual(['whole', size])
  // What lies between is what the kernel's buffers hold, and a few pieces.
  expect(ahead).toBeLessThan(24_000_000)
}, 60_000)

/** A body that is given piece by piece. */
class Pieces implements Body {
  readonly length = undefined
  readonly #pieces: readonly string[]
  readonly #whole: boolean
  cancelled = false

  constructor(pieces: readonly string[], whole = true) {
    this.#pieces = pieces
    this.#whole = whole
  }

  start(sink: BodySink): void {
    for (const piece of this.#pieces) sink.data(Buffer.from(piece))
    if (this.#whole) sink.end()
  }

  pause(): void {}
  resume(): void {}

  cancel(): void {
    this.cancelled = true
  }

  bytes(): Uint8Array {
    return Buffer.from(this.#pieces.join(''))
  }
}
