import type { SigningKeys } from '#aws/sigv4.ts'
import { sign } from '#aws/sigv4.ts'
import type { Clock } from '#base/clock.ts'
import { WholeBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import { LambdaInvokeError, type LambdaInvokeReason } from './definition.ts'
import type { FunctionName } from './function-name.ts'
import type { FunctionRun, ServiceInvocationResult } from './functions.ts'
import { responsePayloadBytesMax } from './limits.ts'
import { receiveEvents } from './remote-stream.ts'

export interface RemoteFunctionsOptions {
  /** Lambda's address: `https://lambda.eu-west-1.amazonaws.com`, `http://localhost:9001`. */
  readonly endpoint: string
  /** Finds keys to sign a call with. */
  readonly keys: (caller: RemoteCaller) => SigningKeys | Promise<SigningKeys>
  readonly client: HttpClient
  readonly clock: Clock
}

/** Who invokes a function there. */
export interface RemoteCaller {
  readonly region: string
  /** The function's. */
  readonly account: string
  /** The role to invoke as. */
  readonly roleArn: string | undefined
}

/** Functions run for up to 15 minutes, and the head of the answer comes at their end. */
const TIMEOUT_MS = 900_000

const REASONS: Readonly<Record<number, LambdaInvokeReason>> = {
  403: 'access-denied',
  404: 'not-found',
  429: 'throttled',
}

/** Another Lambda, to which functions that are not here are sent. */
export class RemoteFunctions {
  readonly #options: RemoteFunctionsOptions
  readonly #origin: string
  readonly #host: string
  readonly #path: string

  /** @throws Error when the endpoint is no http or https URL */
  constructor(options: RemoteFunctionsOptions) {
    this.#options = options
    const url = URL.canParse(options.endpoint) ? new URL(options.endpoint) : undefined
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
      throw new Error(
        `Lambda's endpoint: found ${JSON.stringify(options.endpoint)}, expected a URL such as https://lambda.us-east-1.amazonaws.com`,
      )
    }
    this.#origin = url.origin
    this.#host = url.host
    this.#path = url.pathname.replace(/\/$/, '')
  }

  /**
   * Invokes a function there.
   * @throws LambdaInvokeError when it was not run, or nothing came back
   */
  async invoke(
    functionArn: string,
    { region, account }: Pick<FunctionName, 'region' | 'account'>,
    run: FunctionRun,
  ): Promise<ServiceInvocationResult> {
    const { client, clock } = this.#options
    const streamed = run.onStream !== undefined
    const [version, action] = streamed
      ? ['2021-11-15', 'response-streaming-invocations']
      : ['2015-03-31', 'invocations']
    const target = `${this.#path}/${version}/functions/${encodeURIComponent(functionArn)}/${action}`
    const headers = new Headers(['Host', this.#host, 'Content-Type', 'application/json'])
    headers.add('X-Amz-Invocation-Type', run.invocationType)
    if (run.clientContext !== undefined) {
      headers.add('X-Amz-Client-Context', Buffer.from(run.clientContext).toString('base64'))
    }
    const signing = await this.#keys({ region, account, roleArn: run.roleArn })
    sign(
      { method: 'POST', target, headers, body: run.payload },
      signing,
      { region, service: 'lambda' },
      clock.now(),
    )
    let status: number
    let functionError: string | undefined
    let payload: Uint8Array
    try {
      const response = await client.send({
        origin: this.#origin,
        method: 'POST',
        target,
        headers,
        body: new WholeBody(run.payload),
        timeoutMs: TIMEOUT_MS,
        onCancel: run.onCancel,
      })
      status = response.status
      functionError = response.headers.get('X-Amz-Function-Error')
      if (streamed && status < 300) return await receiveEvents(response.body, run.onStream)
      payload = await response.body.bytes(responsePayloadBytesMax)
    } catch (error) {
      throw new LambdaInvokeError('failed', `Lambda at ${this.#origin}: ${(error as Error).message}`, {
        cause: error,
      })
    }
    if (status >= 300) {
      throw new LambdaInvokeError(
        REASONS[status] ?? 'failed',
        `Lambda at ${this.#origin} answered ${status} for ${functionArn}: ${messageOf(payload)}`,
      )
    }
    return { payload, functionError: functionError === undefined ? undefined : 'Unhandled' }
  }

  async #keys(caller: RemoteCaller): Promise<SigningKeys> {
    try {
      return await this.#options.keys(caller)
    } catch (cause) {
      const { roleArn } = caller
      throw new LambdaInvokeError(
        roleArn === undefined ? 'access-denied' : 'role-not-assumed',
        `no keys of ${roleArn ?? 'the gateway'}: ${(cause as Error).message}`,
        { cause },
      )
    }
  }
}

function messageOf(payload: Uint8Array): string {
  const text = Buffer.from(payload).toString('utf8').slice(0, 500)
  try {
    const parsed = JSON.parse(text) as { Message?: unknown; message?: unknown } | null
    const message = parsed?.Message ?? parsed?.message
    return typeof message === 'string' ? message : text
  } catch {
    return text
  }
}
