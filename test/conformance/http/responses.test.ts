import { afterAll, expect, test } from 'bun:test'
import { emptyBody } from '#http/body.ts'
import { createHttpClient, type HttpClientResponse } from '#http/client.ts'
import type { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import { responseCases, type ResponseCase } from './responses.cases.ts'
import { RawBackend } from './support/raw-backend.ts'
import { deliveries, segments, type Delivery } from './support/raw-client.ts'

const NEXT = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext'

const backend = new RawBackend(() => {})

afterAll(() => backend.stop())

interface Outcome {
  readonly failure: string | undefined
  readonly response: HttpClientResponse | undefined
}

async function ask(client: ReturnType<typeof createHttpClient>, method: string): Promise<Outcome> {
  try {
    const response = await client.send({
      origin: backend.origin,
      method,
      target: '/',
      headers: new Headers(),
      body: emptyBody,
      timeoutMs: 5000,
    })
    return { failure: undefined, response }
  } catch (error) {
    return { failure: (error as HttpError).failure, response: undefined }
  }
}

async function bodyOf(response: HttpClientResponse): Promise<string> {
  try {
    return Buffer.from(await response.body.bytes(1_000_000)).toString('latin1')
  } catch (error) {
    return (error as HttpError).failure
  }
}

async function check(one: ResponseCase, delivery: Delivery): Promise<void> {
  const client = createHttpClient()
  const [, text = '', ending] = /^([^]*?)(<fin>|<rst>)?$/.exec(one.send) ?? []
  let requests = 0
  const first = backend.connections.length
  backend.script = async (connection) => {
    if (++requests > 1) {
      connection.send(NEXT)
      return
    }
    await connection.sendPieces(segments(text, delivery))
    // What was sent must not be lost by a reset that overtakes it.
    if (ending === '<rst>' && text !== '') await headTaken.promise
    if (ending === '<fin>') connection.finish()
    else if (ending === '<rst>') connection.reset()
  }
  const headTaken = Promise.withResolvers<void>()
  const { failure, response } = await ask(client, one.method ?? 'GET')
  headTaken.resolve()
  // A body that is broken where its head ends may fail with it.
  expect(failure as string | undefined).toBe(
    response === undefined ? (one.failure ?? one.bodyFailure) : undefined,
  )
  if (response !== undefined) {
    expect(response.status).toBe(one.answer?.[0] as number)
    expect(await bodyOf(response)).toBe(one.bodyFailure ?? (one.answer?.[1] as string))
    if (one.headers !== undefined) {
      expect([...response.headers].map(([name, value]) => `${name}: ${value}`)).toEqual([...one.headers])
    }
  }
  // What comes after an answer may come after the connection went back to the pool: it leaves it then.
  if (!one.kept) await backend.connections[first]?.until(() => false)
  const next = await ask(client, 'GET')
  expect(await bodyOf(next.response as HttpClientResponse)).toBe('next')
  expect(backend.connections.length - first).toBe(one.kept ? 1 : 2)
  client.close()
  expect(client.connections).toBe(0)
}

for (const one of responseCases) {
  test(one.name, async () => {
    for (const delivery of deliveries) {
      // The head alone is what is bounded: 70 KB byte by byte show nothing more.
      if (delivery === 'by byte' && one.send.length > 10_000) continue
      await check(one, delivery)
    }
  })
}
