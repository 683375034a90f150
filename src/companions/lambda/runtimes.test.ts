import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startLambda, type TestLambda } from './lambda.fixture.ts'
import { testZip } from './zip.fixture.ts'

// Real processes: what functions of each runtime see and answer.

const python = Bun.which('python3') !== null
if (!python) console.error('NOT RUN: the tests of Python functions, because there is no python3 on PATH')

let lambda: TestLambda
beforeAll(async () => {
  lambda = await startLambda({
    surroundings: { endpointUrl: () => 'http://127.0.0.1:4566' },
    limits: { initTimeoutMs: 1000 },
  })
})
afterAll(() => lambda.stop())

interface Case {
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  readonly runtime?: string
  readonly handler?: string
  readonly settings?: object
  readonly event?: unknown
  /** The payload, or a function that looks at it. */
  readonly answer: unknown
  readonly fails?: boolean
  readonly logs?: RegExp
}

const trace = expect.any(Array)
const error = (errorType: string, errorMessage: unknown): object => ({ errorType, errorMessage, trace })
const pythonError = (
  errorType: string,
  errorMessage: unknown,
  requestId: unknown = expect.any(String),
): object => ({
  errorType,
  errorMessage,
  requestId,
  stackTrace: trace,
})
const exitError = (reason: string): object => ({
  errorType: 'Runtime.ExitError',
  errorMessage: expect.stringMatching(new RegExp(`^RequestId: [0-9a-f-]{36} Error: ${reason}$`)),
})

const NODE: readonly Case[] = [
  {
    what: 'async handler',
    files: { 'index.js': 'exports.handler = async (event) => ({ hello: event.name })' },
    event: { name: 'ö' },
    answer: { hello: 'ö' },
  },
  {
    what: 'callback after the event loop has emptied',
    files: {
      'index.js': `let late = 'no'
        exports.handler = (event, context, callback) => { setTimeout(() => (late = 'yes'), 30); callback(null, { get late() { return late } }) }`,
    },
    answer: { late: 'yes' },
  },
  {
    what: 'callback at once',
    files: {
      'index.js': `exports.handler = (event, context, callback) => {
        context.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1000); callback(null, 'now') }`,
    },
    answer: 'now',
  },
  {
    what: 'callback with an error',
    files: { 'index.js': "exports.handler = (event, context, callback) => callback(new TypeError('bad'))" },
    fails: true,
    answer: error('TypeError', 'bad'),
  },
  {
    what: 'callback with a string as error',
    files: { 'index.js': "exports.handler = (event, context, callback) => callback('bad')" },
    fails: true,
    answer: { errorType: 'string', errorMessage: 'bad', trace: [] },
  },
  {
    what: 'context.succeed',
    files: {
      'index.js': "exports.handler = (event, context) => setTimeout(() => context.succeed('old'), 5)",
    },
    answer: 'old',
  },
  {
    what: 'neither callback nor promise',
    files: { 'index.js': "exports.handler = () => 'ignored'" },
    answer: null,
  },
  {
    what: 'undefined is null',
    files: { 'index.js': 'exports.handler = async () => undefined' },
    answer: null,
  },
  {
    what: 'a promise that is never settled',
    files: { 'index.js': 'exports.handler = async () => new Promise(() => {})' },
    fails: true,
    answer: error('Runtime.NodeJsExit', expect.stringContaining('a Promise that was never settled')),
  },
  {
    what: 'callback handlers are refused from Node.js 24 on',
    runtime: 'nodejs24.x',
    files: { 'index.js': 'exports.handler = (event, context, callback) => callback(null, 1)' },
    fails: true,
    answer: error(
      'Runtime.CallbackHandlerDeprecated',
      expect.stringContaining('removed support for callback'),
    ),
  },
  {
    what: 'ES module by extension, with top-level await and an import',
    files: {
      'index.mjs':
        "import { word } from './lib/word.mjs'; const later = await Promise.resolve(word); export const handler = async () => later",
      'lib/word.mjs': "export const word = 'module'",
    },
    answer: 'module',
  },
  {
    what: 'ES module by package.json',
    files: {
      'package.json': '{"type":"module"}',
      'index.js': 'export const handler = async () => import.meta.url.slice(-8)',
    },
    answer: 'index.js',
  },
  {
    what: 'CommonJS by extension in a module package',
    files: { 'package.json': '{"type":"module"}', 'index.cjs': "exports.handler = async () => 'cjs'" },
    answer: 'cjs',
  },
  {
    what: 'nested folder and nested property',
    handler: 'src/deep/app.api.get',
    files: {
      'src/deep/app.js': "exports.api = { get: async () => require('../shared').x }",
      'src/shared.js': 'exports.x = 7',
    },
    answer: 7,
  },
  {
    what: 'a dependency in node_modules',
    files: {
      'index.js': "const dep = require('dep'); exports.handler = async () => dep.name",
      'node_modules/dep/index.js': "exports.name = 'dep'",
    },
    answer: 'dep',
  },
  {
    what: 'handler without a dot',
    handler: 'index',
    files: { 'index.js': '' },
    fails: true,
    answer: error('Runtime.MalformedHandlerName', 'Bad handler'),
  },
  {
    what: 'handler that climbs',
    handler: '../index.handler',
    files: { 'index.js': '' },
    fails: true,
    answer: error('Runtime.MalformedHandlerName', expect.stringContaining('is not a valid handler name')),
  },
  {
    what: 'no such module',
    handler: 'other.handler',
    files: { 'index.js': '' },
    fails: true,
    answer: error('Runtime.ImportModuleError', expect.stringMatching(/^Error: Cannot find module 'other'/)),
  },
  {
    what: 'no such export',
    files: { 'index.js': 'exports.other = 1' },
    fails: true,
    answer: error('Runtime.HandlerNotFound', 'index.handler is undefined or not exported'),
  },
  {
    what: 'export that is no function',
    files: { 'index.js': 'exports.handler = 1' },
    fails: true,
    answer: error('Runtime.HandlerNotFound', 'index.handler is not a function'),
  },
  {
    what: 'syntax error',
    files: { 'index.js': 'exports.handler = async (' },
    fails: true,
    answer: error('Runtime.UserCodeSyntaxError', expect.stringMatching(/^SyntaxError: /)),
  },
  {
    what: 'error while loading',
    files: { 'index.js': "throw new RangeError('at start')" },
    fails: true,
    answer: error('RangeError', 'at start'),
  },
  {
    what: 'thrown error with its own name',
    files: {
      'index.js':
        "class Odd extends Error { name = 'Odd' }; exports.handler = async () => { throw new Odd('x') }",
    },
    fails: true,
    answer: error('Odd', 'x'),
    logs: /\tERROR\tInvoke Error \t\{"errorType":"Odd","errorMessage":"x"/,
  },
  {
    what: 'uncaught exception',
    files: {
      'index.js': "exports.handler = (e, c, callback) => setTimeout(() => { throw new Error('later') }, 5)",
    },
    fails: true,
    answer: error('Error', 'later'),
  },
  {
    what: 'unhandled rejection',
    files: {
      'index.js':
        "exports.handler = (e, c, callback) => { Promise.reject(new Error('lost')); setTimeout(callback, 500) }",
    },
    fails: true,
    answer: error('Runtime.UnhandledPromiseRejection', 'Error: lost'),
  },
  {
    what: 'an answer that is no JSON',
    files: { 'index.js': 'exports.handler = async () => { const a = {}; a.a = a; return a }' },
    fails: true,
    answer: error('Error', 'Unable to stringify response body'),
  },
  {
    what: 'exit with a status',
    files: { 'index.js': 'exports.handler = async () => process.exit(3)' },
    fails: true,
    answer: exitError('Runtime exited with error: exit status 3'),
  },
  {
    what: 'exit without one',
    files: { 'index.js': 'exports.handler = async () => process.exit(0)' },
    fails: true,
    answer: exitError('Runtime exited without providing a reason'),
  },
  {
    what: 'exit while loading',
    files: { 'index.js': 'process.exit(4)' },
    fails: true,
    answer: exitError('Runtime exited with error: exit status 4'),
  },
  {
    what: 'kill -9 of itself while running',
    files: {
      'index.js':
        "exports.handler = async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => setTimeout(() => {}, 9e4)) }",
    },
    fails: true,
    answer: exitError('Runtime exited with error: signal: killed'),
  },
  {
    what: 'timeout of a waiting function',
    settings: { Timeout: 1 },
    files: { 'index.js': "exports.handler = () => { console.log('before'); setTimeout(() => {}, 60000) }" },
    fails: true,
    answer: {
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1.00 seconds$/,
      ),
    },
    logs: /\tINFO\tbefore\n.*Task timed out after 1.00 seconds\nEND .*\nREPORT .*Status: timeout\n$/s,
  },
  {
    what: 'timeout of a busy function',
    settings: { Timeout: 1 },
    files: { 'index.js': 'exports.handler = async () => { for (;;) {} }' },
    fails: true,
    answer: expect.objectContaining({ errorType: 'Sandbox.Timedout' }),
  },
  {
    what: 'loading that never ends',
    settings: { Timeout: 1 },
    files: { 'index.js': 'for (;;) {}' },
    fails: true,
    answer: expect.objectContaining({ errorType: 'Sandbox.Timedout' }),
  },
  {
    what: 'context',
    settings: { MemorySize: 256, Timeout: 7 },
    files: {
      'index.js': `exports.handler = async (event, context) => ({ ...context, getRemainingTimeInMillis: undefined,
        remaining: context.getRemainingTimeInMillis() > 6000 && context.getRemainingTimeInMillis() <= 7000 })`,
    },
    answer: {
      callbackWaitsForEmptyEventLoop: true,
      functionVersion: '$LATEST',
      functionName: 'node-context',
      memoryLimitInMB: '256',
      logGroupName: '/aws/lambda/node-context',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:node-context',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      remaining: true,
    },
  },
  {
    what: 'environment, and nothing of ours in it',
    settings: { Environment: { Variables: { MINE: 'ü', AWS_ENDPOINT_URL_S3: 'http://s3' } } },
    files: { 'index.js': 'exports.handler = async () => ({ ...process.env })' },
    answer: {
      PATH: process.env['PATH'],
      HOME: expect.any(String),
      TMPDIR: expect.any(String),
      TEMP: expect.any(String),
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      NODE_PATH: expect.any(String),
      MINE: 'ü',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_ENDPOINT_URL_S3: 'http://s3',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: '000000000000',
      AWS_SECRET_ACCESS_KEY: 'gatehouse',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
      AWS_LAMBDA_FUNCTION_NAME: expect.stringMatching(/^node-environment/),
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: expect.any(String),
      AWS_LAMBDA_LOG_STREAM_NAME: expect.any(String),
      AWS_LAMBDA_LOG_FORMAT: 'Text',
      AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+\/\d+\.[0-9a-f]{48}$/),
      LAMBDA_TASK_ROOT: expect.any(String),
      LAMBDA_RUNTIME_DIR: expect.any(String),
      _HANDLER: 'index.handler',
      _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Sampled=0$/),
    },
  },
  {
    what: 'console output',
    files: {
      'index.js':
        "exports.handler = async () => { console.log('two\\nlines', { a: 1 }); console.error('oops'); process.stdout.write('raw'); }",
    },
    answer: null,
    logs: /^START RequestId: (\S+) Version: \$LATEST\n\S+Z\t\1\tINFO\ttwo\nlines \{ a: 1 \}\n\S+Z\t\1\tERROR\toops\n(raw)?END RequestId: \1\nREPORT RequestId: \1\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t(Max Memory Used: \d+ MB\t)?Init Duration: [\d.]+ ms\t\n$/,
  },
  {
    what: 'console output in JSON',
    settings: { LoggingConfig: { LogFormat: 'JSON' } },
    files: { 'index.js': 'exports.handler = async () => { console.warn({ a: 1 }) }' },
    answer: null,
    logs: /"type":"platform.start".*\n\{"timestamp":"[^"]+","level":"WARN","requestId":"[0-9a-f-]{36}","message":\{"a":1\}\}\n.*"platform.report"/s,
  },
  {
    what: 'an answer of more than 6 MB',
    files: { 'index.js': "exports.handler = async () => 'x'.repeat(7e6)" },
    fails: true,
    answer: {
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      errorType: 'Function.ResponseSizeTooLarge',
    },
  },
]

const PYTHON: readonly Case[] = [
  {
    what: 'handler in a package',
    handler: 'pkg.mod.fn',
    files: {
      'pkg/__init__.py': '',
      'pkg/mod.py': "def fn(event, context):\n  return {'hello': event['name']}\n",
    },
    event: { name: 'ö' },
    answer: { hello: 'ö' },
  },
  {
    what: 'handler in a folder',
    handler: 'src/mod.fn',
    files: { 'src/mod.py': 'def fn(event, context):\n  return __file__[-10:]\n' },
    answer: 'src/mod.py',
  },
  {
    what: 'exception',
    files: { 'index.py': "def handler(event, context):\n  raise ValueError('bad')\n" },
    fails: true,
    answer: {
      errorMessage: 'bad',
      errorType: 'ValueError',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      stackTrace: [
        expect.stringMatching(
          /^ {2}File ".*\/index.py", line 2, in handler\n {4}raise ValueError\('bad'\)\n$/,
        ),
      ],
    },
    logs: /\[ERROR\] ValueError: bad\nTraceback \(most recent call last\):\n\u00a0\u00a0File ".*index.py", line 2, in handler\n/,
  },
  {
    what: 'no such module',
    handler: 'other.fn',
    files: { 'index.py': '' },
    fails: true,
    answer: pythonError(
      'Runtime.ImportModuleError',
      "Unable to import module 'other': No module named 'other'",
      '',
    ),
  },
  {
    what: 'no such function',
    files: { 'index.py': '' },
    fails: true,
    answer: pythonError('Runtime.HandlerNotFound', "Handler 'handler' missing on module 'index'", ''),
  },
  {
    what: 'syntax error',
    files: { 'index.py': 'def handler(:\n' },
    fails: true,
    answer: pythonError(
      'Runtime.UserCodeSyntaxError',
      expect.stringMatching(/^Syntax error in module 'index': /),
      '',
    ),
  },
  {
    what: 'an answer that is no JSON',
    files: { 'index.py': 'def handler(event, context):\n  return {1, 2}\n' },
    fails: true,
    answer: pythonError(
      'Runtime.MarshalError',
      'Unable to marshal response: Object of type set is not JSON serializable',
    ),
  },
  {
    what: 'exit',
    files: { 'index.py': 'import sys\ndef handler(event, context):\n  sys.exit(0)\n' },
    fails: true,
    answer: exitError('Runtime exited without providing a reason'),
  },
  {
    what: 'exit at once',
    files: { 'index.py': 'import os\ndef handler(event, context):\n  os._exit(9)\n' },
    fails: true,
    answer: exitError('Runtime exited with error: exit status 9'),
  },
  {
    what: 'context, environment and logging',
    settings: { Timeout: 7 },
    files: {
      'index.py': `import logging, os
logging.getLogger().setLevel('INFO')
def handler(event, context):
  print('printed')
  logging.info('logged')
  assert 1000 < context.get_remaining_time_in_millis() <= 7000
  return [context.function_name, context.invoked_function_arn, context.memory_limit_in_mb, context.aws_request_id,
    context.client_context.custom, os.environ['AWS_EXECUTION_ENV'], os.environ['LAMBDA_TASK_ROOT'] == os.getcwd()]
`,
    },
    answer: [
      expect.any(String),
      expect.stringMatching(/^arn:aws:lambda:us-east-1:000000000000:function:python-context/),
      '128',
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      { key: 'värde' },
      'AWS_Lambda_python3.12',
      true,
    ],
    logs: /\nprinted\n\[INFO\]\t\S+Z\t[0-9a-f-]{36}\tlogged\nEND /,
  },
  {
    what: 'timeout of a busy function',
    settings: { Timeout: 1 },
    files: { 'index.py': 'def handler(event, context):\n  while True: pass\n' },
    fails: true,
    answer: expect.objectContaining({ errorType: 'Sandbox.Timedout' }),
  },
]

const context = Buffer.from(JSON.stringify({ custom: { key: 'värde' } })).toString('base64')
for (const [family, runtime, cases] of [
  ['node', 'nodejs20.x', NODE],
  ['python', 'python3.12', python ? PYTHON : []],
] as const) {
  for (const each of cases) {
    const name = `${family}-${each.what.replace(/[^a-z0-9]+/gi, '-')}`
    test.concurrent(`${family}: ${each.what}`, async () => {
      await lambda.create(name, each.files, {
        Runtime: (each.runtime ?? runtime) as never,
        Handler: each.handler ?? 'index.handler',
        ...each.settings,
      })
      const isContext = family === 'python'
      const answer = await lambda.invoke(name, each.event, isContext ? { ClientContext: context } : {})
      expect(answer.payload).toEqual(each.answer as never)
      expect(answer.error).toBe(each.fails === true ? 'Unhandled' : undefined)
      if (each.logs !== undefined) expect(answer.log).toMatch(each.logs)
    })
  }
}

test.concurrent('a runtime of its own: bootstrap in the code', async () => {
  const script = `#!/bin/sh
while :; do
  came=$(curl -sS -i "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next") || exit 1
  id=$(echo "$came" | grep -i '^lambda-runtime-aws-request-id' | tr -d '\\r' | cut -d' ' -f2)
  echo "runs $_HANDLER"
  curl -sS -o /dev/null -d "{\\"echo\\":$(echo "$came" | tail -n 1)}" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
done
`
  if (Bun.which('curl') === null) return console.error('NOT RUN: needs curl')
  await lambda.create(
    'own-runtime',
    {},
    {
      Runtime: 'provided.al2023',
      Handler: 'my.handler',
      Code: { ZipFile: testZip([{ name: 'bootstrap', data: script, mode: 0o100_755 }]) },
    },
  )
  const first = await lambda.invoke('own-runtime', { a: 1 })
  expect(first).toMatchObject({
    payload: { echo: { a: 1 } },
    error: undefined,
    log: expect.stringContaining('runs my.handler'),
  })
  expect((await lambda.invoke('own-runtime', [2])).payload).toEqual({ echo: [2] })
})

const BUN: readonly (readonly [what: string, code: string, answer: unknown])[] = [
  ['answers', 'exports.handler = async (event) => [typeof Bun, event]', ['object', {}]],
  [
    'ends with the event loop',
    'exports.handler = (event, context, callback) => { setTimeout(() => (event.late = 1), 20); callback(null, event) }',
    { late: 1 },
  ],
  [
    'tells syntax errors',
    'exports.handler = (',
    error('Runtime.UserCodeSyntaxError', expect.stringMatching(/^SyntaxError: /)),
  ],
  [
    'tells missing modules',
    "require('./nowhere')",
    error('Runtime.ImportModuleError', expect.stringMatching(/^Error: Cannot find module '.\/nowhere'/)),
  ],
]
for (const [what, code, answer] of BUN) {
  // What machines without Node.js run.
  test.concurrent(`the Node.js runtime on Bun ${what}`, async () => {
    const name = `bun-${what.replaceAll(' ', '-')}`
    await lambda.create(
      name,
      {},
      {
        Runtime: 'provided.al2023',
        Environment: { Variables: { BUN: process.execPath } },
        Code: {
          ZipFile: testZip([
            {
              name: 'bootstrap',
              data: '#!/bin/sh\nexec "$BUN" "$LAMBDA_RUNTIME_DIR/node.mjs"\n',
              mode: 0o100_755,
            },
            { name: 'index.js', data: code },
          ]),
        },
      },
    )
    expect((await lambda.invoke(name)).payload).toEqual(answer)
  })
}

const UNAVAILABLE: readonly (readonly [what: string, runtime: string, mode: number, message: RegExp])[] = [
  ['Java', 'java21', 0o644, /^Java functions \(java21\) cannot be run yet/],
  ['bootstrap without execute permission', 'provided.al2', 0o100_644, /an executable file named bootstrap/],
]
for (const [what, runtime, mode, message] of UNAVAILABLE) {
  test.concurrent(`what cannot be run says why: ${what}`, async () => {
    const name = `unavailable-${runtime.replaceAll('.', '-')}`
    await lambda.create(
      name,
      {},
      {
        Runtime: runtime as never,
        Code: { ZipFile: testZip([{ name: 'bootstrap', data: 'x', mode }]) },
      },
    )
    const failure = await lambda.invoke(name).catch((problem: Error) => problem)
    expect(failure).toMatchObject({
      name: 'InvalidRuntimeException',
      message: expect.stringMatching(message),
    })
  })
}

test.concurrent('payloads of nearly 6 MB go through whole', async () => {
  await lambda.create('large', { 'index.js': 'exports.handler = async (event) => event' })
  const event = { text: 'ö'.repeat(3_000_000) }
  expect((await lambda.invoke('large', event)).payload).toEqual(event)
})

test.concurrent('a function that failed runs again in a process that is warm or new', async () => {
  const files = {
    'index.js':
      "let n = 0; exports.handler = async (event) => { if (event.exit) process.exit(1); if (event.fail) throw new Error('x'); return ++n }",
  }
  await lambda.create('again', files)
  const answers = []
  for (const event of [{}, { fail: true }, {}, { exit: true }, {}])
    answers.push((await lambda.invoke('again', event)).payload)
  expect([answers[0], answers[2], answers[4]]).toEqual([1, 2, 1])
})
