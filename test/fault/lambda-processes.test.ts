import {
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  DeleteFunctionCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LambdaInvokeError } from '#companions/lambda/definition.ts'
import type { ServiceInvocation } from '#companions/lambda/functions.ts'
import { arnOf, startLambda, type TestLambda } from '#companions/lambda/lambda.fixture.ts'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { isAlive } from './lambda-process-alive.ts'

// What processes of functions go through: load, floods, kills, changes under way.

// Some thirty processes are started here, most of them at once: on a busy machine that takes its time.
setDefaultTimeout(60_000)

let lambda: TestLambda
beforeAll(async () => {
  lambda = await startLambda()
})
afterAll(() => lambda.stop())

function call(name: string, event: unknown = {}, more: Partial<ServiceInvocation> = {}): ServiceInvocation {
  return {
    functionArn: arnOf(name),
    payload: Buffer.from(JSON.stringify(event)),
    invocationType: 'RequestResponse',
    principal: 'apigateway.amazonaws.com',
    sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/dev/GET/pets',
    sourceAccount: '000000000000',
    ...more,
  }
}

async function run(on: TestLambda, name: string, event: unknown = {}): Promise<unknown> {
  const { payload } = await on.lambda.functions.invoke(call(name, event))
  return JSON.parse(Buffer.from(payload).toString())
}

const PID =
  'exports.handler = async (event) => { await new Promise((done) => setTimeout(done, event.ms ?? 0)); return process.pid }'

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await Bun.sleep(5)
}

test.concurrent('fast invocations at once share one warm process', async () => {
  const patient = await startLambda({ limits: { scaleAfterMs: 5000 } })
  try {
    await patient.create('share', { 'index.js': PID })
    const first = await run(patient, 'share')
    const pids = await Promise.all(Array.from({ length: 50 }, () => run(patient, 'share')))
    expect(new Set(pids)).toEqual(new Set([first]))
  } finally {
    await patient.stop()
  }
})

test.concurrent('one slow invocation among many fast ones gets no further process', async () => {
  // Long enough that a busy machine, too, answers the others in between.
  const steady = await startLambda({ limits: { scaleAfterMs: 800 } })
  try {
    await steady.create('steady', { 'index.js': PID })
    const first = await run(steady, 'steady')
    const caller = async (_: unknown, at: number): Promise<unknown[]> => {
      const pids: unknown[] = []
      for (let i = 0; i < 200; i++) {
        pids.push(await run(steady, 'steady', at === 0 && i === 100 ? { ms: 1200 } : {}))
      }
      return pids
    }
    const pids = await Promise.all(Array.from({ length: 6 }, caller))
    expect(new Set(pids.flat())).toEqual(new Set([first]))
  } finally {
    await steady.stop()
  }
})

test.concurrent('slow invocations at once get further processes, up to the limit, one invocation each', async () => {
  const small = await startLambda({ limits: { processesPerFunctionMax: 3 } })
  try {
    const folder = await small.write('started', {})
    await mkdir(folder)
    await small.create('slow', {
      // Each process waits for the others in its first invocation.
      'index.js': `const { readdirSync, writeFileSync } = require('fs')
        const pause = (ms) => new Promise((done) => setTimeout(done, ms))
        let running = 0
        exports.handler = async () => {
          running++
          writeFileSync('${folder}/' + process.pid, '')
          while (readdirSync('${folder}').length < 3) await pause(5)
          await pause(20)
          return { pid: process.pid, running: running-- } }`,
    })
    const answers = (await Promise.all(Array.from({ length: 9 }, () => run(small, 'slow')))) as {
      pid: number
      running: number
    }[]
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(3)
    expect(answers.every(({ running }) => running === 1)).toBe(true)
    expect(small.lambda.processes()).toBe(3)
  } finally {
    await small.stop()
  }
})

test.concurrent('what cannot wait is throttled; what waited too long too; what its caller left is not run', async () => {
  const small = await startLambda({
    limits: { processesPerFunctionMax: 1, waitingMax: 2, waitingTimeoutMs: 150 },
  })
  try {
    await small.create('busy', { 'index.js': PID })
    await run(small, 'busy')
    const first = run(small, 'busy', { ms: 1000 })
    let leave = (): void => {}
    const leaver = small.lambda.functions
      .invoke(call('busy', {}, { onCancel: (listener) => (leave = listener) }))
      .catch((problem: unknown) => problem)
    const waiter = run(small, 'busy').catch((problem: unknown) => problem)
    const refused = await run(small, 'busy').catch((problem: unknown) => problem)
    expect(refused).toMatchObject({ reason: 'throttled', message: 'more than 2 invocations are waiting' })
    leave()
    expect(await leaver).toMatchObject({
      reason: 'failed',
      message: expect.stringContaining('caller has left'),
    })
    expect(await waiter).toMatchObject({ reason: 'throttled', message: 'no process was free for 150 ms' })
    expect(await first).toBeNumber()
    const refusal = await Promise.all(
      [0, 1, 2, 3].map((ms) => small.invoke('busy', { ms: 500 - ms }).catch((problem: unknown) => problem)),
    )
    expect(refusal.filter((each) => each instanceof Error)).toContainEqual(
      expect.objectContaining({
        name: 'TooManyRequestsException',
        Reason: 'ConcurrentInvocationLimitExceeded',
      }),
    )
  } finally {
    await small.stop()
  }
})

test.concurrent('functions make room for each other', async () => {
  const small = await startLambda({ limits: { processesMax: 1 } })
  try {
    for (const name of ['one', 'two', 'three']) await small.create(name, { 'index.js': PID })
    const pids = []
    for (const name of ['one', 'two', 'three', 'one']) pids.push(await run(small, name))
    expect(new Set(pids).size).toBe(4)
    expect(small.lambda.processes()).toBe(1)
    // And at once, each waiting for the one before.
    expect(await Promise.all(['one', 'two', 'three'].map((name) => run(small, name)))).toEqual([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ])
  } finally {
    await small.stop()
  }
})

test.concurrent('idle processes are ended', async () => {
  const small = await startLambda({ limits: { idleMs: 50 } })
  try {
    await small.create('idle', { 'index.js': PID })
    const pid = (await run(small, 'idle')) as number
    await gone(pid)
    expect(await run(small, 'idle')).not.toBe(pid)
  } finally {
    await small.stop()
  }
})

test.concurrent('a process killed while it runs fails its invocation alone', async () => {
  await lambda.create('killed', { 'index.js': PID })
  const pid = (await run(lambda, 'killed')) as number
  const running = run(lambda, 'killed', { ms: 60_000 })
  process.kill(pid, 'SIGKILL')
  expect(await running).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringContaining('Runtime exited with error: signal: killed'),
  })
  expect(await run(lambda, 'killed')).not.toBe(pid)
})

test.concurrent('code and configuration change under load: nothing is lost, nothing new runs old code', async () => {
  const version = (n: number): string =>
    `exports.handler = async () => { await new Promise((done) => setTimeout(done, 2)); return ${n} }`
  await lambda.create('changing', { 'index.js': version(0) })
  await run(lambda, 'changing')
  let over = false
  let count = 0
  let newest = 0
  const load = Array.from({ length: 8 }, async () => {
    while (!over) {
      const least = newest
      const answer = (await run(lambda, 'changing')) as number
      if (!(answer >= least)) throw new Error(`answer ${JSON.stringify(answer)} after version ${least}`)
      count++
    }
  })
  try {
    for (let n = 1; n <= 4; n++) {
      await lambda.client.send(
        new UpdateFunctionCodeCommand({
          FunctionName: 'changing',
          ZipFile: zipOf({ 'index.js': version(n) }),
        }),
      )
      newest = n
      await lambda.client.send(
        new UpdateFunctionConfigurationCommand({ FunctionName: 'changing', Description: `${n}` }),
      )
      expect(await run(lambda, 'changing')).toBe(n)
    }
  } finally {
    over = true
    await Promise.all(load)
  }
  expect(count).toBeGreaterThan(20)
})

test.concurrent('a running invocation outlives a change of its function and its deletion', async () => {
  await lambda.create('outlives', {
    'index.js':
      "exports.handler = async () => { await new Promise((done) => setTimeout(done, 200)); return 'old' }",
  })
  await run(lambda, 'outlives')
  const during = run(lambda, 'outlives')
  await lambda.client.send(
    new UpdateFunctionCodeCommand({
      FunctionName: 'outlives',
      ZipFile: zipOf({ 'index.js': "exports.handler = async () => 'new'" }),
    }),
  )
  expect(await run(lambda, 'outlives')).toBe('new')
  expect(await during).toBe('old')
  await lambda.client.send(
    new UpdateFunctionCodeCommand({ FunctionName: 'outlives', ZipFile: zipOf({ 'index.js': PID }) }),
  )
  const pid = (await run(lambda, 'outlives')) as number
  const last = run(lambda, 'outlives', { ms: 200 })
  await lambda.client.send(new DeleteFunctionCommand({ FunctionName: 'outlives' }))
  expect(await run(lambda, 'outlives').catch((problem: unknown) => problem)).toMatchObject({
    reason: 'not-found',
  })
  expect(await last).toBe(pid)
  await gone(pid)
})

for (const [runtime, file, text] of [
  [
    'nodejs20.x',
    'index.js',
    (n: number): string =>
      `const { x } = require('./lib/x'); exports.handler = async (e) => e.pid ? process.pid : [${n}, x]`,
  ],
  [
    'python3.12',
    'index.py',
    (n: number): string =>
      `import os\nfrom lib.x import x\ndef handler(event, context):\n  return os.getpid() if event else [${n}, x]\n`,
  ],
] as const) {
  const isNode = runtime === 'nodejs20.x'
  if (!isNode && Bun.which('python3') === null) {
    console.error('NOT RUN: hot reload of Python functions, because there is no python3 on PATH')
    continue
  }
  test.concurrent(`a folder's function runs its new code after each change (${runtime})`, async () => {
    const lib = isNode ? 'lib/x.js' : 'lib/x.py'
    const libText = (n: number): string => (isNode ? `exports.x = ${n}` : `x = ${n}\n`)
    const folder = await lambda.write(`hot-${runtime}`, { [file]: text(0), [lib]: libText(0) })
    const name = `hot-${isNode ? 'node' : 'python'}`
    await lambda.create(name, {}, { Runtime: runtime, Code: { S3Bucket: 'hot-reload', S3Key: folder } })
    expect(await run(lambda, name)).toEqual([0, 0])
    /** The change is seen when the watcher has told of it; until then the old code may answer. */
    const until = async (expected: unknown): Promise<void> => {
      while (!Bun.deepEquals(await run(lambda, name), expected)) await Bun.sleep(5)
    }
    await writeFile(join(folder, file), text(1))
    await until([1, 0])
    await writeFile(join(folder, `${lib}.new`), libText(1))
    await rename(join(folder, `${lib}.new`), join(folder, lib))
    await until([1, 1])
    // Running the code writes nothing that would count as a change of it.
    const pid = await run(lambda, name, { pid: true })
    await Bun.sleep(100)
    expect(await run(lambda, name, { pid: true })).toBe(pid)
  })
}

// Alone: what is measured is the memory of this whole process.
test('a function that prints without end is drained, and little of it is kept', async () => {
  const MEGABYTES = 64
  await lambda.create(
    'flood',
    {
      'index.js': `const line = 'x'.repeat(1023) + '\\n'
        exports.handler = async (event) => {
          for (let i = 0; i < ${MEGABYTES} * 1024; i++) process.stdout.write(line)
          process.stderr.write('y'.repeat(${MEGABYTES} * 1024 * 256)) // one line
          return 'done' }`,
    },
    { Timeout: 30 },
  )
  await run(lambda, 'flood')
  // What was read and is not collected yet may be there after one invocation, not after each.
  let least = Infinity
  for (let tries = 0; least >= MEGABYTES && tries < 4; tries++) {
    Bun.gc(true)
    const before = process.memoryUsage().rss
    const answer = await lambda.invoke('flood')
    Bun.gc(true)
    least = Math.min(least, (process.memoryUsage().rss - before) / 1_048_576)
    expect(answer.payload).toBe('done')
    expect(answer.log.length).toBe(4096)
    expect(answer.log).toMatch(/END RequestId: \S+\nREPORT [^\n]*\n$/)
  }
  expect(least).toBeLessThan(MEGABYTES)
  const kept = lambda.lambda.logs.read(arnOf('flood'))
  let bytes = 0
  for (const { message } of kept) bytes += message.length
  expect(bytes).toBeLessThan(1_100_000)
  expect(Math.max(...kept.map(({ message }) => message.length))).toBeLessThanOrEqual(262_144)
})

test.concurrent('what a function starts ends with its process', async () => {
  await lambda.create('parent', {
    'index.js': `exports.handler = async () => require('child_process').spawn('sleep', ['300'], { stdio: 'inherit' }).pid`,
  })
  const pid = (await run(lambda, 'parent')) as number
  expect(isAlive(pid)).toBe(true)
  await lambda.client.send(new DeleteFunctionCommand({ FunctionName: 'parent' }))
  await gone(pid)
})

test.concurrent('asynchronous invocations are run, and again when they fail', async () => {
  const folder = await lambda.write('events', { seen: '' })
  await lambda.create('event', {
    'index.js': `exports.handler = async (event) => require('fs').appendFileSync('${folder}/seen', event.n + '\\n')`,
  })
  const { payload } = await lambda.lambda.functions.invoke(
    call('event', { n: 1 }, { invocationType: 'Event' }),
  )
  expect(payload.length).toBe(0)
  await lambda.invoke('event', { n: 2 }, { InvocationType: 'Event' })
  const seen = async (): Promise<string[]> =>
    (await Bun.file(join(folder, 'seen')).text()).trim().split('\n').sort()
  while (!Bun.deepEquals(await seen(), ['1', '2'])) await Bun.sleep(5)
})

test('the runtime API answers nobody without the secret of a process', async () => {
  await lambda.create('secret', {
    'index.js': 'exports.handler = async () => process.env.AWS_LAMBDA_RUNTIME_API',
  })
  const address = (await run(lambda, 'secret')) as string
  const [authority, key = ''] = address.split('/')
  const [number] = key.split('.')
  const next = '2018-06-01/runtime/invocation/next'
  const statuses = await Promise.all(
    [
      next,
      `/${next}`,
      `${number}/${next}`,
      `${number}./${next}`,
      `${number}.${'0'.repeat(48)}/${next}`,
      `${key.slice(0, -1)}/${next}`,
      `${Number(number) + 1}.${key.split('.')[1]}/${next}`,
    ].map(async (path) => (await fetch(`http://${authority}/${path}`)).status),
  )
  expect(new Set(statuses)).toEqual(new Set([403]))
  // With it, only what the state of the process allows.
  const post = async (path: string): Promise<number> =>
    (await fetch(`http://${address}/2018-06-01/runtime/${path}`, { method: 'POST', body: '{}' })).status
  expect(await post('invocation/00000000-0000-0000-0000-000000000000/response')).toBe(400)
  expect(await post('invocation/../response')).toBe(404)
  expect(await post('invocation/next')).toBe(405)
})

test('stopping ends every process and refuses what comes after', async () => {
  const other = await startLambda()
  await other.create('stopped', { 'index.js': PID })
  const pids = [await run(other, 'stopped')] as number[]
  const running = run(other, 'stopped', { ms: 60_000 }).catch((problem: unknown) => problem)
  const waiting = run(other, 'stopped').catch((problem: unknown) => problem)
  await other.lambda.stop({ graceMs: 100 })
  expect(await waiting).toMatchObject({ reason: 'failed', message: 'the gateway is stopping' })
  expect(await running).toMatchObject({ errorType: 'Runtime.ExitError' })
  await Promise.all(pids.map(gone))
  expect(other.lambda.processes()).toBe(0)
  const late = await other.lambda.functions.invoke(call('stopped')).catch((problem: unknown) => problem)
  expect(late).toBeInstanceOf(LambdaInvokeError)
  await other.stop()
})
