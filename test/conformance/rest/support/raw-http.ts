import { connect } from 'node:net'

export interface RawReply {
  readonly status: number
  readonly reason: string
  /** As on the wire: `Name: value`. */
  readonly headers: readonly string[]
  /** Chunks joined; latin1. */
  readonly body: string
  header(name: string): string | undefined
}

/** Sends bytes over a socket of its own and reads one answer to its end. @param text latin1 */
export function sendRaw(port: number, text: string): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => {
      try {
        resolve(parseReply(Buffer.concat(chunks).toString('latin1')))
      } catch (error) {
        reject(error as Error)
      }
    })
  })
}

export interface RawRequest {
  readonly method?: string
  readonly target: string
  /** `Name: value`, after Host and before the framing. */
  readonly headers?: readonly string[]
  readonly body?: string
  /** Sent in these pieces with chunked coding. */
  readonly chunks?: readonly string[]
}

/** The bytes of a request that closes its connection. */
export function requestText(host: string, request: RawRequest): string {
  const { method = 'GET', target, headers = [], body, chunks } = request
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers, 'Connection: close']
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body, 'latin1')}`)
  if (chunks !== undefined) lines.push('Transfer-Encoding: chunked')
  const coded = (chunks ?? []).map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  return `${lines.join('\r\n')}\r\n\r\n${chunks === undefined ? (body ?? '') : `${coded}0\r\n\r\n`}`
}

function parseReply(text: string): RawReply {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) throw new Error(`no complete answer head in ${JSON.stringify(text.slice(0, 200))}`)
  const [statusLine = '', ...headers] = text.slice(0, end).split('\r\n')
  const [, status = '', reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(statusLine) ?? []
  const header = (name: string): string | undefined =>
    headers
      .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      ?.slice(name.length + 1)
      .trim()
  const rest = text.slice(end + 4)
  const chunked = header('transfer-encoding')?.toLowerCase() === 'chunked'
  return { status: Number(status), reason, headers, header, body: chunked ? dechunk(rest) : rest }
}

function dechunk(text: string): string {
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (lineEnd === -1 || Number.isNaN(size)) throw new Error('the chunked answer was cut off')
    if (size === 0) return body
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 4 + size
  }
}
