import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { AbsentBody, emptyBody, textBody, WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Body, BodySink, HttpReply, HttpRequest } from '#http/message.ts'
import { startHttpServer, type HttpServer, type HttpServerSettings } from '#http/server.ts'
import { CertificateTable } from '#http/tls/certificate-table.ts'
import { serverCertificate } from '../../support/certificates.ts'

// Clients that others wrote: node's, and curl where there is one; in clear and over TLS.

/** A body that is told what to say. */
class Source implements Body {
  readonly length = undefined
  sink: BodySink | undefined
  paused = false
  onStart: () => void = () => {}
  onResume: () => void = () => {}

  start(sink: BodySink): void {
    this.sink = sink
    this.onStart()
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.onResume()
  }

  cancel(): void {
    this.sink = undefined
  }

  bytes(): never {
    throw new Error('this body streams')
  }
}

const PIECE = Buffer.alloc(10_000)

class App {
  server: HttpServer
  #aborted = 0
  #events: Source | undefined
  #produced = 0
  #finishSlow: (() => void) | undefined
  stopped: Promise<void> | undefined

  constructor(settings: Partial<HttpServerSettings>) {
    this.server = startHttpServer({
      hostname: '127.0.0.1',
      port: 0,
      handler: (request) => this.#handle(request),
      ...settings,
    })
  }

  #handle(request: HttpRequest): HttpReply | Promise<HttpReply> {
    const { target, body, headers } = request
    switch (target.split('?')[0] ?? '') {
      case '/echo':
        return this.#echo(body)
      case '/trailers':
        return this.#trailers(body)
      case '/sized':
        return reply(request.method === 'HEAD' ? new AbsentBody(17) : textBody('x'.repeat(17)))
      case '/204':
        return reply(emptyBody, 204)
      case '/304':
        return reply(emptyBody, 304)
      case '/early':
        return reply(textBody('too much'), 413)
      case '/never':
        request.onAbort(() => void this.#aborted++)
        return new Promise(() => {})
      case '/aborted':
        return reply(textBody(String(this.#aborted)))
      case '/broken':
        return reply(this.#broken())
      case '/wide':
        return reply(emptyBody, 200, ['x-wide', 'w'.repeat(40_000)])
      case '/value':
        return reply(new WholeBody(Buffer.from(headers.get('x-value') ?? '', 'latin1')))
      case '/events':
        return reply((this.#events = new Source()))
      case '/event':
        this.#events?.sink?.data(Buffer.from(`event ${target.split('?')[1]}`))
        return reply(emptyBody, 204)
      case '/endless':
        return reply(this.#endless())
      case '/produced':
        return reply(textBody(String(this.#produced)))
      case '/slow':
        return new Promise((resolve) => (this.#finishSlow = () => resolve(reply(textBody('slow')))))
      case '/stop':
        this.stopped = this.server.stop({ graceMs: 3000 })
        setImmediate(() => this.#finishSlow?.())
        return reply(emptyBody, 204)
    }
    return reply(emptyBody, 404)
  }

  async #echo(body: Body): Promise<HttpReply> {
    return reply(new WholeBody(Buffer.from(await body.bytes(10_000_000))))
  }

  /** Answers with the trailers of the request. */
  #trailers(body: Body): HttpReply {
    const source = new Source()
    source.onStart = () =>
      body.start({
        data: (chunk) => source.sink?.data(chunk),
        end: (trailers) => source.sink?.end(trailers),
        fail: (error) => source.sink?.fail(error),
      })
    return reply(source)
  }

  #broken(): Source {
    const source = new Source()
    source.onStart = () => {
      source.sink?.data(Buffer.from('half'))
      setImmediate(() => source.sink?.fail(new Error('the rest is missing')))
    }
    return source
  }

  #endless(): Source {
    const source = new Source()
    const produce = (): void => {
      if (source.paused || source.sink === undefined) return
      this.#produced += PIECE.length
      source.sink.data(PIECE)
      setImmediate(produce)
    }
    source.onStart = source.onResume = () => void setImmediate(produce)
    return source
  }
}

function reply(body: Body, status = 200, raw: string[] = []): HttpReply {
  return { status, headers: new Headers(raw), body }
}

const tls = {
  certificates: new CertificateTable({ byName: new Map(), fallback: serverCertificate('localhost') }),
}
const WITNESS = join(import.meta.dirname, 'support/http2-witness.mjs')

async function run(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdout: 'pipe', stderr: 'inherit' })
  const said = await new Response(child.stdout).text()
  expect(await child.exited).toBe(0)
  return said
}

const ways: readonly (readonly [name: string, scheme: string, settings: Partial<HttpServerSettings>])[] = [
  ['prior knowledge', 'http', {}],
  ['ALPN', 'https', { tls }],
]

for (const [name, scheme, settings] of ways) {
  describe(name, () => {
    test("node's client", async () => {
      const app = new App(settings)
      const said: unknown = JSON.parse(
        await run(['node', WITNESS, `${scheme}://127.0.0.1:${app.server.port}`]),
      )
      await app.stopped
      expect(said).toEqual({
        alpn: scheme === 'https' ? 'h2' : 'h2c',
        manyStreams: 400,
        upAndDown: [true, true, true],
        trailers: { status: 200, trailers: { 'x-sum': '17' } },
        bodiless: [
          [200, '17', 0],
          [204, null, 0],
          [304, null, 0],
        ],
        expectContinue: [1, 'held', 0, 413],
        earlyAnswer: { status: 413, text: 'too much', code: 0, error: null, next: 200 },
        abort: '1',
        brokenAnswer: { status: 200, error: 'ERR_HTTP2_STREAM_ERROR', code: 2 },
        wideHeaders: 40_000,
        everyLetter: 0,
        noTable: [200, 200],
        events: ['event 0', 'event 1', 'event 2'],
        slowReader: expect.any(Number),
        drain: { goneAway: expect.anything(), stopping: 204, texts: ['slow', 'after'] },
      })
      expect((said as { slowReader: number }).slowReader).toBeLessThan(200_000)
      expect(app.server.connections).toBe(0)
    }, 60_000)

    if (Bun.which('curl') !== null) {
      test('curl', async () => {
        const app = new App(settings)
        const url = `${scheme}://127.0.0.1:${app.server.port}`
        const how = scheme === 'https' ? ['--http2', '-k'] : ['--http2-prior-knowledge']
        const curl = (...more: string[]): Promise<string> => run(['curl', '-sS', ...how, ...more])
        expect(await curl('-d', 'some body', '-w', ' %{http_version} %{http_code}', `${url}/echo`)).toBe(
          'some body 2 200',
        )
        expect(await curl('-I', '-w', '%{http_version}', `${url}/sized`)).toMatch(/content-length: 17[^]*2$/)
        await app.server.stop({ graceMs: 500 })
      })
    }
  })
}
