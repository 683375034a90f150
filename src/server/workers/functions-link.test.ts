import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  FunctionFailed,
  FunctionUnavailable,
  type FunctionCall,
  type FunctionInvoker,
  type FunctionUnavailableReason,
} from '#data-plane/ports.ts'
import { WholeBody } from '#http/body.ts'
import { createHttpClient } from '#http/client.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { StreamingBody } from '#http/streaming-body.ts'
import { functionsOverLink, linkToFunctions } from './functions-link.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-link-'))
const unix = join(folder, 'functions.sock')
const client = createHttpClient()
const linked = linkToFunctions(client, `unix:${unix}`)
let invoke: FunctionInvoker['invoke']
let invokeStreaming: FunctionInvoker['invokeStreaming']
let server: HttpServer

beforeAll(() => {
  server = startHttpServer({
    unix,
    handler: functionsOverLink({
      invoke: (call) => invoke(call),
      invokeStreaming: (call) => invokeStreaming(call),
    }),
  })
})

afterAll(async () => {
  await server.stop({ graceMs: 0 })
  client.close()
  rmSync(folder, { recursive: true })
})

const call: FunctionCall = {
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:übung\r\n',
  payload: Buffer.from([0, 255, 10, 13, 128]),
  invocationType: 'RequestResponse',
  sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:api/dev/GET/ä b%',
  sourceAccount: '000000000000',
}

test('a call arrives as it is, and so does its result', async () => {
  let seen: FunctionCall | undefined
  invoke = async (arrived) => {
    seen = arrived
    return { payload: Buffer.concat([arrived.payload, arrived.payload]), functionError: 'Unhandled' }
  }
  const result = await linked.invoke(call)
  expect({ ...seen, onCancel: undefined, payload: [...(seen?.payload ?? [])] }).toEqual({
    ...call,
    onCancel: undefined,
    payload: [...call.payload],
  })
  expect([...result.payload]).toEqual([...call.payload, ...call.payload])
  expect(result.functionError).toBe('Unhandled')
})

test('a function that has not failed has no error; an empty answer is empty', async () => {
  invoke = async () => ({ payload: new Uint8Array(0) })
  const result = await linked.invoke({ ...call, invocationType: 'Event' })
  expect(result.functionError).toBeUndefined()
  expect(result.payload.length).toBe(0)
})

const reasons: readonly FunctionUnavailableReason[] = ['not-found', 'access-denied', 'throttled', 'failed']

test('why a function was not run arrives', async () => {
  for (const reason of reasons) {
    invoke = () => Promise.reject(new FunctionUnavailable(reason, `because of ${reason} – ä`))
    const error = await linked.invoke(call).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(FunctionUnavailable)
    expect(error).toMatchObject({ reason, message: `because of ${reason} – ä` })
  }
})

test('a fault of ours is not taken for an answer of the function', async () => {
  invoke = () => Promise.reject(new TypeError('a bug'))
  const error = await linked.invoke(call).catch((thrown: Error) => thrown)
  expect(error).not.toBeInstanceOf(FunctionUnavailable)
  expect((error as Error).message).toContain('the function was not run')
})

test('a caller that no longer wants the answer is heard', async () => {
  const begun = Promise.withResolvers<void>()
  const cancelled = Promise.withResolvers<void>()
  invoke = ({ onCancel }) => {
    onCancel?.(() => cancelled.resolve())
    begun.resolve()
    return new Promise(() => {})
  }
  let cancel = (): void => {}
  const invoked = linked
    .invoke({ ...call, onCancel: (listener) => (cancel = listener) })
    .catch((error: Error) => error.message)
  await begun.promise
  cancel()
  await cancelled.promise
  expect(await invoked).toContain('cancelled')
})

/** A body that the test feeds, and what its reader asks of it. */
function fed(): {
  readonly body: StreamingBody
  readonly asked: string[]
  readonly cancelled: Promise<void>
} {
  const asked: string[] = []
  const { promise: cancelled, resolve } = Promise.withResolvers<void>()
  const owner = {
    bodyWanted: () => {},
    pauseBody: () => void asked.push('pause'),
    resumeBody: () => void asked.push('resume'),
    bodyCancelled: resolve,
  }
  return { body: new StreamingBody(owner, undefined, 1_000_000), asked, cancelled }
}

test('an answer in pieces arrives as it is given', async () => {
  const { body } = fed()
  invokeStreaming = async () => ({ contentType: 'text/plain; a="ü"', body })
  const { contentType, body: arrived } = await linked.invokeStreaming(call)
  expect(contentType).toBe('text/plain; a="ü"')
  const first = Promise.withResolvers<string>()
  const last = Promise.withResolvers<void>()
  arrived.start({
    data: (chunk) => first.resolve(Buffer.from(chunk).toString()),
    end: () => last.resolve(),
    fail: last.reject,
  })
  body.push(Buffer.from('one'))
  expect(await first.promise).toBe('one')
  body.finish()
  await last.promise
})

test('a failure before the first piece says what the function said; one within breaks the answer off', async () => {
  invokeStreaming = () => Promise.reject(new FunctionFailed(Buffer.from('{"errorType":"E"}')))
  const failed = await linked.invokeStreaming(call).catch((error: Error) => error)
  expect(failed).toBeInstanceOf(FunctionFailed)
  expect(Buffer.from((failed as FunctionFailed).payload).toString()).toBe('{"errorType":"E"}')

  const { body } = fed()
  invokeStreaming = async () => ({ contentType: 'x', body })
  const { body: arrived } = await linked.invokeStreaming(call)
  body.push(Buffer.from('one'))
  body.fail(new Error('broken'))
  const error = await Promise.try(() => arrived.bytes(100)).catch((thrown: Error) => thrown)
  expect(error).toBeInstanceOf(Error)
})

test('a reader that is slow or leaves is felt at the other end', async () => {
  const { body, asked, cancelled } = fed()
  invokeStreaming = async () => ({ contentType: 'x', body })
  const { body: arrived } = await linked.invokeStreaming(call)
  arrived.start({ data: () => arrived.pause(), end() {}, fail() {} })
  const piece = Buffer.alloc(65_536)
  for (let sent = 0; !asked.includes('pause'); sent += piece.length) {
    expect(sent).toBeLessThan(64_000_000)
    body.push(piece)
    await new Promise(setImmediate)
  }
  arrived.cancel()
  await cancelled
})

test('why a function that was to answer in pieces was not run arrives', async () => {
  invokeStreaming = () => Promise.reject(new FunctionUnavailable('throttled', 'slow'))
  expect(await linked.invokeStreaming(call).catch((error: Error) => error)).toMatchObject({
    reason: 'throttled',
    message: 'slow',
  })
})

test('an answer that is whole already', async () => {
  invokeStreaming = async () => ({ contentType: 'application/json', body: new WholeBody(Buffer.from('{}')) })
  const { body } = await linked.invokeStreaming(call)
  expect(Buffer.from(await body.bytes(10)).toString()).toBe('{}')
})
