import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  FunctionUnavailable,
  type FunctionCall,
  type FunctionInvoker,
  type FunctionUnavailableReason,
} from '#data-plane/ports.ts'
import { createHttpClient } from '#http/client.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { functionsOverLink, linkToFunctions } from './functions-link.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-link-'))
const unix = join(folder, 'functions.sock')
const client = createHttpClient()
const linked = linkToFunctions(client, `unix:${unix}`)
let invoke: FunctionInvoker['invoke']
let server: HttpServer

beforeAll(() => {
  server = startHttpServer({ unix, handler: functionsOverLink({ invoke: (call) => invoke(call) }) })
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
