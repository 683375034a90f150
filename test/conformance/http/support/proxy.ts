import { textBody } from '#http/body.ts'
import { createHttpClient, type HttpClient, type HttpClientRequest } from '#http/client.ts'
import { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { HttpLimits } from '#http/limits.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'

/** Server and client of the engine, back to back. */
export interface Proxy {
  readonly server: HttpServer
  readonly client: HttpClient
  /** Failures of the exchanges with the backend, in order. */
  readonly failures: string[]
  /** What became of each answer. */
  readonly sent: { bytes: number; complete: boolean }[]
  stop(): Promise<void>
}

export interface ProxyOptions {
  readonly limits?: Partial<HttpLimits>
  readonly request?: Partial<HttpClientRequest>
}

/** Forwards everything to `origin`; a failure is answered with 502 and its kind. */
export function startProxy(origin: string, { limits, request: overrides }: ProxyOptions = {}): Proxy {
  const client = createHttpClient()
  const failures: string[] = []
  const sent: { bytes: number; complete: boolean }[] = []
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    limits,
    handler: async (request) => {
      const onSent = (bytes: number, complete: boolean): void => void sent.push({ bytes, complete })
      try {
        const response = await client.send({
          origin,
          method: request.method,
          target: request.target,
          headers: request.headers,
          body: request.body,
          timeoutMs: 60_000,
          onCancel: (listener) => request.onAbort(listener),
          ...overrides,
        })
        return { ...response, onSent }
      } catch (error) {
        const failure = error instanceof HttpError ? error.failure : String(error)
        failures.push(failure)
        return { status: 502, headers: new Headers(), body: textBody(failure), onSent }
      }
    },
  })
  return {
    server,
    client,
    failures,
    sent,
    async stop() {
      await server.stop({ graceMs: 1000 })
      client.close()
    },
  }
}

/** Resolves once `test` holds; looks at every turn of the event loop. */
export async function eventually(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 1))
}
