import { randomBytes } from 'node:crypto'
import type { FunctionDefinition } from './definition.ts'
import type { FunctionLogSink } from './function-log.ts'
import { logTailBytesMax } from './limits.ts'
import { OutputLines } from './output-lines.ts'
import { platformLines, type InvocationReport, type PlatformLines } from './platform-lines.ts'

/** The log of one process: what it prints, and Lambda's own lines around each invocation. */
export class WorkerLog {
  /** `2026/11/21/[$LATEST]` and 32 hex digits. */
  readonly stream: string
  readonly #definition: FunctionDefinition
  readonly #sink: FunctionLogSink
  readonly #lines: PlatformLines
  readonly #stdout = new OutputLines((line) => this.#write(line, 'function'))
  readonly #stderr = new OutputLines((line) => this.#write(line, 'function'))
  #tail: string[] | undefined
  #tailBytes = 0

  constructor(definition: FunctionDefinition, sink: FunctionLogSink) {
    this.#definition = definition
    this.#sink = sink
    this.#lines = platformLines[definition.logFormat]
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/')
    this.stream = `${day}/[${definition.version}]${randomBytes(16).toString('hex')}`
  }

  /** Bytes that the process has printed, as far as they have come. */
  get receivedBytes(): number {
    return this.#stdout.bytes + this.#stderr.bytes
  }

  /**
   * Reads what the process prints to its end, whatever comes: it must never block because nobody reads.
   * @param received called after each piece
   */
  async drain(child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>, received: () => void): Promise<void> {
    await Promise.all([
      drainStream(child.stdout, this.#stdout, received),
      drainStream(child.stderr, this.#stderr, received),
    ])
  }

  start(requestId: string, wantsTail: boolean): void {
    this.#tail = wantsTail ? [] : undefined
    this.#tailBytes = 0
    this.#write(this.#lines.start(requestId, this.#definition.version), 'platform')
  }

  /** A line of Lambda's own. */
  note(message: string): void {
    this.#write(message, 'platform')
  }

  /** The last lines of an invocation. @returns the last 4 KB since its start, where they are wanted */
  end(report: InvocationReport): string | undefined {
    const end = this.#lines.end(report.requestId)
    if (end !== undefined) this.#write(end, 'platform')
    this.#write(this.#lines.report(this.#definition, report), 'platform')
    if (this.#tail === undefined) return undefined
    const text = Buffer.from(this.#tail.map((line) => `${line}\n`).join(''))
    this.#tail = undefined
    return text.subarray(Math.max(0, text.length - logTailBytesMax)).toString('utf8')
  }

  #write(message: string, source: 'function' | 'platform'): void {
    const { arn, logGroup } = this.#definition
    this.#sink.write({
      functionArn: arn,
      logGroup,
      logStream: this.stream,
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
}

async function drainStream(
  stream: ReadableStream<Uint8Array>,
  lines: OutputLines,
  received: () => void,
): Promise<void> {
  try {
    for await (const chunk of stream) {
      lines.push(chunk)
      received()
    }
  } catch {
    // The pipe broke: the process is gone, which is told elsewhere.
  }
  lines.flush()
}
