// The HTTP engine alone as a reverse proxy: `bun bench/http-proxy.ts PORT BACKEND_ORIGIN`.
// For profiles, and for conformance suites that want a target which forwards everything.
import { createHttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { startHttpServer } from '#http/server.ts'

const [port = '0', origin = 'http://127.0.0.1:9000'] = process.argv.slice(2)
const client = createHttpClient()

/** Hop-by-hop fields that a client may name in Connection, except those that the message is framed by. */
function endToEnd(headers: Headers): Headers {
  const named = headers
    .getAll('connection')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
  if (named.every((name) => name === 'close' || name === 'keep-alive')) return headers
  const kept = new Headers([...headers.raw])
  for (const name of named) if (name !== 'host' && name !== '') kept.delete(name)
  return kept
}

async function proxy(request: HttpRequest): Promise<HttpReply> {
  const headers = endToEnd(request.headers)
  headers.delete('expect')
  try {
    return await client.send({
      origin,
      method: request.method,
      target: request.target,
      headers,
      body: request.body,
      timeoutMs: 29_000,
      onCancel: (listener) => request.onAbort(listener),
    })
  } catch {
    return { status: 502, headers: new Headers(), body: (await import('#http/body.ts')).emptyBody }
  }
}

const server = startHttpServer({ hostname: '127.0.0.1', port: Number(port), handler: proxy })
console.log(`proxying 127.0.0.1:${server.port} to ${origin}`)
