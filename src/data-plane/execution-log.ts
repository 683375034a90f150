import type { Headers } from '#http/headers.ts'
import type { Exchange } from './exchange.ts'
import type { GatewayError } from './gateway-error.ts'

/** What is sent to a backend. */
export interface EndpointRequest {
  readonly uri: string
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** What a backend answered. */
export interface EndpointResponse {
  readonly status: number
  readonly latencyMs: number
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** The lines that API Gateway writes about one execution, in its words (recorded on AWS by TestInvokeMethod). */
export class ExecutionLog {
  readonly #write: (line: string) => void

  /** @param write takes each line, without the time or request id that its reader may put before it */
  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** @param path that was asked for */
  began(exchange: Exchange, path: string, body: Uint8Array): void {
    const { requestId, method, query, headers, route, pathValues } = exchange
    const parameters = pathValues.flatMap((value, at) => [route?.pathParameterNames[at] ?? '', value])
    this.#write(`Starting execution for request: ${requestId}`)
    this.#write(`HTTP Method: ${method}, Resource Path: ${path}`)
    this.#write(`Method request path: ${map(parameters)}`)
    this.#write(
      `Method request query string: ${map([...query].flatMap(([name, all]) => [name, all.join(',')]))}`,
    )
    this.#write(`Method request headers: ${map(headers)}`)
    this.#write(`Method request body before transformations: ${textOf(body)}`)
  }

  sending({ uri, headers, body }: EndpointRequest): void {
    this.#write(`Endpoint request URI: ${uri}`)
    this.#write(`Endpoint request headers: ${map(headers)}`)
    this.#write(`Endpoint request body after transformations: ${textOf(body)}`)
    this.#write(`Sending request to ${uri}`)
  }

  received({ status, latencyMs, headers, body }: EndpointResponse): void {
    this.#write(`Received response. Status: ${status}, Integration latency: ${Math.round(latencyMs)} ms`)
    this.#write(`Endpoint response headers: ${map(headers)}`)
    this.#write(`Endpoint response body before transformations: ${textOf(body)}`)
  }

  failed(error: GatewayError): void {
    this.#write(failure(error))
    if (!CONFIGURATION.has(error.responseType) && !EXECUTION.has(error.responseType)) {
      this.#write(`Gateway response type: ${error.responseType} with status code: ${error.status}`)
    }
  }

  succeeded(headers: Headers | readonly string[], body: Uint8Array): void {
    this.#write(`Method response body after transformations: ${textOf(body)}`)
    this.#write(`Method response headers: ${map('raw' in headers ? headers.raw : headers)}`)
    this.#write('Successfully completed execution')
  }

  completed(status: number): void {
    this.#write(`Method completed with status: ${status}`)
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

  authorizerAnswered(body: Uint8Array): void {
    this.#write(`Authorizer result body before parsing: ${textOf(body)}`)
  }

  authorized(principalId: string): void {
    this.#write(`Using valid authorizer policy for principal: ${masked(principalId)}`)
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

/** Its end alone shows: six characters, of a short text half. */
function masked(text: string): string {
  const shown = Math.min(6, Math.floor(text.length / 2))
  return '*'.repeat(text.length - shown) + text.slice(text.length - shown)
}

/** Faults of the definition: their reason is one of AWS's after `Execution failed due to configuration error`. */
const CONFIGURATION: ReadonlySet<string> = new Set(['API_CONFIGURATION_ERROR', 'DEFAULT_5XX'])
/** Faults of a backend: their reason is the whole sentence. */
const EXECUTION: ReadonlySet<string> = new Set(['INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT'])

function failure({ responseType, message, clientMessage, validationErrorString }: GatewayError): string {
  if (EXECUTION.has(responseType) || message.startsWith('Lambda execution failed')) return message
  if (CONFIGURATION.has(responseType)) return `Execution failed due to configuration error: ${message}`
  if (responseType === 'BAD_REQUEST_BODY' && validationErrorString !== undefined) {
    return `Request body does not match model schema: ${validationErrorString}`
  }
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
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8')
}
