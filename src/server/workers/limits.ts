/** How workers are kept going. */
export interface WorkerLimits {
  /** A worker that has not said anything since it was started is killed. */
  readonly startTimeoutMs: number
  /** A worker that owes an answer and says nothing for so long is killed, and another one takes its place. */
  readonly silenceMs: number
  /** Before a worker is replaced that ended soon after the one before it; doubled each time. */
  readonly restartDelayMs: number
  readonly restartDelayMsMax: number
  /** Restarts within `restartsWindowMs`; past it the gateway ends: something is wrong that restarts do not mend. */
  readonly restartsMax: number
  readonly restartsWindowMs: number
  /** How long after the drain timeout a worker may take to end. */
  readonly endGraceMs: number
}

export const defaultWorkerLimits: WorkerLimits = {
  startTimeoutMs: 15_000,
  silenceMs: 5000,
  restartDelayMs: 100,
  restartDelayMsMax: 5000,
  restartsMax: 10,
  restartsWindowMs: 60_000,
  endGraceMs: 1000,
}
