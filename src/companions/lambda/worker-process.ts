import type { OrphanGuard } from '#base/orphan-guard.ts'
import type { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import type { FunctionDefinition } from './definition.ts'
import { functionEnvironment, type FunctionSurroundings } from './environment.ts'
import { exitDescription } from './exit-description.ts'
import type { FunctionLogSink } from './function-log.ts'
import { platformFailure, type Invocation } from './invocation.ts'
import { responsePayloadBytesMax, type ExecutionLimits } from './limits.ts'
import type { InvocationReport } from './platform-lines.ts'
import { ProcessMemory } from './process-memory.ts'
import type { RuntimeApi } from './runtime-api.ts'
import { PRINTED, type RuntimeClient, type StreamOutcome, type WorkTaker } from './runtime-client.ts'
import type { RuntimeKeys } from './runtime-keys.ts'
import type { RuntimeLink } from './runtime-link.ts'
import { runtimeCommand } from './runtimes.ts'
import { receiveAnswer, type ReceivedAnswer } from './received-answer.ts'
import { WorkerLog } from './worker-log.ts'

/** What the processes of all functions share. */
export interface WorkerServices {
  readonly keys: RuntimeKeys
  readonly runtimeApi: RuntimeApi
  readonly runtimeLink: RuntimeLink
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

/** One long-lived process of a function. It runs one invocation at a time. */
export class WorkerProcess implements RuntimeClient {
  readonly definition: FunctionDefinition
  /** Of the pool at the time of the start: workers of an older one take no more work. */
  readonly generation: number
  /** performance.now() of the start, then of the last time it became idle. */
  idleSinceMs: number = performance.now()

  readonly #services: WorkerServices
  readonly #owner: WorkerOwner
  readonly #log: WorkerLog
  readonly #memory = new ProcessMemory()
  readonly #startedMs = performance.now()
  #state: WorkerState = 'starting'
  #child: Bun.Subprocess<'ignore', 'pipe', 'pipe'> | undefined
  #shutOut: (() => void) | undefined
  #initTimer: Timer | undefined
  #initMs: number | undefined

  #invocation: Invocation | undefined
  /** Its answer is being received piece by piece. */
  #streaming = false
  #runningSinceMs = 0
  /** Set when an invocation began and none was being timed: it outlasts those that end in time. */
  #timer: Timer | undefined
  /** Who waits for work; gone once it has some. */
  #taker: WorkTaker | undefined

  /** The invocation that is answered but whose output may still be on its way. */
  #finishing: (() => void) | undefined
  #printedBytes = 0
  #outputTimer: Timer | undefined
  #afterOutput: (() => void) | undefined

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
    this.#log = new WorkerLog(definition, services.log)
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
      const { keys, runtimeApi, runtimeLink } = this.#services
      const { key, close } = keys.admit(this)
      this.#shutOut = close
      const child = Bun.spawn([...command.argv], {
        cwd: codeFolder,
        env: functionEnvironment(
          definition,
          {
            runtimeApi: runtimeApi.address(key),
            runtimeLink: runtimeLink.address(key),
            codeFolder,
            logStream: this.#log.stream,
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
      this.#shutOut?.()
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
    this.#timer ??= setTimeout(() => this.#timerFired(), definition.timeoutMs)
    this.#log.start(invocation.id, invocation.request.tail === true)
    const taker = this.#taker as WorkTaker
    this.#taker = undefined
    taker.work(invocation, Date.now() + definition.timeoutMs)
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
    this.#shutOut?.()
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

  next(taker: WorkTaker): void {
    if (this.#invocation !== undefined || this.#state === 'failed' || this.#state === 'ended') {
      taker.refused(`next is not for a process that is ${this.#state}`)
      return
    }
    // A process asks once at a time: the former request can only be one whose connection was lost.
    this.#taker?.refused('a later request for work replaces this one')
    this.#taker = taker
    if (this.#state === 'idle') return
    if (this.#state === 'starting') {
      clearTimeout(this.#initTimer)
      this.#initMs = performance.now() - this.#startedMs
    }
    if (this.#finishing === undefined) this.#offer()
    else this.#afterOutput = () => this.#offer()
  }

  respond(requestId: string, payload: Uint8Array, printedBytes: number | undefined): boolean {
    const invocation = this.#answered(requestId)
    if (invocation === undefined) return false
    this.#finish(invocation, 'success', printedBytes, (tail) => invocation.succeed(payload, tail))
    return true
  }

  async respondStream(
    requestId: string,
    contentType: string | undefined,
    body: Body,
  ): Promise<StreamOutcome> {
    const invocation = this.#invocation
    if (invocation === undefined || invocation.id !== requestId || this.#streaming) return 'unknown'
    this.#streaming = true
    const received = await receiveAnswer(invocation, contentType ?? 'application/octet-stream', body)
    this.#streaming = false
    // A process that ends breaks its answer off, and soon it is known how it ended.
    if (received.kind === 'broken') await Bun.sleep(2 * this.#services.limits.outputTimeoutMs)
    // It may have timed out or ended meanwhile.
    if (this.#answered(requestId) === undefined) return 'unknown'
    return this.#received(invocation, received)
  }

  #received(invocation: Invocation, received: ReceivedAnswer): StreamOutcome {
    switch (received.kind) {
      case 'whole':
        this.#finish(invocation, 'success', printedBytes(received), (tail) =>
          invocation.succeed(received.payload, tail),
        )
        return 'taken'
      case 'failed':
        this.#finish(invocation, 'error', printedBytes(received), (tail) =>
          invocation.fail(received.payload, tail),
        )
        return 'taken'
      case 'too-large':
        this.#tooLarge(invocation)
        return 'too-large'
      case 'broken':
        this.#finish(invocation, 'error', undefined, (tail) =>
          invocation.fail(
            platformFailure('Runtime.TruncatedResponse', 'Response stream was truncated'),
            tail,
          ),
        )
        return 'taken'
    }
  }

  fail(requestId: string, payload: Uint8Array, printedBytes: number | undefined): boolean {
    const invocation = this.#answered(requestId)
    if (invocation === undefined) return false
    this.#finish(invocation, 'error', printedBytes, (tail) => invocation.fail(payload, tail))
    return true
  }

  respondTooLarge(requestId: string): boolean {
    const invocation = this.#answered(requestId)
    if (invocation === undefined) return false
    this.#tooLarge(invocation)
    return true
  }

  #tooLarge(invocation: Invocation): void {
    // Recorded on AWS, order of the members included.
    const payload = Buffer.from(
      JSON.stringify({
        errorMessage: `Response payload size exceeded maximum allowed payload size (${responsePayloadBytesMax} bytes).`,
        errorType: 'Function.ResponseSizeTooLarge',
      }),
    )
    this.#finish(invocation, 'error', undefined, (tail) => invocation.fail(payload, tail))
  }

  failInit(payload: Uint8Array): void {
    if (this.#state !== 'starting') return
    this.#state = 'failed'
    clearTimeout(this.#initTimer)
    this.#owner.initFailed(this, () => payload)
    this.end()
  }

  #offer(): void {
    this.#state = 'idle'
    this.idleSinceMs = performance.now()
    this.#owner.ready(this)
  }

  // The end of an invocation

  /** Takes the present invocation when it is the one that is meant. */
  #answered(requestId: string): Invocation | undefined {
    const invocation = this.#invocation
    if (invocation === undefined || invocation.id !== requestId) return undefined
    this.#invocation = undefined
    return invocation
  }

  /** Answers the caller, and writes the last lines of the log once all that was printed before has come. */
  #finish(
    invocation: Invocation,
    status: InvocationReport['status'],
    printedBytes: number | undefined,
    settle: (tail: string | undefined) => void,
  ): void {
    const durationMs = performance.now() - this.#runningSinceMs
    const wantsTail = invocation.request.tail === true
    if (!wantsTail) settle(undefined)
    const end = (): void => {
      this.#finishing = undefined
      clearTimeout(this.#outputTimer)
      const tail = this.#logEnd(invocation.id, durationMs, status)
      if (wantsTail) settle(tail)
      const after = this.#afterOutput
      this.#afterOutput = undefined
      after?.()
    }
    if (printedBytes === undefined) {
      // Not one of our runtimes: what is in the pipe already is read within this turn of the event loop.
      this.#finishing = end
      this.#printedBytes = Number.POSITIVE_INFINITY
      setImmediate(() => this.#finishing === end && end())
      return
    }
    this.#printedBytes = printedBytes
    if (this.#log.receivedBytes >= this.#printedBytes) {
      end()
      return
    }
    this.#finishing = end
    this.#outputTimer = setTimeout(end, this.#services.limits.outputTimeoutMs)
  }

  #logEnd(requestId: string, durationMs: number, status: InvocationReport['status']): string | undefined {
    const memoryUsedMb = this.#child && this.#memory.peakMb(this.#child.pid)
    const tail = this.#log.end({ requestId, durationMs, status, initMs: this.#initMs, memoryUsedMb })
    this.#initMs = undefined
    return tail
  }

  /** A timer for each invocation would cost more than it brings: one goes on to the end of whatever runs by then. */
  #timerFired(): void {
    this.#timer = undefined
    const invocation = this.#invocation
    if (invocation === undefined) return
    const leftMs = this.#runningSinceMs + this.definition.timeoutMs - performance.now()
    if (leftMs <= 0) this.#timedOut(invocation)
    else this.#timer = setTimeout(() => this.#timerFired(), Math.ceil(leftMs))
  }

  #timedOut(invocation: Invocation): void {
    const seconds = (this.definition.timeoutMs / 1000).toFixed(2)
    this.#log.note(`${new Date().toISOString()} ${invocation.id} Task timed out after ${seconds} seconds`)
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
    const tail = this.#logEnd(invocation.id, performance.now() - this.#runningSinceMs, status)
    invocation.fail(payload, tail)
  }

  // The process itself

  async #watch(child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>): Promise<void> {
    const output = this.#log.drain(child, () => {
      if (this.#finishing !== undefined && this.#log.receivedBytes >= this.#printedBytes) this.#finishing()
    })
    await child.exited
    // What the function has started and left behind would keep the pipes open, and the machine busy.
    killGroup(child)
    this.#services.guard.remove(child.pid)
    this.#shutOut?.()
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
    // Nobody is there any more who could take work.
    this.#afterOutput = undefined
    this.#finishing?.()
    const invocation = this.#invocation
    this.#state = 'ended'
    clearTimeout(this.#timer)
    if (invocation !== undefined) {
      this.#log.note(`RequestId: ${invocation.id} Error: ${reason}`)
      this.#log.note('Runtime.ExitError')
      this.#abort(invocation, 'error', failure(invocation.id))
    }
    if (wasStarting) this.#owner.initFailed(this, ({ id }) => failure(id))
    this.#owner.ended(this)
  }
}

/** What an answer in pieces says of it. */
function printedBytes({ trailers }: { readonly trailers: Headers | undefined }): number | undefined {
  const told = trailers?.get(PRINTED)
  return told === undefined ? undefined : Number(told)
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
