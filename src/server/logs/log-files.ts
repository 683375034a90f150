import type { Log } from '#base/log.ts'
import { namedFormats } from '#data-plane/logs/access-log.ts'
import type { LogSink, StageLogs } from '#data-plane/logs/log-sink.ts'
import type { Config } from '../config.ts'
import { FileOutput } from './file-output.ts'
import { defaultLogLimits, type LogLimits } from './limits.ts'
import type { LogOutput } from './log-output.ts'
import { logFolder, logPath } from './log-path.ts'
import { LogQueue } from './log-queue.ts'
import { StdoutOutput } from './stdout-output.ts'

export type LogConfig = Pick<Config, 'dataDir' | 'accessLog' | 'accessLogFormat' | 'executionLog'>

/** The logs that a process writes: one queue a file, whichever plans write to it. */
export class LogFiles implements StageLogs {
  readonly accessLogFormat: string | undefined
  readonly tellsFaults: boolean
  readonly #folder: string | undefined
  readonly #accessLog: LogConfig['accessLog']
  readonly #log: Log
  readonly #limits: LogLimits
  readonly #queues = new Map<string, LogQueue>()
  #dropped = 0
  #warnedMs = -Infinity

  constructor(config: LogConfig, log: Log, limits: Partial<LogLimits> = {}) {
    this.#folder = logFolder(config.dataDir)
    this.#accessLog = config.accessLog
    this.#log = log
    this.#limits = { ...defaultLogLimits, ...limits }
    this.accessLogFormat = formatOf(config)
    this.tellsFaults = config.executionLog === 'faults'
    process.on('exit', this.#closeNow)
  }

  /** Lines that were not written and will not be. */
  get dropped(): number {
    return this.#dropped
  }

  access(group: string): LogSink | undefined {
    if (this.#accessLog === 'off') return undefined
    if (this.#accessLog !== '-') return this.#file(group)
    return { write: (lines) => this.#queue('-', newStdout).write(lines) }
  }

  execution(group: string): LogSink | undefined {
    return this.#file(group)
  }

  /** Resolves when every line is written that was given so far. */
  async flush(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.flush()))
  }

  /** Writes what is left. To be called once nothing is served any more. */
  async close(): Promise<void> {
    process.off('exit', this.#closeNow)
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()))
  }

  readonly #closeNow = (): void => {
    for (const queue of this.#queues.values()) queue.closeNow()
  }

  #file(group: string): LogSink | undefined {
    if (this.#folder === undefined) return undefined
    const path = logPath(this.#folder, group)
    const output = (): LogOutput => new FileOutput(path)
    return { write: (lines) => this.#queue(path, output).write(lines) }
  }

  /** Queues come and go with what is written: stages that are gone leave nothing behind. */

  #queue(name: string, open: () => LogOutput): LogQueue {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const queue = new LogQueue({
      output: open(),
      limits: this.#limits,
      dropped: (lines, reason) => this.#tell(name, lines, reason),
      idle: () => this.#queues.delete(name),
    })
    this.#queues.set(name, queue)
    return queue
  }

  /** Dropped lines are told of, but not each. */
  #tell(name: string, lines: number, reason: string): void {
    this.#dropped += lines
    const nowMs = performance.now()
    if (nowMs - this.#warnedMs < this.#limits.warningMs) return
    this.#warnedMs = nowMs
    this.#log.warn('lines of a log are lost', { log: name, reason, lostInAll: this.#dropped })
  }
}

function newStdout(): LogOutput {
  return new StdoutOutput()
}

/** The format of stages without one of their own; whoever wants to see access logs at once wants them of all stages. */
function formatOf({ accessLog, accessLogFormat }: LogConfig): string | undefined {
  const format = accessLogFormat ?? (accessLog === '-' ? 'clf' : undefined)
  return format === undefined ? undefined : (namedFormats[format] ?? format)
}
