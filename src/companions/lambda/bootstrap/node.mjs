// The Node.js runtime of functions: loads the handler, then takes invocations from the gateway, one at a time, over the
// runtime link (link-connection.ts tells its messages): a raw socket, with an answer and the wish for the next invocation
// in one write. Runs on Node.js and on Bun, and imports nothing but their own modules.
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { format, types } from 'node:util'

const { env } = process
const [key, place] = env.GATEHOUSE_RUNTIME_LINK.split(/@(.*)/s)
// The function finds no more in its environment than it does on AWS.
delete env.GATEHOUSE_RUNTIME_LINK
const taskRoot = env.LAMBDA_TASK_ROOT

// Errors that are Lambda's own, by the names that AWS gives them.

class RuntimeError extends Error {
  constructor(name, message) {
    super(message)
    this.name = `Runtime.${name}`
    // Once more, for the name at the head of the trace.
    Error.captureStackTrace(this, RuntimeError)
  }
}

// Output: counted, so that the gateway knows when it has read all that belongs to an invocation.

let printedBytes = 0
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream)
  stream.write = (chunk, encoding, done) => {
    printedBytes +=
      typeof chunk === 'string'
        ? Buffer.byteLength(chunk, typeof encoding === 'string' ? encoding : 'utf8')
        : chunk.byteLength
    return write(chunk, encoding, done)
  }
}

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 }
const leastLevel = LEVELS[env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE
const jsonLog = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON'
let requestId

function log(level, parameters) {
  if (LEVELS[level] < leastLevel) return
  const time = new Date().toISOString()
  const line = jsonLog
    ? jsonLine(time, level, parameters)
    : `${time}\t${requestId}\t${level}\t${format(...parameters)}`
  // One event of the log is one line: further lines are told apart by carriage returns.
  process.stdout.write(`${line.replaceAll('\n', '\r')}\n`)
}

function jsonLine(timestamp, level, parameters) {
  const event = { timestamp, level, requestId }
  if (parameters.length === 1) {
    try {
      return JSON.stringify({ ...event, message: parameters[0] }, (_key, value) =>
        value instanceof Error ? Object.assign({}, value, errorShape(value)) : value,
      )
    } catch {
      // Circular: as text, then.
    }
  }
  const error = parameters.find((each) => each instanceof Error)
  return JSON.stringify({ ...event, message: format(...parameters), ...(error && errorShape(error)) })
}

const methods = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  log: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
}
for (const [method, level] of Object.entries(methods)) {
  console[method] = (...parameters) => log(level, parameters)
}

/** An error as callers get it. */
function errorShape(error) {
  try {
    if (types.isNativeError(error) || (typeof error?.name === 'string' && typeof error.stack === 'string')) {
      return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') }
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] }
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    }
  }
}

function logError(title, error) {
  if (jsonLog) return log('ERROR', [error])
  const { trace, ...shape } = errorShape(error)
  // With what the error carries beside its message: code, cause and the like.
  const own = error instanceof Error ? Object.assign({}, error) : {}
  let text
  try {
    text = JSON.stringify({ ...shape, ...own, stack: trace })
  } catch {
    text = JSON.stringify({ ...shape, stack: trace })
  }
  log('ERROR', [title, `\t${text}`])
}

// The connection to the gateway.

const HEAD_BYTES = 16
const WORK_HEAD_BYTES = 8
const READ_BYTES = 65_536

const HELLO = 1
const NEXT = 2
const ANSWER = 3
const ERROR = 4
const INIT_ERROR = 5
const BEGIN = 6
const PIECE = 7
const END = 8

const socket = connect({
  ...(/^\d+$/.test(place) ? { host: '127.0.0.1', port: Number(place), noDelay: true } : { path: place }),
  // One buffer for all that comes: what is kept of it is copied.
  onread: { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback: received },
})
// Without the gateway there is nothing to live for, and nobody who would end this process.
socket.on('error', () => process.exit(1))
socket.on('close', () => process.exit(1))

/** What has come of a message that is not here whole; large ones come in many parts. */
let parts = []
let partBytes = 0
/** Of the message that `parts` begin; 0 while its head is not here. */
let messageBytes = 0

function received(length, buffer) {
  let from = 0
  if (partBytes > 0) {
    parts.push(Buffer.from(buffer.subarray(0, length)))
    partBytes += length
    if (messageBytes > 0 && partBytes < messageBytes) return true
    buffer = Buffer.concat(parts)
    length = buffer.length
    parts = []
    partBytes = 0
  }
  for (;;) {
    messageBytes = 0
    if (length - from < WORK_HEAD_BYTES) break
    const fields = buffer.readUInt32LE(from)
    messageBytes = WORK_HEAD_BYTES + fields + buffer.readUInt32LE(from + 4)
    if (length - from < messageBytes) break
    const fieldsFrom = from + WORK_HEAD_BYTES
    from += messageBytes
    if (fields === 0) whenReceived()
    else {
      invoke(
        buffer.latin1Slice(fieldsFrom, fieldsFrom + fields).split('\n'),
        buffer.utf8Slice(fieldsFrom + fields, from),
      )
    }
  }
  if (from < length) {
    parts.push(Buffer.from(buffer.subarray(from, length)))
    partBytes = length - from
  }
  return true
}

/** Called when the gateway has got what was told last. */
let whenReceived

function writeHead(bytes, kind, length, wantsWork) {
  bytes.writeUInt32LE(length, 0)
  bytes[4] = kind
  bytes[5] = wantsWork ? 1 : 0
  bytes.writeUInt16LE(0, 6)
  bytes.writeDoubleLE(printedBytes, 8)
}

/** Sends a message, perhaps with the wish for the next invocation. */
function send(kind, text, wantsWork) {
  const length = Buffer.byteLength(text)
  const message = Buffer.allocUnsafe(HEAD_BYTES + length)
  writeHead(message, kind, length, wantsWork)
  message.utf8Write(text, HEAD_BYTES)
  socket.write(message)
}

/** Ends the present invocation and asks for the next one. */
function answer(kind, text) {
  socket.ref()
  send(kind, text, true)
}

/** Sends the last message of this process. */
function sendLast(kind, text, exitCode) {
  whenReceived = () => process.exit(exitCode)
  socket.ref()
  send(kind, text, false)
}

// Answers in pieces: what functions find as the global `awslambda`.

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response'

globalThis.awslambda = {
  /** Marks a handler `(event, responseStream, context)` as one that writes its answer. */
  streamifyResponse(handler, options) {
    handler[STREAMING] = 'response'
    if (options?.highWaterMark !== undefined) handler[HIGH_WATER_MARK] = Number(options.highWaterMark)
    return handler
  },
  HttpResponseStream: {
    /** Puts status and headers before what is written. */
    from(stream, prelude) {
      stream.setContentType(PRELUDE_TYPE)
      const metadata = JSON.stringify(prelude)
      stream.prelude = Buffer.concat([Buffer.from(metadata), new Uint8Array(8)])
      return stream
    },
  },
}

/** Text that may stand in a header. */
const headerText = (text) => String(text).replace(/[^\x20-\x7e]/g, '?')

/** The stream that a handler writes; the answer begins with the first piece. */
class ResponseStream extends Writable {
  #contentType = 'application/octet-stream'
  #begun = false
  #givenUp = false
  /** What goes before the first piece. */
  prelude

  constructor(highWaterMark) {
    super({ highWaterMark, decodeStrings: true })
  }

  /** Takes no more: what it was for has failed. */
  giveUp() {
    this.#givenUp = true
  }

  get begun() {
    return this.#begun
  }

  setContentType(contentType) {
    this.#contentType = headerText(contentType)
  }

  _write(chunk, _encoding, done) {
    this.#send(chunk, done)
  }

  _final(done) {
    if (!this.#begun) this.#send(new Uint8Array(0), done)
    else done()
  }

  #send(chunk, done) {
    if (this.#givenUp) return done()
    socket.cork()
    if (!this.#begun) {
      this.#begun = true
      send(BEGIN, this.#contentType, false)
      if (this.prelude !== undefined) chunk = Buffer.concat([this.prelude, chunk])
    }
    let more = true
    if (chunk.length > 0) {
      const head = Buffer.allocUnsafe(HEAD_BYTES)
      writeHead(head, PIECE, chunk.length, false)
      socket.write(head)
      more = socket.write(chunk)
    }
    process.nextTick(() => socket.uncork())
    if (more) done()
    else socket.once('drain', done)
  }
}

// One invocation.

/** Set while an invocation runs: what to do when nothing is left that could go on. */
let whenIdle
/** How an uncaught error ends the present invocation, or the loading. */
let failProcess

process.on('beforeExit', () => whenIdle?.())
process.on('uncaughtException', (error) => {
  logError('Uncaught Exception', error)
  failProcess(error, 129)
})
process.on('unhandledRejection', (reason) => {
  const error = new RuntimeError(
    'UnhandledPromiseRejection',
    reason instanceof Error ? reason.toString() : String(reason),
  )
  error.reason = reason
  logError('Unhandled Promise Rejection', error)
  failProcess(error, 128)
})

let handler
/** The handler is declared async: one that never settles has failed, not ended. */
let declaredAsync = false

function invoke([id, deadline, invokedArn, traceId, clientContext], event) {
  requestId = id
  env._X_AMZN_TRACE_ID = traceId
  const deadlineMs = Number(deadline)

  let done = false
  /** Set for a handler that writes its answer. */
  let stream
  const succeed = (result) => {
    if (done) return
    let json
    try {
      json = JSON.stringify(result === undefined ? null : result) ?? 'null'
    } catch {
      return fail(new Error('Unable to stringify response body'))
    }
    done = true
    whenIdle = undefined
    answer(ANSWER, json)
  }
  const fail = (error) => {
    if (done) return
    done = true
    whenIdle = undefined
    logError('Invoke Error', error)
    const text = JSON.stringify(errorShape(error))
    if (!stream?.begun) return answer(ERROR, text)
    stream.giveUp()
    answer(END, text)
  }
  failProcess = (error, exitCode) => {
    const text = JSON.stringify(errorShape(error))
    done = true
    whenIdle = undefined
    if (!stream?.begun) return sendLast(ERROR, text, exitCode)
    stream.giveUp()
    sendLast(END, text, exitCode)
  }

  let waitForEmptyEventLoop = true
  let called = false
  const once = (work) => (error, result) => {
    if (called) return
    called = true
    work(error, result)
  }
  const isSet = (error) => error !== undefined && error !== null
  const finish = once((error, result) => (isSet(error) ? fail(error) : succeed(result)))
  const callback = once((error, result) => {
    if (isSet(error)) fail(error)
    else if (!waitForEmptyEventLoop) succeed(result)
    else whenIdle = () => setImmediate(succeed, result)
  })
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waitForEmptyEventLoop
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waitForEmptyEventLoop = value
    },
    succeed: (result) => finish(null, result),
    fail: (error) => finish(isSet(error) ? error : 'handled'),
    done: finish,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: invokedArn,
    awsRequestId: id,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  }
  // An event loop without work is how a callback-style handler ends, so the socket must not count as work.
  socket.unref()
  whenIdle = () => {
    if (declaredAsync || stream !== undefined) {
      fail(
        new RuntimeError(
          'NodeJsExit',
          'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
        ),
      )
    } else succeed(null)
  }
  try {
    if (clientContext !== undefined) context.clientContext = JSON.parse(clientContext)
    if (handler[STREAMING] !== undefined) {
      stream = new ResponseStream(handler[HIGH_WATER_MARK])
      const written = new Promise((resolve, reject) => {
        stream.on('finish', resolve)
        stream.on('error', reject)
      })
      const result = handler(JSON.parse(event), stream, context)
      if (typeof result?.then !== 'function') {
        throw new RuntimeError('InvalidStreamingOperation', 'Streaming handlers must return a promise.')
      }
      // Both: a handler may return before its stream has ended, and end it before it returns.
      Promise.all([result, written]).then(() => {
        if (done) return
        done = true
        whenIdle = undefined
        answer(END, '')
      }, fail)
      return
    }
    const result = handler(JSON.parse(event), context, callback)
    if (typeof result?.then === 'function') result.then(context.succeed, context.fail)
  } catch (error) {
    called = true
    fail(error)
  }
}

// Loading the handler: `folder/module.path.to.function`.

async function load(name) {
  if (name.includes('..')) {
    throw new RuntimeError(
      'MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    )
  }
  const last = basename(name)
  const folder = name.slice(0, name.indexOf(last))
  const dot = last.indexOf('.')
  if (dot < 0) throw new RuntimeError('MalformedHandlerName', 'Bad handler')
  const module = await loadModule(folder, last.slice(0, dot))
  const found = last
    .slice(dot + 1)
    .split('.')
    .reduce((value, key) => value?.[key], module)
  if (!found) throw new RuntimeError('HandlerNotFound', `${name} is undefined or not exported`)
  if (typeof found !== 'function') throw new RuntimeError('HandlerNotFound', `${name} is not a function`)
  if (
    env.AWS_EXECUTION_ENV === 'AWS_Lambda_nodejs24.x' ||
    env.AWS_EXECUTION_ENV === 'AWS_Lambda_nodejs26.x'
  ) {
    if (found.length >= 3 && found[STREAMING] === undefined) {
      throw new RuntimeError(
        'CallbackHandlerDeprecated',
        'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
      )
    }
  }
  return found
}

async function loadModule(folder, module) {
  const require = createRequire(join(taskRoot, 'index.js'))
  const load = (file) => import(pathToFileURL(file).href)
  const path = resolve(taskRoot, folder, module)
  const candidates = [
    [path, require],
    [`${path}.js`, inModulePackage(dirname(path)) ? load : require],
    [`${path}.mjs`, load],
    [`${path}.cjs`, require],
  ]
  try {
    for (const [file, read] of candidates) if (isFile(file)) return await read(file)
    // A folder with an index, or a package.
    return require(
      require.resolve(folder === '' ? module : path, { paths: [taskRoot, join(taskRoot, folder)] }),
    )
  } catch (error) {
    // Bun has errors of its own for both.
    if (error instanceof SyntaxError || error?.name === 'BuildMessage') {
      throw new RuntimeError('UserCodeSyntaxError', `SyntaxError: ${error.message}`)
    }
    if (error?.code === 'MODULE_NOT_FOUND')
      throw new RuntimeError('ImportModuleError', `Error: ${error.message}`)
    throw error
  }
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** Whether the nearest package.json says that .js files are ES modules. */
function inModulePackage(folder) {
  for (; basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (isFile(file)) {
      try {
        return JSON.parse(readFileSync(file, 'utf8'))?.type === 'module'
      } catch (error) {
        console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error)
        return false
      }
    }
    if (folder === dirname(folder)) return false
  }
  return false
}

failProcess = (error, exitCode) => sendLast(INIT_ERROR, JSON.stringify(errorShape(error)), exitCode)

send(HELLO, key, false)
try {
  handler = await load(env._HANDLER)
  declaredAsync = handler.constructor?.name === 'AsyncFunction'
  send(NEXT, '', true)
} catch (error) {
  logError('Uncaught Exception', error)
  failProcess(error, 1)
}
