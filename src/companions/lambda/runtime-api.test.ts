import { InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startLambda, type TestLambda } from './lambda.fixture.ts'
import { testZip } from './zip.fixture.ts'

// A runtime that is not ours, as it may be written in any language: it knows the runtime API's HTTP and nothing else.

const RUNTIME = `
import { connect } from 'node:net'
const [authority, ...prefix] = process.env.AWS_LAMBDA_RUNTIME_API.split('/')
const [host, port] = authority.split(':')
const socket = connect({ host, port: Number(port) })
socket.on('close', () => process.exit(1))
let text = ''
let wake
socket.on('data', (bytes) => { text += bytes.toString(); wake?.() })
async function answer() {
  for (;;) {
    const end = text.indexOf('\\r\\n\\r\\n')
    const length = Number(/content-length: (\\d+)/i.exec(text)?.[1])
    if (end >= 0 && text.length >= end + 4 + length) {
      const head = text.slice(0, end)
      const body = text.slice(end + 4, end + 4 + length)
      text = text.slice(end + 4 + length)
      return { status: Number(head.slice(9, 12)), head, body }
    }
    await new Promise((resolve) => (wake = resolve))
  }
}
async function ask(method, path, body = '', fields = []) {
  const lines = [method + ' /' + prefix.join('/') + '/2018-06-01/runtime/' + path + ' HTTP/1.1', 'Host: ' + authority, ...fields]
  if (method === 'POST' && !fields.includes('Transfer-Encoding: chunked')) lines.push('Content-Length: ' + Buffer.byteLength(body))
  socket.write(lines.join('\\r\\n') + '\\r\\n\\r\\n' + body)
  return answer()
}
const pieces = (texts, trailers) => texts.map((t) => t.length.toString(16) + '\\r\\n' + t + '\\r\\n').join('') + '0\\r\\n' + trailers.join('') + '\\r\\n'
const streaming = ['Lambda-Runtime-Function-Response-Mode: streaming', 'Transfer-Encoding: chunked', 'Content-Type: text/plain']
let last
for (;;) {
  const { head, body } = await ask('GET', 'invocation/next')
  const id = /aws-request-id: (\\S+)/i.exec(head)[1]
  const at = 'invocation/' + id
  switch (JSON.parse(body)) {
    case 'pieces': last = await ask('POST', at + '/response', pieces(['one ', 'two'], []), streaming); break
    case 'late': {
      const error = Buffer.from('{"errorType":"Late","errorMessage":"broke"}').toString('base64')
      last = await ask('POST', at + '/response', pieces(['one '], ['Lambda-Runtime-Function-Error-Type: Late\\r\\n', 'Lambda-Runtime-Function-Error-Body: ' + error + '\\r\\n']), [...streaming, 'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body'])
      break
    }
    case 'large': last = await ask('POST', at + '/response', JSON.stringify('x'.repeat(7_000_000))); break
    case 'fail': last = await ask('POST', at + '/error', '{"errorType":"Own","errorMessage":"told"}'); break
    case 'wrong': {
      const found = []
      for (const [method, path] of [['POST', 'invocation/0a-0b/response'], ['GET', at + '/response'], ['POST', 'nowhere'], ['GET', 'invocation/next']]) found.push((await ask(method, path)).status)
      await ask('POST', at + '/response', JSON.stringify(found))
      break
    }
    case 'last': await ask('POST', at + '/response', JSON.stringify(last.status))
  }
}
`

let lambda: TestLambda
beforeAll(async () => {
  lambda = await startLambda()
  const files = [
    { name: 'bootstrap', data: '#!/bin/sh\nexec "$BUN" runtime.mjs\n', mode: 0o100_755 },
    { name: 'runtime.mjs', data: RUNTIME },
  ]
  const settings = {
    Runtime: 'provided.al2023' as const,
    Environment: { Variables: { BUN: process.execPath } },
    Code: { ZipFile: testZip(files) },
  }
  await lambda.create('own', {}, settings)
})
afterAll(() => lambda.stop())

interface Case {
  readonly event: string
  readonly payload: unknown
  readonly fails?: boolean
  /** What the runtime is answered when it has told its own answer. */
  readonly status?: number
}

const CASES: readonly Case[] = [
  { event: 'fail', payload: { errorType: 'Own', errorMessage: 'told' }, fails: true, status: 202 },
  {
    event: 'large',
    payload: expect.objectContaining({ errorType: 'Function.ResponseSizeTooLarge' }),
    fails: true,
    status: 413,
  },
  { event: 'late', payload: { errorType: 'Late', errorMessage: 'broke' }, fails: true, status: 202 },
  { event: 'wrong', payload: [400, 405, 404, 403] },
]
for (const { event, payload, fails = false, status } of CASES) {
  test(`a runtime over HTTP: ${event}`, async () => {
    expect(await lambda.invoke('own', event)).toMatchObject({
      payload,
      error: fails ? 'Unhandled' : undefined,
    })
    if (status !== undefined) expect((await lambda.invoke('own', 'last')).payload).toBe(status)
  })
}

test('a runtime over HTTP: an answer in pieces', async () => {
  const command = new InvokeWithResponseStreamCommand({
    FunctionName: 'own',
    Payload: Buffer.from('"pieces"'),
  })
  const { EventStream = [] } = await lambda.client.send(command)
  const pieces: string[] = []
  for await (const { PayloadChunk } of EventStream) {
    if (PayloadChunk !== undefined) pieces.push(Buffer.from(PayloadChunk.Payload ?? []).toString())
  }
  expect(pieces.join('')).toBe('one two')
  expect((await lambda.invoke('own', 'last')).payload).toBe(202)
})
