import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import type { FunctionDefinition } from './definition.ts'
import { functionEnvironment, type FunctionSurroundings } from './environment.ts'
import { exitDescription } from './exit-description.ts'
import type { FunctionLogSink } from './function-log.ts'
import { platformFailure, type Invocation } from './invocation.ts'
import { logTailBytesMax, responsePayloadBytesMax, type ExecutionLimits } from './limits.ts'
import type { OrphanGuard } from './orphan-guard.ts'
import { OutputLines } from './output-lines.ts'
import { platformLines, type InvocationReport, type PlatformLines } from './platform-lines.ts'
import { errorReply, type RuntimeApi, type RuntimeClient } from './runtime-api.ts'
import { runtimeCommand } from './runtimes.ts'

/** What the processes of all functions share. */
export interface WorkerServices {
  readonly runtimeApi: RuntimeApi
  readonly guard: OrphanGuard
  readonly log: FunctionLogSink
  readonly surroundings: FunctionSurroundings
  readonly limits: ExecutionLimits
}

/** Told of a process's life: the pool of its function. */
export interface WorkerOwner {
  /** The process wants work; `run` may be called at once. */
  ready(worker: WorkerProcess): void
  /** The code could not be loaded, or loading took too long: makes the answer for each invocation that waited. */
  initFailed(worker: WorkerProcess, answer: (invocation: Invocation) => Uint8Array): void
  /** The process could not even be started. */
  startFailed(worker: WorkerProcess, error: Error): void
  /** The process is gone; called once, after whatever else there was to tell. */
  ended(worker: WorkerProcess): void
}

/** starting → idle ⇄ busy → ended; `failed`: the code could not be loaded, the end is near. */
type WorkerState = 'starting' | 'idle' | 'busy' | 'failed' | 'ended'

/** Header of our own runtimes: bytes that the process has printed by the time of its answer. */
const PRINTED = 'gatehouse-printed'
const MEMORY_SAMPLE_MS = 1000

/** One long-lived process of a function. It runs one invocation at a time. */
export class WorkerProcess implements RuntimeClient {
  readonly definition: FunctionDefinition
  /** Of the pool at the time of the start: workers of an older one take no more work. */
  readonly generation: number
  /** performance.now() of the start, then of the last time it became idle. */
  idleSinceMs: number = performance.now()

  readonly #services: WorkerServices
  readonly #owner: WorkerOwner
  readonly #logStream: string
  readonly #lines: PlatformLines
  readonly #outputs: OutputLines[]
  readonly #startedMs = performance.now()
  #state: WorkerState = 'starting'
  #child: Bun.Subprocess<'ignore', 'pipe', 'pipe'> | undefined
  #closeRuntimeApi: (() => void) | undefined
  #initTimer: Timer | undefined
  #initMs: number | undefined

  #invocation: Invocation | undefined
  #runningSinceMs = 0
  #timer: Timer | undefined
  /** Set while the process waits in `next`. */
  #deliver: ((reply: HttpReply) => void) | undefined
  /** Work given while `next` is still being answered. */
  #reply: HttpReply | undefined

  /** The invocation that is answered but whose output may still be on its way. */
  #finishing: (() => void) | undefined
  #printedBytes = 0
  #outputTimer: Timer | undefined
  #afterOutput: (() => void) | undefined
  #tail: string[] | undefined
  #tailBytes = 0
  #memoryMb: number | undefined
  #memorySampledMs = Number.NEGATIVE_INFINITY

  constructor(
    definition: FunctionDefinition,
    generation: number,
    services: WorkerServices,
    owner: WorkerOwner,
  ) {
    this.definition = definition
    this.generation = generation
    this.#services = services
    this.#owner = owner
    this.#lines = platformLines[definition.logFormat]
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/')
    this.#logStream = `${day}/[${definition.version}]${randomBytes(16).toString('hex')}`
    this.#outputs = [0, 1].map(() => new OutputLines((line) => this.#logged(line, 'function')))
  }

  get state(): WorkerState {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  async start(): Promise<void> {
    const { definition } = this
    try {
      const codeFolder = await definition.codeFolder()
      const command = await runtimeCommand(definition.runtime, codeFolder)
      if (this.#state === 'ended') return
      const { address, close } = this.#services.runtimeApi.admit(this)
      this.#closeRuntimeApi = close
      const child = Bun.spawn([...command.argv], {
        cwd: codeFolder,
        env: functionEnvironment(
          definition,
          {
            runtimeApi: address,
            codeFolder,
            logStream: this.#logStream,
            runtimeVariables: command.environment,
          },
          this.#services.surroundings,
        ),
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
        // A process group of its own: what the function starts ends with it, and a Ctrl-C for us does not reach it.
        detached: true,
      })
      this.#child = child
      this.#services.guard.add(child.pid)
      const initTimeoutMs = Math.max(this.#services.limits.initTimeoutMs, definition.timeoutMs)
      this.#initTimer = setTimeout(() => this.#initTimedOut(), initTimeoutMs)
      void this.#watch(child)
    } catch (error) {
      if (this.#state === 'ended') return
      this.#state = 'ended'
      this.#closeRuntimeApi?.()
      this.#owner.startFailed(this, error as Error)
      this.#owner.ended(this)
    }
  }

  /** Gives work to an idle process. */
  run(invocation: Invocation): void {
    const { definition } = this
    this.#state = 'busy'
    this.#invocation = invocation
    this.#runningSinceMs = performance.now()
    this.#timer = setTimeout(() => this.#timedOut(), definition.timeoutMs)
    if (invocation.request.tail === true) {
      this.#tail = []
      this.#tailBytes = 0
    }
    this.#logged(this.#lines.start(invocation.id, definition.version), 'platform')
    const reply = workReply(invocation, Date.now() + definition.timeoutMs)
    if (this.#deliver === undefined) this.#reply = reply
    else {
      const deliver = this.#deliver
      this.#deliver = undefined
      deliver(reply)
    }
  }

  /** Ends an idle or starting process: asks first, kills soon after. */
  end(): void {
    if (this.#state === 'ended') return
    const child = this.#child
    if (child === undefined) {
      this.#state = 'ended'
      this.#owner.ended(this)
      return
    }
    this.#closeRuntimeApi?.()
    child.kill('SIGTERM')
    setTimeout(() => this.kill(), this.#services.limits.endGraceMs).unref()
  }

  /** Kills the process and everything that it started. */
  kill(): void {
    const child = this.#child
    if (child === undefined || this.#state === 'ended') return
    killGroup(child)
  }

  // What the process asks (RuntimeClient)

  next(): HttpReply | Promise<HttpReply> {
    if (this.#invocation !== undefined || this.#state === 'failed' || this.#state === 'ended') {
      return errorReply(403, 'InvalidStateTransition', `next is not for a process that is ${this.#state}`)
    }
    if (this.#deliver !== undefined) {
      // A process asks once at a time: the former request can only be one whose connection was lost.
      this.#deliver(errorReply(403, 'InvalidStateTransition', 'a later request for work replaces this one'))
      this.#deliver = undefined
    }
    if (this.#state === 'starting') {
      clearTimeout(this.#initTimer)
      this.#initMs = performance.now() - this.#startedMs
    }
    if (this.#finishing === undefined) return this.#offer()
    return new Promise((resolve) => {
      this.#afterOutput = () => resolve(this.#offer())
    })
  }

  respond(requestId: string, payload: Uint8Array, headers: Headers): boolean {
    const invocation = this.#answered(requestId)
    if (invocation === undefined) return false
    this.#finish(invocation, 'success', headers, (tail) => invocation.succeed(payload, tail))
    return true
  }

  fail(requestId: string, payload: Uint8Array, headers: Headers): boolean {
    const invocation = this.#answered(requestId)
    if (invocation === undefined) return false
    this.#finish(invocation, 'error', headers, (tail) => invocation.fail(payload, tail))
    return true
  }

  respondTooLarge(requestId: string): boolean {
    const invocation = this.#answered(requestId)
    if (invocation === undefined) return false
    // Recorded on AWS, order of the members included.
    const payload = Buffer.from(
      JSON.stringify({
        errorMessage: `Response payload size exceeded maximum allowed payload size (${responsePayloadBytesMax} bytes).`,
        errorType: 'Function.ResponseSizeTooLarge',
      }),
    )
    this.#finish(invocation, 'error', undefined, (tail) => invocation.fail(payload, tail))
    return true
  }

  failInit(payload: Uint8Array): void {
    if (this.#state !== 'starting') return
    this.#state = 'failed'
    clearTimeout(this.#initTimer)
    this.#owner.initFailed(this, () => payload)
    this.end()
  }

  #offer(): HttpReply | Promise<HttpReply> {
    this.#state = 'idle'
    this.idleSinceMs = performance.now()
    this.#owner.ready(this)
    const reply = this.#reply
    if (reply !== undefined) {
      this.#reply = undefined
      return reply
    }
    return new Promise((resolve) => (this.#deliver = resolve))
  }

  // The end of an invocation

  /** Takes the present invocation when it is the one that is meant. */
  #answered(requestId: string): Invocation | undefined {
    const invocation = this.#invocation
    if (invocation === undefined || invocation.id !== requestId) return undefined
    this.#invocation = undefined
    clearTimeout(this.#timer)
    return invocation
  }

  /** Answers the caller, and writes the last lines of the log once all that was printed before has come. */
  #finish(
    invocation: Invocation,
    status: InvocationReport['status'],
    headers: Headers | undefined,
    settle: (tail: string | undefined) => void,
  ): void {
    const durationMs = performance.now() - this.#runningSinceMs
    const wantsTail = this.#tail !== undefined
    if (!wantsTail) settle(undefined)
    const end = (): void => {
      this.#finishing = undefined
      clearTimeout(this.#outputTimer)
      this.#outputTimer = undefined
      this.#logEnd(invocation.id, durationMs, status)
      if (wantsTail) settle(this.#takeTail())
      const after = this.#afterOutput
      this.#afterOutput = undefined
      after?.()
    }
    const printed = headers?.get(PRINTED)
    if (printed === undefined) {
      // Not one of our runtimes: what is in the pipe already is read within this turn of the event loop.
      this.#finishing = end
      this.#printedBytes = Number.POSITIVE_INFINITY
      setImmediate(() => this.#finishing === end && end())
      return
    }
    this.#printedBytes = Number(printed)
    if (this.#receivedBytes() >= this.#printedBytes) {
      end()
      return
    }
    this.#finishing = end
    this.#outputTimer = setTimeout(end, this.#services.limits.outputTimeoutMs)
  }

  #receivedBytes(): number {
    let bytes = 0
    for (const output of this.#outputs) bytes += output.bytes
    return bytes
  }

  #logEnd(requestId: string, durationMs: number, status: InvocationReport['status']): void {
    const end = this.#lines.end(requestId)
    if (end !== undefined) this.#logged(end, 'platform')
    const report = {
      requestId,
      durationMs,
      status,
      initMs: this.#initMs,
      memoryUsedMb: this.#memoryUsedMb(),
    }
    this.#initMs = undefined
    this.#logged(this.#lines.report(this.definition, report), 'platform')
  }

  #timedOut(): void {
    const invocation = this.#invocation
    if (invocation === undefined) return
    const seconds = (this.definition.timeoutMs / 1000).toFixed(2)
    this.#logged(
      `${new Date().toISOString()} ${invocation.id} Task timed out after ${seconds} seconds`,
      'platform',
    )
    this.#abort(
      invocation,
      'timeout',
      platformFailure(
        'Sandbox.Timedout',
        `RequestId: ${invocation.id} Error: Task timed out after ${seconds} seconds`,
      ),
    )
    this.kill()
  }

  #initTimedOut(): void {
    if (this.#state !== 'starting') return
    this.#state = 'failed'
    const seconds = (this.definition.timeoutMs / 1000).toFixed(2)
    this.#owner.initFailed(this, ({ id }) =>
      platformFailure('Sandbox.Timedout', `RequestId: ${id} Error: Task timed out after ${seconds} seconds`),
    )
    this.kill()
  }

  /** Fails an invocation whose process does not answer it any more. */
  #abort(invocation: Invocation, status: InvocationReport['status'], payload: Uint8Array): void {
    this.#invocation = undefined
    clearTimeout(this.#timer)
    this.#logEnd(invocation.id, performance.now() - this.#runningSinceMs, status)
    invocation.fail(payload, this.#takeTail())
  }

  // The process itself

  async #watch(child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>): Promise<void> {
    const output = Promise.all([
      this.#drain(child.stdout, this.#outputs[0] as OutputLines),
      this.#drain(child.stderr, this.#outputs[1] as OutputLines),
    ])
    await child.exited
    // What the function has started and left behind would keep the pipes open, and the machine busy.
    killGroup(child)
    this.#services.guard.remove(child.pid)
    this.#closeRuntimeApi?.()
    clearTimeout(this.#initTimer)
    await Promise.race([output, Bun.sleep(this.#services.limits.outputTimeoutMs)])
    this.#exited(child)
  }

  #exited(child: Bun.Subprocess): void {
    const reason = exitDescription(
      child.exitCode,
      child.signalCode === null ? null : String(child.signalCode),
    )
    const failure = (id: string): Uint8Array =>
      platformFailure('Runtime.ExitError', `RequestId: ${id} Error: ${reason}`)
    const wasStarting = this.#state === 'starting'
    this.#finishing?.()
    const invocation = this.#invocation
    this.#state = 'ended'
    if (invocation !== undefined) {
      this.#logged(`RequestId: ${invocation.id} Error: ${reason}`, 'platform')
      this.#logged('Runtime.ExitError', 'platform')
      this.#abort(invocation, 'error', failure(invocation.id))
    }
    if (wasStarting) this.#owner.initFailed(this, ({ id }) => failure(id))
    this.#owner.ended(this)
  }

  /** Reads to the end, whatever comes: a process must never block because nobody reads what it prints. */
  async #drain(stream: ReadableStream<Uint8Array>, lines: OutputLines): Promise<void> {
    try {
      for await (const chunk of stream) {
        lines.push(chunk)
        if (this.#finishing !== undefined && this.#receivedBytes() >= this.#printedBytes) this.#finishing()
      }
    } catch {
      // The pipe broke: the process is gone, which is told elsewhere.
    }
    lines.flush()
  }

  #logged(message: string, source: 'function' | 'platform'): void {
    const { definition } = this
    this.#services.log.write({
      functionArn: definition.arn,
      logGroup: definition.logGroup,
      logStream: this.#logStream,
      timeMs: Date.now(),
      message,
      source,
    })
    if (this.#tail === undefined) return
    this.#tail.push(message)
    this.#tailBytes += message.length + 1
    while (this.#tailBytes - (this.#tail[0] as string).length - 1 > logTailBytesMax) {
      this.#tailBytes -= (this.#tail.shift() as string).length + 1
    }
  }

  /** The last 4 KB of what was logged since the invocation began. */
  #takeTail(): string | undefined {
    if (this.#tail === undefined) return undefined
    const text = Buffer.from(this.#tail.map((line) => `${line}\n`).join(''))
    this.#tail = undefined
    return text.subarray(Math.max(0, text.length - logTailBytesMax)).toString('utf8')
  }

  #memoryUsedMb(): number | undefined {
    const nowMs = performance.now()
    if (process.platform !== 'linux' || nowMs - this.#memorySampledMs < MEMORY_SAMPLE_MS) {
      return this.#memoryMb
    }
    this.#memorySampledMs = nowMs
    try {
      const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'latin1')
      this.#memoryMb = Math.ceil(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
    } catch {
      // The process is gone: what was seen last is what it used.
    }
    return this.#memoryMb
  }
}

/** The answer to `next`: the event, and what the context object is made of. */
function workReply({ id, request }: Invocation, deadlineMs: number): HttpReply {
  const raw = [
    'Content-Type',
    'application/json',
    'Lambda-Runtime-Aws-Request-Id',
    id,
    'Lambda-Runtime-Deadline-Ms',
    String(deadlineMs),
    'Lambda-Runtime-Invoked-Function-Arn',
    request.invokedArn,
    'Lambda-Runtime-Trace-Id',
    request.traceId ?? newTraceId(),
  ]
  if (request.clientContext !== undefined) {
    raw.push('Lambda-Runtime-Client-Context', asciiJson(request.clientContext))
  }
  return { status: 200, headers: new Headers(raw), body: new WholeBody(request.payload) }
}

/** `Root=1-{seconds}-{24 hex};Sampled=0` (X-Ray developer guide, "Tracing header"). */
function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16)
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Sampled=0`
}

/** JSON text with only ASCII in it, as headers need it. */
function asciiJson(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** SIGKILL for a process and all that it started; no harm when they are gone. */
function killGroup(child: Bun.Subprocess): void {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // gone
  }
}
