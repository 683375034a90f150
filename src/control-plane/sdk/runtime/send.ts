import type { ClientOptions, Credentials, ParameterValue, QueryValue } from './types.ts'

/** Whatever `fetch` sends as a body. */
export type Payload = NonNullable<RequestInit['body']>

/** A request before it is signed. */
export interface Outgoing {
  readonly method: string
  /** With its parameters in place, below the invoke URL. */
  readonly path: string
  readonly query: readonly (readonly [name: string, value: QueryValue])[]
  readonly headers: Headers
  readonly body: Payload | undefined
  readonly isSigned: boolean
  readonly signal: AbortSignal | undefined
}

/** Thrown for statuses that a method does not declare: API Gateway's own refusals among them. */
export class ApiError extends Error {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown

  constructor(what: string, status: number, headers: Headers, body: unknown) {
    super(`${what} answered ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** Sends a request, signed where its method asks for that and there are credentials. */
export async function send(
  { invokeUrl, region, apiKey, credentials, fetch: given }: ClientOptions,
  { method, path, query, headers, body, isSigned, signal }: Outgoing,
): Promise<Response> {
  const pairs = query.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined && one !== null)
      .map((one) => `${encode(name)}=${encode(String(one))}`),
  )
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`
  const url = new URL(`${(invokeUrl ?? '').replace(/\/+$/, '')}${path}${search}`)
  if (apiKey) headers.set('x-api-key', apiKey)
  const keys = isSigned ? await (typeof credentials === 'function' ? credentials() : credentials) : undefined
  let payload = body
  if (keys !== undefined) {
    const whole = new Response(body ?? '')
    const type = whole.headers.get('content-type')
    // Bytes do not say what they are, as the form did that they are made of.
    if (type !== null && body !== undefined && !headers.has('content-type')) headers.set('content-type', type)
    const bytes = await whole.arrayBuffer()
    if (body !== undefined) payload = bytes
    await sign(url, pairs, method, headers, bytes, keys, region ?? 'us-east-1')
  }
  const request: RequestInit = { method, headers }
  if (payload !== undefined) request.body = payload
  // What fetch asks of those who send streams.
  if (payload instanceof ReadableStream) Object.assign(request, { duplex: 'half' })
  if (signal !== undefined) request.signal = signal
  return (given ?? fetch)(url.href, request)
}

/**
 * A path with its parameters in place; `{name+}` takes slashes.
 * @throws TypeError for one that is missing, or that would lead to another path
 */
export function expandPath(
  template: string,
  values: Readonly<Record<string, ParameterValue | undefined>>,
): string {
  return template.replace(
    /\{([^{}+]+)(\+?)\}|[^\w/.~:@!$&'()*+,;=-]/gu,
    (literal, name?: string, greedy?: string) => {
      if (name === undefined) return encode(literal)
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      if ((value ?? '') === '') throw new TypeError(`${template} needs ${name}`)
      const segments = greedy === '' ? [String(value)] : String(value).split('/')
      if (segments.some((segment) => segment === '.' || segment === '..')) {
        throw new TypeError(`${template}: ${name} must not be . or .., which URLs resolve`)
      }
      return segments.map(encode).join('/')
    },
  )
}

/** What a body looks like on the wire. @param isJson whether texts, too, are written as JSON */
export function encodeBody(body: unknown, isJson: boolean): Payload | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string' && !isJson) return body
  const kinds = [ArrayBuffer, Blob, FormData, ReadableStream, URLSearchParams]
  const isReady = ArrayBuffer.isView(body) || kinds.some((kind) => body instanceof kind)
  return isReady ? (body as Payload) : JSON.stringify(body)
}

/** Whether a body brings its content type along: a form's holds the boundary. */
export function isForm(body: unknown): boolean {
  return body instanceof FormData || body instanceof URLSearchParams
}

/** JSON as it is, text as a string, anything else as bytes; undefined for nothing. */
export async function decodeBody(response: Response): Promise<unknown> {
  const [type = ''] = (response.headers.get('content-type') ?? '').toLowerCase().split(';')
  const isJson = /[/+]json\s*$/.test(type)
  if (!isJson && type !== '' && !/^text\/|[/+](xml|javascript|yaml|x-www-form-urlencoded)\s*$/.test(type)) {
    return new Uint8Array(await response.arrayBuffer())
  }
  const text = await response.text()
  if (text === '') return undefined
  if (!isJson) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** RFC 3986, as signatures have it. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Signature Version 4 for execute-api, in the Authorization header (IAM User Guide, "Create a signed AWS API request"). */
async function sign(
  url: URL,
  pairs: readonly string[],
  method: string,
  headers: Headers,
  payload: ArrayBuffer,
  keys: Credentials,
  region: string,
): Promise<void> {
  if (globalThis.crypto?.subtle === undefined) {
    throw new Error('requests can be signed on pages from https or localhost only: crypto.subtle is missing')
  }
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
  headers.set('x-amz-date', date)
  if (keys.sessionToken) headers.set('x-amz-security-token', keys.sessionToken)
  const signed = [
    ['host', url.host],
    ['x-amz-date', date],
    ...(keys.sessionToken ? [['x-amz-security-token', keys.sessionToken]] : []),
  ]
  const names = signed.map(([name]) => name).join(';')
  const canonical = [
    method,
    url.pathname.split('/').map(encode).join('/'),
    sorted(pairs).join('&'),
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    hex(await crypto.subtle.digest('SHA-256', payload)),
  ].join('\n')
  const scope = `${date.slice(0, 8)}/${region}/execute-api/aws4_request`
  const text = new TextEncoder()
  const digest = hex(await crypto.subtle.digest('SHA-256', text.encode(canonical)))
  let key: ArrayBuffer | Uint8Array<ArrayBuffer> = text.encode(`AWS4${keys.secretAccessKey}`)
  for (const part of scope.split('/')) key = await hmac(key, part)
  const signature = hex(await hmac(key, ['AWS4-HMAC-SHA256', date, scope, digest].join('\n')))
  headers.set(
    'authorization',
    `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  )
}

/** By name, then by value. */
function sorted(pairs: readonly string[]): readonly string[] {
  const split = pairs.map((pair) => pair.split('='))
  return split
    .sort(([a = '', b = ''], [c = '', d = '']) => (a < c || (a === c && b < d) ? -1 : 1))
    .map((pair) => pair.join('='))
}

async function hmac(key: ArrayBuffer | Uint8Array<ArrayBuffer>, text: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return crypto.subtle.sign('HMAC', imported, new TextEncoder().encode(text))
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
