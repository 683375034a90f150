/** A range of whole numbers, both ends included. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** Milliseconds that a backend may take when nothing else is said. */
export const integrationTimeoutMsDefault = 29_000

/**
 * What `timeoutInMillis` may be. API Gateway's own default quota for whole answers is 29 s, raised on request up
 * to 300 s; here no one has to ask. Streamed answers may take 15 minutes (developer guide, "Stream the
 * integration response").
 */
export const integrationTimeoutMs: Readonly<Record<'BUFFERED' | 'STREAM', Range>> = {
  BUFFERED: { min: 50, max: 300_000 },
  STREAM: { min: 50, max: 900_000 },
}
