/** AWS credentials: methods with AWS_IAM authorization are signed with them (Signature Version 4). */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface ClientOptions {
  /** Where the API is, stage included: `https://{id}.execute-api.{region}.amazonaws.com/{stage}` or a domain of yours. */
  readonly invokeUrl?: string | undefined
  /** Sent as `x-api-key`. */
  readonly apiKey?: string | undefined
  /** Given once, or asked for at each call. */
  readonly credentials?: Credentials | (() => Credentials | Promise<Credentials>) | undefined
  /** Of the signature; the API's own unless said otherwise. */
  readonly region?: string | undefined
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
}

/** What one call has beyond what its method declares. */
export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly query?: Readonly<Record<string, QueryValue>> | undefined
  readonly signal?: AbortSignal | undefined
}

export type ParameterValue = string | number | boolean

/** Undefined is not sent; a list is sent as the same name several times. */
export type QueryValue = ParameterValue | readonly ParameterValue[] | undefined

/** What a method answers: `status` tells which of the declared answers it is. */
export interface Answer<Status extends number = number, Body = unknown> {
  readonly status: Status
  readonly headers: Headers
  /** JSON as it is, text as a string, anything else as bytes. */
  readonly body: Body
}
