import type { Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'

/** A method as it is now, and one call of it. */
export interface MethodTest {
  /** Its one resource has its one method. */
  readonly snapshot: RestApiSnapshot
  /** The stage that the method believes to be in. */
  readonly stage: Stage
  readonly resourcePath: string
  /** The verb of the call. */
  readonly method: string
  /** Path and query: any path, also one that is not the resource's. */
  readonly target: string
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string
}

export interface MethodTestResult {
  readonly status: number
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string
  /** AWS's execution log, as one text. */
  readonly log: string
  readonly latencyMs: number
}

/** Runs methods for real: the control plane serves no traffic itself. */
export interface MethodTester {
  test(test: MethodTest): Promise<MethodTestResult>
}
