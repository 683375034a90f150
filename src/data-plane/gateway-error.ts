import { gatewayResponseDefaults, type GatewayResponseType } from '#model/gateway-response.ts'

export interface GatewayErrorOptions {
  /** `$context.error.message`; the type's own when undefined. */
  readonly message?: string
  /** When AWS answers this type with another status than the table's. */
  readonly status?: number
  /** `x-amzn-ErrorType`, when AWS answers this type with another than the table's. */
  readonly errorType?: string
  /** `$context.error.validationErrorString`. */
  readonly validationErrorString?: string
  /** Told to clients of HTTP APIs in place of the type: name, value, name, value …, as `www-authenticate`. */
  readonly headers?: readonly string[]
  /** Why, for the owner's log; never shown to the client. */
  readonly reason?: string
  readonly cause?: unknown
}

const NO_HEADERS: readonly string[] = []

/** Ends an exchange with a gateway response. The one kind of error that steps throw on purpose. */
export class GatewayError extends Error {
  readonly responseType: GatewayResponseType
  /** What the client is told. */
  readonly clientMessage: string | null
  readonly status: number
  /** `x-amzn-ErrorType` */
  readonly errorType: string
  readonly validationErrorString: string | undefined
  readonly headers: readonly string[]

  constructor(responseType: GatewayResponseType, options: GatewayErrorOptions = {}) {
    // It is an answer, whose place nobody looks for; that of a fault is in its cause. Writing the stack down takes as long as
    // half of all else that refusing a request does here.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(options.reason ?? responseType, options.cause === undefined ? {} : { cause: options.cause })
    Error.stackTraceLimit = stackTraceLimit
    this.name = 'GatewayError'
    const { message, status, errorType } = gatewayResponseDefaults[responseType]
    this.responseType = responseType
    this.clientMessage = options.message ?? message
    this.status = options.status ?? status ?? (responseType === 'DEFAULT_4XX' ? 400 : 500)
    this.errorType = options.errorType ?? errorType
    this.validationErrorString = options.validationErrorString
    this.headers = options.headers ?? NO_HEADERS
  }
}

/** Something in the API's definition does not work: 500, and the reason goes to the log. */
export function configurationError(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('API_CONFIGURATION_ERROR', { reason, ...(cause === undefined ? {} : { cause }) })
}

/** The backend answered something that API Gateway cannot use, or could not be asked. */
export function integrationError(status: 500 | 502, reason: string, cause?: unknown): GatewayError {
  return new GatewayError('DEFAULT_5XX', { status, reason, ...(cause === undefined ? {} : { cause }) })
}
