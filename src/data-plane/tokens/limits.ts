/** Bounds of what is fetched from issuers of tokens. */
export interface KeySetLimits {
  /** Keys that are older are fetched again, while they go on being used. */
  readonly freshMs: number
  /** So long keys are used of an issuer that does not answer. */
  readonly staleMsMax: number
  /** Between two fetches because of tokens that name keys which are not there. */
  readonly rotationMsMin: number
  /** After a fetch that failed, before the next. */
  readonly retryMs: number
  /** Of one answer of an issuer, from the start to the end. */
  readonly timeoutMs: number
  readonly bytesMax: number
  /** Requests that wait for one issuer. */
  readonly waitersMax: number
}

/** HTTP APIs: 1.5 s and 150 kB an answer, keys kept for two hours (developer guide, "JWT authorizers"). */
export const defaultKeySetLimits: KeySetLimits = {
  freshMs: 3_600_000,
  staleMsMax: 24 * 3_600_000,
  rotationMsMin: 10_000,
  retryMs: 1000,
  timeoutMs: 1500,
  bytesMax: 150_000,
  waitersMax: 1000,
}
