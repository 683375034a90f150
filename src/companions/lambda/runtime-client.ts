import type { Body } from '#http/message.ts'
import type { Invocation } from './invocation.ts'

/**
 * What a process of a function asks of Lambda (developer guide, "Using the Lambda runtime API").
 * `printedBytes`: what the process has printed by the time of its answer; undefined where it does not tell.
 */
export interface RuntimeClient {
  /** It wants work, which may come much later. */
  next(taker: WorkTaker): void
  /** The function's answer. @returns false when that invocation is not under way */
  respond(requestId: string, payload: Uint8Array, printedBytes: number | undefined): boolean
  /** The function answers in pieces. Resolves when the last one was taken. */
  respondStream(requestId: string, contentType: string | undefined, body: Body): Promise<StreamOutcome>
  /** The function failed. @returns false when that invocation is not under way */
  fail(requestId: string, payload: Uint8Array, printedBytes: number | undefined): boolean
  /** The answer is larger than answers may be. @returns false when that invocation is not under way */
  respondTooLarge(requestId: string): boolean
  /** The code could not be loaded. */
  failInit(payload: Uint8Array): void
}

/** Told once how a request for work ended. */
export interface WorkTaker {
  /** @param deadlineMs epoch milliseconds at which the invocation times out */
  work(invocation: Invocation, deadlineMs: number): void
  /** There is no work for who asks now. */
  refused(problem: string): void
}

/** What became of an answer in pieces; `unknown`: that invocation is not under way. */
export type StreamOutcome = 'taken' | 'too-large' | 'unknown'

/** Trailer of an answer in pieces that tells `printedBytes`. */
export const PRINTED = 'gatehouse-printed'
