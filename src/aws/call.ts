import type { Caller } from '#base/caller.ts'
import type { Body, HttpReply, HttpRequest } from '#http/message.ts'

/** Who calls: what the signature (or dev mode) established. */
export interface Principal {
  readonly account: string
  readonly accessKeyId: string
  /** `arn:aws:iam::{account}:root` and the like. */
  readonly arn: string
  readonly userId: string
  /** Of keys that are known, with what their owner may do. */
  readonly caller?: Caller | undefined
}

/** What a handler knows of the call beside its input. */
export interface Call {
  readonly service: string
  readonly operation: string
  readonly account: string
  readonly region: string
  readonly principal: Principal
  /** Also sent as `x-amzn-RequestId`. */
  readonly requestId: string
  /**
   * Asks for what the input's members alone did not tell that the call needs, such as roles inside a document; undefined
   * where nobody's calls are refused.
   * @throws AwsError
   */
  readonly need?: ((permissions: readonly Permission[]) => Promise<void>) | undefined
}

/** What a caller must be allowed, to be served. */
export interface Permission {
  /** `apigateway:POST` */
  readonly action: string
  /** ARN, or `*`. */
  readonly resource: string
}

/** One operation's types, as the generated tables declare them. */
export interface OperationTypes {
  readonly input: object
  readonly output: object
}

/**
 * The operations that a service implements, typed by the generated table's operation map: a misspelt name or a
 * wrongly shaped answer is a type error. Operations left out answer as AWS does for unknown operations.
 */
export type Handlers<Operations extends { [name in keyof Operations]: OperationTypes }> = {
  readonly [name in keyof Operations]?: (
    input: Operations[name]['input'],
    call: Call,
  ) => Operations[name]['output'] | Promise<Operations[name]['output']>
}

/** The answer of an operation whose output is an event stream (`event-stream.ts`). */
export interface EventStreamOutput {
  /** Name, value, name, value …: beside the request id and the content type. */
  readonly headers: readonly string[]
  /** Encoded events. */
  readonly events: Body
}

/** Handlers of operations whose output is an event stream: the generated maps leave those out. */
export type StreamHandlers = Readonly<
  Record<string, (input: never, call: Call) => Promise<EventStreamOutput>>
>

/** A service, ready to be mounted: its table's name (`tables/<table>.json`) and its handlers. */
export interface AwsService {
  /** File name of the table: `apigateway`, `lambda`, `sts`. */
  readonly table: string
  readonly handlers: Readonly<Record<string, (input: never, call: Call) => unknown>>
  readonly streams?: StreamHandlers | undefined
}

/** A call before it is carried out, as policies see it. */
export interface CallToAuthorize extends Call {
  /** The service of the credential scope, which is also that of its actions: `lambda`. */
  readonly signingName: string
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  /** Decoded; not checked yet. */
  readonly input: Readonly<Record<string, unknown>>
  readonly client: {
    readonly address: string
    readonly secure: boolean
    readonly userAgent: string | undefined
  }
}

/**
 * @param needed what has to be allowed; what the call needs by its operation and members when undefined
 * @returns why the caller may not; undefined when it may
 */
export type AuthorizeCall = (
  call: CallToAuthorize,
  needed?: readonly Permission[],
) => string | undefined | Promise<string | undefined>

/** Answers control-plane calls of every mounted service. Never throws: errors become AWS error answers. */
export interface AwsEndpoint {
  serve(request: HttpRequest): Promise<HttpReply>
}
