import type { Authorizer, Stage } from '#model/rest-api.ts'
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

/** An authorizer as it is now, and one request that it is asked about. */
export interface AuthorizerTest {
  readonly authorizer: Authorizer
  readonly account: string
  readonly region: string
  readonly apiId: string
  readonly stageVariables: Readonly<Record<string, string>>
  /** `$context` variables beside those that a request has. */
  readonly context: Readonly<Record<string, string>>
  /** Path and query. */
  readonly target: string
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string
}

export interface AuthorizerTestResult {
  /** What the client would get; 0 when the authorizer decided, whatever it decided. */
  readonly clientStatus: number
  /** AWS's execution log, as one text. */
  readonly log: string
  readonly latencyMs: number
  /** Of a function; undefined when it did not decide. */
  readonly answer: { readonly principalId: string; readonly policy: string } | undefined
  /** Of a user pool's token that is accepted. */
  readonly claims: Readonly<Record<string, string>> | undefined
}

/** Runs methods and authorizers for real: the control plane serves no traffic itself. */
export interface MethodTester {
  test(test: MethodTest): Promise<MethodTestResult>
  testAuthorizer(test: AuthorizerTest): Promise<AuthorizerTestResult>
}
