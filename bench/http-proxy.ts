// The HTTP engine alone as a reverse proxy: `bun bench/http-proxy.ts PORT BACKEND_ORIGIN [TLS_PORT CERTIFICATE KEY]`.
// SIGUSR2 collects garbage. For profiles, and for conformance suites that want a target which forwards everything.
import { readFileSync } from 'node:fs'
import { textBody } from '#http/body.ts'
import { createHttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler } from '#http/message.ts'
import { startHttpServer } from '#http/server.ts'
import { CertificateTable } from '#http/tls/certificate-table.ts'

const [port = '0', origin = 'http://127.0.0.1:9000', securePort, certificateFile, keyFile] =
  process.argv.slice(2)
const client = createHttpClient()

const handler: HttpHandler = async (request) => {
  try {
    return await client.send({
      origin,
      method: request.method,
      target: request.target,
      headers: request.headers,
      body: request.body,
      timeoutMs: 29_000,
      onCancel: (listener) => request.onAbort(listener),
    })
  } catch (error) {
    return { status: 502, headers: new Headers(), body: textBody(String(error)) }
  }
}

const server = startHttpServer({ hostname: '127.0.0.1', port: Number(port), handler })
console.log(`proxying 127.0.0.1:${server.port} to ${origin}`)

if (securePort !== undefined && certificateFile !== undefined && keyFile !== undefined) {
  const certificate = readFileSync(certificateFile, 'utf8')
  const key = readFileSync(keyFile, 'utf8')
  const certificates = new CertificateTable({ fallback: { certificate, key } })
  startHttpServer({ hostname: '127.0.0.1', port: Number(securePort), handler, tls: { certificates } })
}
process.on('SIGUSR2', () => Bun.gc(true))
process.on('SIGINT', () => process.exit(0))
