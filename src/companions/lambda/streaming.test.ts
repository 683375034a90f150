import {
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCompleteEvent,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { FunctionFailed, type AnswerStream } from './definition.ts'
import { ACCOUNT, arnOf, startLambda, type TestLambda } from './lambda.fixture.ts'

// Functions that write their answers piece by piece, in real processes.

const streaming = (body: string): Readonly<Record<string, string>> => ({
  'index.mjs': `export const handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} })`,
})

let lambda: TestLambda
beforeAll(async () => {
  lambda = await startLambda()
})
afterAll(() => lambda.stop())

let count = 0
async function create(files: Readonly<Record<string, string>>, settings: object = {}): Promise<string> {
  const name = `streaming-${++count}`
  await lambda.create(name, files, settings)
  return name
}

/** What an SDK client gets. */
async function invoke(
  name: string,
  event: unknown = {},
): Promise<{ chunks: string[]; error: string | undefined; details: unknown; log: string }> {
  const answer = await lambda.client.send(
    new InvokeWithResponseStreamCommand({
      FunctionName: name,
      Payload: Buffer.from(JSON.stringify(event)),
      LogType: 'Tail',
    }),
  )
  const chunks: string[] = []
  let complete: InvokeWithResponseStreamCompleteEvent = {}
  for await (const { PayloadChunk, InvokeComplete } of answer.EventStream ?? []) {
    if (PayloadChunk !== undefined) chunks.push(Buffer.from(PayloadChunk.Payload ?? []).toString())
    if (InvokeComplete !== undefined) complete = InvokeComplete
  }
  const { ErrorCode, ErrorDetails, LogResult = '' } = complete
  return {
    chunks,
    error: ErrorCode,
    details: ErrorDetails === undefined ? undefined : JSON.parse(ErrorDetails),
    log: Buffer.from(LogResult, 'base64').toString(),
  }
}

function begin(name: string, event: unknown = {}): Promise<AnswerStream> {
  return lambda.lambda.functions.invokeStreaming({
    functionArn: arnOf(name),
    payload: Buffer.from(JSON.stringify(event)),
    invocationType: 'RequestResponse',
    principal: 'apigateway.amazonaws.com',
    sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:api/prod/GET/',
    sourceAccount: ACCOUNT,
  })
}

test('pieces come as they are written, with the log at the end', async () => {
  const name = await create(
    streaming(`console.log('seen', event.who); stream.setContentType('text/plain')
      stream.write('one '); await new Promise((r) => setTimeout(r, 20)); stream.write('two ö'); stream.end()`),
  )
  const { chunks, error, log } = await invoke(name, { who: 'me' })
  expect(chunks).toEqual(['one ', 'two ö'])
  expect(error).toBeUndefined()
  expect(log).toContain('seen me')
  expect(log).toContain('REPORT')
  // The process goes on to the next one.
  expect((await invoke(name)).chunks.join('')).toBe('one two ö')
})

test('the first piece is here while the function still runs', async () => {
  const name = await create(
    streaming(`stream.write('first'); await new Promise((r) => globalThis.go = r); stream.end('last')`),
  )
  const { contentType, body } = await begin(name)
  expect(contentType).toBe('application/octet-stream')
  const first = await new Promise<string>((resolve, reject) =>
    body.start({ data: (chunk) => resolve(Buffer.from(chunk).toString()), end() {}, fail: reject }),
  )
  expect(first).toBe('first')
})

test('metadata goes before the body, and its content type says so', async () => {
  const name = await create(
    streaming(`const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ['a=b'] })
      http.write('x'); http.end()`),
  )
  const { contentType, body } = await begin(name)
  expect(contentType).toBe('application/vnd.awslambda.http-integration-response')
  const bytes = Buffer.from(await body.bytes(1000)).toString('latin1')
  expect(bytes).toBe(`{"statusCode":201,"cookies":["a=b"]}${'\0'.repeat(8)}x`)
})

test('an answer of metadata alone', async () => {
  const name = await create(streaming(`awslambda.HttpResponseStream.from(stream, { statusCode: 204 }).end()`))
  const { body } = await begin(name)
  expect(Buffer.from(await body.bytes(1000)).toString('latin1')).toBe(`{"statusCode":204}${'\0'.repeat(8)}`)
})

test('a function that does not write its answer comes whole', async () => {
  const name = await create({ 'index.js': `exports.handler = async () => ({ statusCode: 200 })` })
  expect(await invoke(name)).toMatchObject({ chunks: ['{"statusCode":200}'], error: undefined })
  const { contentType, body } = await begin(name)
  expect(contentType).toBe('application/json')
  expect(Buffer.from(await body.bytes(100)).toString()).toBe('{"statusCode":200}')
})

test('Invoke of a function that writes its answer gets it whole', async () => {
  const name = await create(streaming(`stream.write('{"a":'); stream.end('1}')`))
  expect(await lambda.invoke(name)).toMatchObject({ payload: { a: 1 }, error: undefined })
})

test('a failure before the first piece', async () => {
  const name = await create(streaming(`throw new TypeError('early')`))
  expect(await invoke(name)).toMatchObject({
    chunks: [],
    error: 'Unhandled',
    details: { errorType: 'TypeError', errorMessage: 'early' },
  })
  const failed = await begin(name).catch((error: Error) => error)
  expect(failed).toBeInstanceOf(FunctionFailed)
})

test('a failure between two pieces', async () => {
  const name = await create(streaming(`stream.write('some'); throw new RangeError('läte')`))
  expect(await invoke(name)).toMatchObject({
    chunks: ['some'],
    error: 'Unhandled',
    details: { errorType: 'RangeError', errorMessage: 'läte' },
  })
  const { body } = await begin(name)
  const failed = await Promise.try(() => body.bytes(100)).catch((error: Error) => error)
  expect(failed).toBeInstanceOf(FunctionFailed)
  expect(JSON.parse(Buffer.from((failed as FunctionFailed).payload).toString())).toMatchObject({
    errorType: 'RangeError',
  })
  // Told without an end of the process.
  expect((await invoke(name)).chunks).toEqual(['some'])
})

test('a process that ends between two pieces', async () => {
  const name = await create(
    streaming(`stream.write('some', () => process.exit(3)); await new Promise(() => {})`),
  )
  expect(await invoke(name)).toMatchObject({
    chunks: ['some'],
    error: 'Unhandled',
    details: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') },
  })
})

test('a function that runs out of time between two pieces', async () => {
  const name = await create(
    streaming(`stream.write('some'); await new Promise((r) => setTimeout(r, 60000))`),
    {
      Timeout: 1,
    },
  )
  expect(await invoke(name)).toMatchObject({
    chunks: ['some'],
    error: 'Unhandled',
    details: { errorType: 'Sandbox.Timedout' },
  })
})

test('a slow reader holds the function up', async () => {
  const name = await create(
    streaming(`const piece = Buffer.alloc(65536); let written = 0
      for (let i = 0; i < 1024; i++) { written += piece.length
        if (!stream.write(piece)) await new Promise((r) => stream.once('drain', r)) 
        if (i === 900) console.log('past 900') }
      stream.end()`),
  )
  const { body } = await begin(name)
  let bytes = 0
  const past = (): boolean =>
    lambda.lambda.logs.read(arnOf(name)).some(({ message }) => message.includes('past 900'))
  const whole = Promise.withResolvers<void>()
  body.start({
    data: (chunk) => {
      bytes += chunk.length
      if (bytes < 1_000_000) return
      if (bytes - chunk.length < 1_000_000) {
        body.pause()
        // As long as it takes to send all of it, several times.
        setTimeout(() => {
          expect(past()).toBe(false)
          body.resume()
        }, 300)
      }
    },
    end: () => whole.resolve(),
    fail: whole.reject,
  })
  await whole.promise
  expect(bytes).toBe(64 * 1024 * 1024)
})

test('functions of another Lambda answer piece by piece, too', async () => {
  const endpoint = String((await lambda.client.config.endpoint?.())?.port)
  const front = await startLambda({
    forwardTo: {
      endpoint: `http://127.0.0.1:${endpoint}`,
      keys: () => ({ accessKeyId: ACCOUNT, secretAccessKey: 'test' }),
    },
  })
  const call = (name: string): Promise<AnswerStream> =>
    front.lambda.functions.invokeStreaming({
      functionArn: arnOf(name),
      payload: Buffer.from('{}'),
      invocationType: 'RequestResponse',
      principal: 'apigateway.amazonaws.com',
      sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:api/prod/GET/',
      sourceAccount: ACCOUNT,
    })
  const text = async (stream: Promise<AnswerStream>): Promise<string> =>
    Buffer.from(await (await stream).body.bytes(1000)).toString()
  try {
    expect(await text(call(await create(streaming(`stream.write('one '); stream.end('two')`))))).toBe(
      'one two',
    )
    expect(await text(call(await create({ 'index.js': `exports.handler = async () => 'whole'` })))).toBe(
      '"whole"',
    )
    const early = await call(await create(streaming(`throw new TypeError('early')`))).catch((error) => error)
    expect(early).toBeInstanceOf(FunctionFailed)
    expect(Buffer.from((early as FunctionFailed).payload).toString()).toContain('TypeError')
    const late = await text(
      call(await create(streaming(`stream.write('x'); throw new Error('late')`))),
    ).catch((error) => error)
    expect(late).toBeInstanceOf(FunctionFailed)
    expect(await call('nowhere').catch((error) => error.reason)).toBe('not-found')
  } finally {
    await front.stop()
  }
})
