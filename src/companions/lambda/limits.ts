/** AWS's quotas (developer guide, "Lambda quotas"), by the name of what they bound. */
export const zippedBytesMax = 52_428_800
export const unzippedBytesMax = 262_144_000
/** Ours: AWS names no bound, the ZIP format's own is 65,535 without Zip64. */
export const zipEntriesMax = 100_000
export const requestPayloadBytesMax = 6_291_456
export const eventPayloadBytesMax = 1_048_576
/** Recorded on AWS: 100 bytes more than requests get. */
export const responsePayloadBytesMax = 6_291_556
export const environmentBytesMax = 4096
export const policyBytesMax = 20_480
export const logTailBytesMax = 4096

/** How functions are run here. All of them are options of the executor. */
export interface ExecutionLimits {
  /** Processes of one function. */
  readonly processesPerFunctionMax: number
  /** Processes of all functions. */
  readonly processesMax: number
  /** Invocations of one function that wait for a process; more are answered 429. */
  readonly waitingMax: number
  /** An invocation that waited so long is answered 429. */
  readonly waitingTimeoutMs: number
  /** Waiting longer than this is what starts a further process. */
  readonly scaleAfterMs: number
  /** A process that nobody needed for so long is ended. */
  readonly idleMs: number
  /** From start to the first request for work; the function's own timeout when that is longer. */
  readonly initTimeoutMs: number
  /** Between asking a process to end and killing it. */
  readonly endGraceMs: number
  /** How long output that a function has written already is waited for. */
  readonly outputTimeoutMs: number
}

export const defaultExecutionLimits: ExecutionLimits = {
  processesPerFunctionMax: 10,
  processesMax: 100,
  waitingMax: 1000,
  waitingTimeoutMs: 30_000,
  scaleAfterMs: 20,
  idleMs: 300_000,
  initTimeoutMs: 10_000,
  endGraceMs: 500,
  outputTimeoutMs: 100,
}
