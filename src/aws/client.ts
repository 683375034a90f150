import { systemClock, type Clock } from '#base/clock.ts'
import { Headers } from '#http/headers.ts'
import { AwsError } from './error.ts'
import { sign, type SigningKeys } from './sigv4.ts'

export interface AwsCallerOptions {
  /** `http://localhost:4566`: no path. */
  readonly endpoint: string
  readonly credentials: SigningKeys
  readonly region: string
  readonly clock?: Clock | undefined
  /** Default 60 s. */
  readonly timeoutMs?: number | undefined
}

export interface AwsCaller {
  /**
   * One restJson1 call, signed for `service` (the signing name: `apigateway`, `lambda`).
   * @param target raw path and query, labels encoded: `/restapis/a1b2/stages?limit=5`
   * @param body bytes go as they are, anything else as JSON
   * @returns the answer as parsed JSON; undefined for an empty one
   * @throws AwsError with the service's code and message; NoAnswer
   */
  call(
    service: string,
    method: string,
    target: string,
    body?: Uint8Array | object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>
}

/** Nothing that speaks HTTP answered at the endpoint, or not in time. */
export class NoAnswer extends Error {
  constructor(endpoint: string, cause: unknown) {
    super(`no answer from ${endpoint}: ${(cause as Error).message}`, { cause })
    this.name = 'NoAnswer'
  }
}

const TIMEOUT_MS = 60_000
const NO_BYTES = new Uint8Array(0)

/** A small signed caller of AWS APIs, for our own use: no retries, no paging. */
export function createAwsCaller(options: AwsCallerOptions): AwsCaller {
  const { credentials, region, clock = systemClock, timeoutMs = TIMEOUT_MS } = options
  const endpoint = new URL(options.endpoint)
  return {
    async call(service, method, target, body, extra = {}) {
      const isBytes = body instanceof Uint8Array
      const bytes = isBytes ? body : body === undefined ? NO_BYTES : Buffer.from(JSON.stringify(body))
      const headers = new Headers(['Host', endpoint.host])
      if (body !== undefined && !isBytes) headers.add('Content-Type', 'application/json')
      for (const [name, value] of Object.entries(extra)) headers.set(name, value)
      sign({ method, target, headers, body: bytes }, credentials, { region, service }, clock.now())
      const response = await fetch(endpoint.origin + target, {
        method,
        headers: [...headers],
        signal: AbortSignal.timeout(timeoutMs),
        ...(bytes.length > 0 && { body: bytes }),
      }).catch((error: unknown) => {
        throw new NoAnswer(endpoint.origin, error)
      })
      const text = await response.text()
      if (!response.ok) throw errorOf(response, text)
      return parsed(text)
    },
  }
}

function errorOf(response: Response, text: string): AwsError {
  const value = parsed(text)
  const members = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const named = [response.headers.get('x-amzn-errortype'), members['__type'], 'UnknownError']
  const code = named.find((each) => typeof each === 'string') as string
  const told = [members['message'], members['Message'], `status ${response.status}: ${text.slice(0, 500)}`]
  const message = told.find((each) => typeof each === 'string') as string
  // A code may come as `com.amazonaws.x#Code` or `Code:http://…`.
  return new AwsError(code.replace(/^.*#/, '').replace(/:.*$/, ''), message, response.status, members)
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
