/** Takes lines of a log: written soon, in order, never awaited. */
export interface LogSink {
  /** @param lines whole ones, each with its line feed; they stay together */
  write(lines: string): void
}

/** Where the logs of stages go. */
export interface StageLogs {
  /** For the access log of a group. Undefined: nowhere. */
  access(group: string): LogSink | undefined
  /** For the execution log of a group. Undefined: nowhere. */
  execution(group: string): LogSink | undefined
  /** Of stages that have no access log settings; undefined: they write none. */
  readonly accessLogFormat: string | undefined
  /** Whether methods whose stage says nothing of it tell why the gateway failed a request (5xx). */
  readonly tellsFaults: boolean
}
