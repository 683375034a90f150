import { decodeBody, encodeBody, expandPath, isForm, send } from '../runtime/send.ts'
import type { ClientOptions, ParameterValue, QueryValue } from '../runtime/types.ts'

/** What `newClient` takes, in the words of the clients that API Gateway generates. */
export interface ClientConfig {
  readonly accessKey?: string
  readonly secretKey?: string
  readonly sessionToken?: string
  readonly region?: string
  readonly apiKey?: string
  readonly defaultContentType?: string
  readonly defaultAcceptType?: string
  readonly invokeUrl?: string
}

/** A method of the API; parameters are named by their place. */
export interface ScriptOperation {
  readonly names: readonly string[]
  readonly method: string
  readonly path: string
  readonly pathParams: readonly string[]
  readonly queryParams: readonly string[]
  readonly headerParams: readonly string[]
  readonly required: readonly string[]
  readonly isSigned: boolean
}

type Values = Readonly<Record<string, ParameterValue | null | undefined>>

interface AdditionalParams {
  readonly headers?: Values
  readonly queryParams?: Readonly<Record<string, QueryValue>>
  /** For operations of any method. */
  readonly method?: string
  readonly signal?: AbortSignal
}

interface Result {
  readonly status: number
  readonly statusText: string
  readonly headers: Readonly<Record<string, string>>
  readonly data: unknown
}

type Call = (params?: Values | null, body?: unknown, additionalParams?: AdditionalParams) => Promise<Result>

/** A client with a function for each name of each operation. */
export function newClient(
  defaults: { readonly invokeUrl: string; readonly region: string },
  operations: readonly ScriptOperation[],
  config: ClientConfig = {},
): Readonly<Record<string, Call>> {
  return Object.fromEntries(
    operations.flatMap((operation) =>
      operation.names.map((name): [string, Call] => [
        name,
        (params, body, additionalParams) =>
          run(defaults, config, operation, params ?? {}, body, additionalParams ?? {}),
      ]),
    ),
  )
}

async function run(
  defaults: { readonly invokeUrl: string; readonly region: string },
  config: ClientConfig,
  operation: ScriptOperation,
  params: Values,
  body: unknown,
  additional: AdditionalParams,
): Promise<Result> {
  const given = (names: readonly string[]): [string, ParameterValue][] =>
    names.flatMap((name): [string, ParameterValue][] => {
      const value = Object.hasOwn(params, name) ? params[name] : undefined
      return value === undefined || value === null ? [] : [[name, value]]
    })
  const missing = operation.required.filter((name) => given([name]).length === 0)
  if (missing.length > 0) throw new Error(`Required parameters are missing: ${missing.join(', ')}`)

  const headers = new Headers({ accept: config.defaultAcceptType ?? 'application/json' })
  const extra = Object.entries(additional.headers ?? {})
  for (const [name, value] of [...given(operation.headerParams), ...extra]) headers.set(name, String(value))
  const method = (operation.method === 'ANY' ? (additional.method ?? 'GET') : operation.method).toUpperCase()
  // Scripts pass an empty body to every method: these have none.
  const isBodiless = method === 'GET' || method === 'HEAD' || body === null
  const payload = isBodiless ? undefined : encodeBody(body, false)
  if (payload !== undefined && !isForm(payload) && !headers.has('content-type')) {
    headers.set('content-type', config.defaultContentType ?? 'application/json')
  }
  const options: ClientOptions = {
    invokeUrl: config.invokeUrl ?? defaults.invokeUrl,
    region: config.region || defaults.region,
    apiKey: config.apiKey,
    credentials:
      config.accessKey && config.secretKey
        ? {
            accessKeyId: config.accessKey,
            secretAccessKey: config.secretKey,
            sessionToken: config.sessionToken,
          }
        : undefined,
  }
  const response = await send(options, {
    method,
    path: expandPath(operation.path, Object.fromEntries(given(operation.pathParams))),
    query: [...given(operation.queryParams), ...Object.entries(additional.queryParams ?? {})],
    headers,
    body: payload,
    isSigned: operation.isSigned,
    signal: additional.signal,
  })
  const result: Result = {
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    data: await decodeBody(response),
  }
  if (response.ok) return result
  // The result itself, as older clients reject with, and below `response`, as newer ones do.
  const error = new Error(`Request failed with status code ${result.status}`)
  throw Object.assign(error, result, { response: result })
}
