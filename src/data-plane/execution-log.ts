import { utf8Text } from '#base/utf8.ts'
import { TappedBody } from './logs/tapped-body.ts'
import { WholeBody } from '#http/body.ts'
import type { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import type { Exchange } from './exchange.ts'
import type { GatewayError } from './gateway-error.ts'
import { masked, withoutSecrets } from './logs/secrets.ts'

/** What is sent to a backend. */
export interface EndpointRequest {
  readonly uri: string
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: LoggedBytes
}

/** What a backend answered. */
export interface EndpointResponse {
  readonly status: number
  readonly latencyMs: number
  readonly headers: readonly string[]
  readonly body: LoggedBytes
}

/** Bytes of a body: at once, or as many as will have passed when the log is written. */
export type LoggedBytes = Uint8Array | (() => Uint8Array)

/** A line; one that holds a body which is still on its way is made when the log is written. */
export type ExecutionLine = string | (() => string)

/** A body that goes on, and what the log may know of it. */
export interface CapturedBody {
  readonly body: Body
  readonly bytes: LoggedBytes
}

export interface ExecutionLogOptions {
  /** Whether requests and responses themselves are told, as `logging/dataTrace` asks. */
  readonly dataTrace: boolean
  /** Bodies that stream are told up to here, and go on streaming; undefined: they are awaited whole. */
  readonly bodyBytesMax: number | undefined
  /** Whether values of headers that hold secrets are masked. */
  readonly masksSecrets: boolean
}

/** Of a test by the owner: nothing is left out. */
const EVERYTHING: ExecutionLogOptions = { dataTrace: true, bodyBytesMax: undefined, masksSecrets: false }

/** The lines that API Gateway writes about one execution, in its words (recorded on AWS by TestInvokeMethod). */
export class ExecutionLog {
  readonly #write: (line: ExecutionLine) => void
  readonly #options: ExecutionLogOptions

  /** @param write takes each line, without the time or request id that its reader may put before it */
  constructor(write: (line: ExecutionLine) => void, options: ExecutionLogOptions = EVERYTHING) {
    this.#write = write
    this.#options = options
  }

  /** @param path that was asked for */
  began(exchange: Exchange, path: string, body: LoggedBytes): void {
    const { requestId, method } = exchange
    this.#write(`Starting execution for request: ${requestId}`)
    const { logOpening } = exchange.plan.kind
    if (logOpening === undefined) this.#write(`HTTP Method: ${method}, Resource Path: ${path}`)
    else for (const line of logOpening(exchange, this.#options.dataTrace)) this.#write(line)
    if (!this.#options.dataTrace || exchange.event?.data !== undefined) return
    const { query, headers, route, pathValues } = exchange
    const parameters = pathValues.flatMap((value, at) => [route?.pathParameterNames[at] ?? '', value])
    this.#write(`Method request path: ${this.#map(parameters)}`)
    this.#write(
      `Method request query string: ${this.#map([...query].flatMap(([name, all]) => [name, all.join(',')]))}`,
    )
    this.#write(`Method request headers: ${this.#map(headers)}`)
    this.#body('Method request body before transformations', body)
  }

  /**
   * Makes a body readable for the log that is about to go on.
   * @param bytesMax of one that has to be here whole
   */
  capture(body: Body, bytesMax: number): CapturedBody | Promise<CapturedBody> {
    const { dataTrace, bodyBytesMax } = this.#options
    if (!dataTrace) return { body, bytes: NOTHING }
    if (bodyBytesMax !== undefined) return TappedBody.on(body, bodyBytesMax)
    const bytes = body.bytes(bytesMax)
    const captured = (whole: Uint8Array): CapturedBody => ({ body: new WholeBody(whole), bytes: whole })
    return bytes instanceof Uint8Array ? captured(bytes) : bytes.then(captured)
  }

  sending({ uri, headers, body }: EndpointRequest): void {
    if (this.#options.dataTrace) {
      this.#write(`Endpoint request URI: ${uri}`)
      this.#write(`Endpoint request headers: ${this.#map(headers)}`)
      this.#body('Endpoint request body after transformations', body)
    }
    this.#write(`Sending request to ${uri}`)
  }

  /** What was decided on the way to the backend beyond AWS: a line of our own. */
  traffic(policy: string, message: string): void {
    this.#write(`Traffic policy ${policy}: ${message}`)
  }

  received({ status, latencyMs, headers, body }: EndpointResponse): void {
    this.#write(`Received response. Status: ${status}, Integration latency: ${Math.round(latencyMs)} ms`)
    if (!this.#options.dataTrace) return
    this.#write(`Endpoint response headers: ${this.#map(headers)}`)
    this.#body('Endpoint response body before transformations', body)
  }

  failed(error: GatewayError): void {
    this.#write(failure(error))
    if (!CONFIGURATION.has(error.responseType) && !EXECUTION.has(error.responseType)) {
      this.#write(`Gateway response type: ${error.responseType} with status code: ${error.status}`)
    }
  }

  succeeded(headers: Headers | readonly string[], body: LoggedBytes): void {
    if (this.#options.dataTrace) {
      this.#body('Method response body after transformations', body)
      this.#write(`Method response headers: ${this.#map('raw' in headers ? headers.raw : headers)}`)
    }
    this.#write('Successfully completed execution')
  }

  completed(status: number): void {
    this.#write(`Method completed with status: ${status}`)
  }

  #body(what: string, bytes: LoggedBytes): void {
    this.#write(
      typeof bytes === 'function' ? () => `${what}: ${textOf(bytes())}` : `${what}: ${textOf(bytes)}`,
    )
  }

  #map(list: readonly string[]): string {
    return map(this.#options.masksSecrets ? withoutSecrets(list) : list)
  }

  authorizerStarted(authorizerId: string, requestId: string): void {
    this.#write(`Starting authorizer: ${authorizerId} for request: ${requestId}`)
  }

  /** @param sources of `values`; undefined for a token */
  identified(sources: readonly string[] | undefined, values: readonly string[]): void {
    const shown = values.map(masked)
    const identity =
      sources === undefined ? shown.join() : map(sources.flatMap((source, at) => [source, shown[at] ?? '']))
    this.#write(`Incoming identity: ${identity}`)
  }

  /** @param stage `{apiId}/{stage}` */
  keyShown(requestId: string, key: string | undefined, stage: string): void {
    this.#write(
      `Verifying Usage Plan for request: ${requestId}. API Key: ${masked(key ?? '')} API Stage: ${stage}`,
    )
  }

  /** @param method `'GET /pets'` */
  noKeyNeeded(requestId: string, method: string, stage: string): void {
    this.keyShown(requestId, undefined, stage)
    this.#write(
      `API Key  authorized because method ${method} does not require API Key. Request will not contribute to throttle or quota limits`,
    )
    this.#write(`Usage Plan check succeeded for API Key  and API Stage ${stage}`)
  }

  keyRefused(key: string | undefined, method: string, stage: string, hasPlans: boolean): void {
    const reason = hasPlans ? 'API Key is not in a Usage Plan' : 'API Stage is not in a Usage Plan'
    this.#write(
      `API Key ${masked(key ?? '')} not authorized because method ${method} requires API Key and API Key is not associated with a Usage Plan for API Stage ${stage}: ${reason}`,
    )
  }

  planAllowed(key: string, method: string, stage: string): void {
    this.#write(
      `API Key ${masked(key)} authorized because method ${method} requires API Key and API Key is associated with a Usage Plan for API Stage ${stage}`,
    )
    this.#write(`Usage Plan check succeeded for API Key ${masked(key)} and API Stage ${stage}`)
  }

  planRefused(key: string, stage: string, { clientMessage }: GatewayError): void {
    this.#write(`Usage Plan check failed for API Key ${masked(key)} and API Stage ${stage}: ${clientMessage}`)
  }

  authorizerAnswered(body: Uint8Array): void {
    if (!this.#options.dataTrace) return
    this.#write(`Authorizer result body before parsing: ${textOf(body)}`)
  }

  /** @param principalId undefined of a simple answer */
  authorized(principalId: string | undefined): void {
    this.#write(`Using valid authorizer policy for principal: ${masked(principalId ?? '')}`)
    this.#write('Successfully completed authorizer execution')
  }

  /** A token says who calls: there is no policy. */
  tokenAccepted(): void {
    this.#write('Successfully completed authorizer execution')
  }

  notAuthorized({ responseType, message }: GatewayError, requestId: string): void {
    if (responseType === 'UNAUTHORIZED') {
      this.#write(`Unauthorized request: ${requestId}`)
      this.#write('Unauthorized')
      return
    }
    const isFailure = responseType === 'AUTHORIZER_FAILURE'
    this.#write(isFailure ? message : `Execution failed due to configuration error: ${message}`)
    this.#write(isFailure ? 'AuthorizerFailureException' : 'AuthorizerConfigurationException')
  }
}

const NOTHING = new Uint8Array(0)

/** Faults of the definition: their reason is one of AWS's after `Execution failed due to configuration error`. */
const CONFIGURATION: ReadonlySet<string> = new Set(['API_CONFIGURATION_ERROR', 'DEFAULT_5XX'])
/** Faults of a backend: their reason is the whole sentence. */
const EXECUTION: ReadonlySet<string> = new Set(['INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT'])

function failure({ responseType, message, clientMessage }: GatewayError): string {
  if (responseType === 'BAD_REQUEST_BODY' || EXECUTION.has(responseType)) return message
  if (message.startsWith('Lambda execution failed')) return message
  if (CONFIGURATION.has(responseType)) return `Execution failed due to configuration error: ${message}`
  return clientMessage ?? message
}

/** `{name=value, name2=value2}`; AWS cuts what is longer. */
function map(list: readonly string[]): string {
  let text = '{'
  for (let i = 0; i < list.length; i += 2) text += `${i === 0 ? '' : ', '}${list[i]}=${list[i + 1]}`
  text += '}'
  return text.length > MAP_CHARACTERS_MAX ? `${text.slice(0, MAP_CHARACTERS_MAX)} [TRUNCATED]` : text
}

const MAP_CHARACTERS_MAX = 998

function textOf(body: Uint8Array): string {
  return utf8Text(body)
}
