import { ApiError, decodeBody, encodeBody, expandPath, isForm, send } from '../runtime/send.ts'
import type { Answer, CallOptions, ClientOptions, ParameterValue, QueryValue } from '../runtime/types.ts'

/** A method of the API. */
export interface Operation {
  readonly name: string
  /** `ANY`: the caller says which. */
  readonly method: string
  readonly path: string
  /** Of bodies, unless the caller says otherwise. */
  readonly contentType: string
  /** What it declares to answer. */
  readonly statuses: readonly number[]
  readonly isSigned: boolean
}

/** What every method can be given; the client's types say which of it a method has. */
interface Input {
  readonly method?: string
  readonly path?: Readonly<Record<string, ParameterValue>>
  readonly query?: Readonly<Record<string, QueryValue>>
  readonly headers?: Readonly<Record<string, ParameterValue | undefined>>
  readonly body?: unknown
  readonly contentType?: string
}

type Call = (input?: Input, options?: CallOptions) => Promise<Answer>

/** A client with one function for each operation. */
export function connect(
  defaults: { readonly invokeUrl: string; readonly region: string },
  operations: readonly Operation[],
  options: ClientOptions,
): Readonly<Record<string, Call>> {
  const settings = {
    ...options,
    invokeUrl: options.invokeUrl ?? defaults.invokeUrl,
    region: options.region ?? defaults.region,
  }
  return Object.fromEntries(
    operations.map((operation): [string, Call] => [
      operation.name,
      (input = {}, call = {}) => run(settings, operation, input, call),
    ]),
  )
}

async function run(
  options: ClientOptions,
  operation: Operation,
  input: Input,
  call: CallOptions,
): Promise<Answer> {
  const headers = new Headers(options.headers)
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    if (value !== undefined) headers.set(name, String(value))
  }
  for (const [name, value] of Object.entries(call.headers ?? {})) headers.set(name, value)
  const contentType = input.contentType ?? headers.get('content-type') ?? operation.contentType
  const body = encodeBody(input.body, /[/+]json\b/i.test(contentType))
  if (body !== undefined && (input.contentType !== undefined || !isForm(body)))
    headers.set('content-type', contentType)
  const method = operation.method === 'ANY' ? (input.method ?? 'GET') : operation.method
  const response = await send(options, {
    method,
    path: expandPath(operation.path, input.path ?? {}),
    query: [...Object.entries(input.query ?? {}), ...Object.entries(call.query ?? {})],
    headers,
    body,
    isSigned: operation.isSigned,
    signal: call.signal,
  })
  const { status } = response
  const answer = await decodeBody(response)
  const isAnySuccess = !operation.statuses.some((declared) => declared >= 200 && declared <= 299)
  if (!operation.statuses.includes(status) && !(isAnySuccess && response.ok)) {
    throw new ApiError(`${method} ${operation.path}`, status, response.headers, answer)
  }
  return { status, headers: response.headers, body: answer }
}
