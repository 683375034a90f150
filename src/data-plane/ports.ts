import type { AwsAccess } from '#aws/access.ts'
import type { AnswerCache } from '#base/answer-cache.ts'
import type { KeyLookup } from '#base/caller.ts'
import type { ConnectionRegistry } from '#base/connection-registry.ts'
import type { Counters } from '#base/counters.ts'
import type { Turns } from '#base/turns.ts'
import type { UsageKeys } from '#base/usage-keys.ts'
import type { Body } from '#http/message.ts'
import type { AuthorizerAnswer } from './authorizers/lambda-authorizer-answer.ts'
import type { KeptResponse } from './stage-cache/kept-response.ts'
import type { Targets } from './targets/targets.ts'
import type { UserPoolSource } from './tokens/token-issuers.ts'
import type { VerifiedToken } from './tokens/verify-token.ts'
import type { UsagePlanTable } from './usage/usage-plan-table.ts'

/** What the data plane asks of the rest of the house. The server gives it the implementations. */
export interface Ports {
  readonly functions: FunctionInvoker
  /** Rates and quotas, exact over all processes that serve. */
  readonly counters: Counters
  /** How many requests are with backends; undefined: as far as this process knows. */
  readonly turns?: Turns | undefined
  /** Undefined where no AWS service is called. */
  readonly aws?: AwsAccess | undefined
  /** Who may sign requests; undefined: nobody is known. */
  readonly callers?: CallerSource | undefined
  /** What Lambda authorizers said of callers; undefined: nothing is kept, each request asks. */
  readonly authorizerAnswers?: AnswerCache<AuthorizerAnswer> | undefined
  /** The stage cache; undefined: nothing is cached. */
  readonly responses?: ResponseCache | undefined
  /** Backends of VPC links; undefined: none are configured. */
  readonly targets?: Targets | undefined
  /** Usage plans and their keys; undefined: there are none, and no key lets anybody in. */
  readonly usage?: UsagePorts | undefined
  /** Tokens that were verified; undefined: nothing is kept, each request's is verified. */
  readonly verifiedTokens?: AnswerCache<VerifiedToken> | undefined
  /** WebSocket connections of all processes; undefined: nothing tells one of another's. */
  readonly connections?: ConnectionRegistry | undefined
  /** The user pools of this house; undefined: there are none. */
  readonly userPools?: UserPoolSource | undefined
}

/** Answers of methods, and how they are kept. */
export interface ResponseCache {
  readonly answers: AnswerCache<KeptResponse>
  /** Among how many processes the size of a stage's cache is divided. */
  readonly processes: number
  /** How much longer an answer may be given when the backend fails; 0: not at all. */
  readonly staleMs: number
  /** Whether answers of other statuses than 2xx are kept, too. */
  readonly keepsErrors: boolean
  /** With which answers are sealed for all who share them; undefined: each process has a key of its own. */
  readonly sealingKey?: Uint8Array | undefined
}

export interface UsagePorts {
  readonly plans: UsagePlanTable
  readonly keys: UsageKeys
}

/** DryRun: permission and existence are looked at, and nothing is run. */
export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun'

export interface CallerSource {
  /** Who is behind an access key, as of now. */
  find(accessKeyId: string, sessionToken: string | undefined): Promise<KeyLookup>
}

export interface FunctionInvoker {
  /**
   * Invokes a Lambda function.
   * @throws FunctionUnavailable when the Lambda service did not run it
   */
  invoke(call: FunctionCall): Promise<FunctionResult>
  /**
   * Invokes a Lambda function and gives its answer as it comes; one that does not answer in pieces comes whole.
   * @throws FunctionUnavailable when the Lambda service did not run it; FunctionFailed when the function failed before
   * it began to answer
   */
  invokeStreaming(call: FunctionCall): Promise<FunctionStream>
}

export interface FunctionCall {
  /** ARN with optional qualifier, `arn:aws:lambda:{region}:{account}:function:{name}[:{qualifier}]`. */
  readonly functionArn: string
  /** JSON text in UTF-8. */
  readonly payload: Uint8Array
  readonly invocationType: InvocationType
  /** Who calls, for the function's resource policy: `arn:aws:execute-api:…`. */
  readonly sourceArn: string
  readonly sourceAccount: string
  /** ARN of the role to invoke as: the function's resource policy need not know the API then. */
  readonly roleArn?: string | undefined
  /** Who sent the request, where the function is invoked in that name. */
  readonly caller?: FunctionCaller | undefined
  /** Calls `listener` when the caller no longer wants the answer. */
  readonly onCancel?: ((listener: () => void) => void) | undefined
}

/** A caller of an API in whose name a function is invoked: plain data, which crosses from process to process. */
export interface FunctionCaller {
  readonly arn: string
  /** 12 digits. */
  readonly account: string
  /** Why its own policies do not let it; undefined: they do. */
  readonly refusal: string | undefined
}

export interface FunctionResult {
  /** Lambda's own; undefined where it tells none. */
  readonly requestId?: string | undefined
  readonly payload: Uint8Array
  /** Set when the function itself failed; the payload is then Lambda's error shape. */
  readonly functionError?: 'Handled' | 'Unhandled' | undefined
}

/** An answer that is still being written. */
export interface FunctionStream {
  /** As the function says. */
  readonly contentType: string
  /** Fails when the function does. */
  readonly body: Body
}

/** The function itself failed before it began to answer. */
export class FunctionFailed extends Error {
  /** Lambda's error shape, JSON. */
  readonly payload: Uint8Array

  constructor(payload: Uint8Array) {
    super('the function failed')
    this.name = 'FunctionFailed'
    this.payload = payload
  }
}

/** `role-not-assumed`: the role that was named does not let the gateway take it. */
export type FunctionUnavailableReason =
  | 'not-found'
  | 'access-denied'
  | 'role-not-assumed'
  | 'throttled'
  | 'failed'

export class FunctionUnavailable extends Error {
  readonly reason: FunctionUnavailableReason
  constructor(reason: FunctionUnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FunctionUnavailable'
    this.reason = reason
  }
}
