import { connect, constants } from 'node:http2'

export interface Question {
  /** Header lines. */
  readonly headers: readonly string[]
  /** POST with this body; else GET. */
  readonly body: string | undefined
}

export interface Answered {
  readonly status: number
  readonly bytes: number
}

const TIMEOUT_MS = 5000

/** One request, over HTTP/1.1, whoever vouches for the server. */
export async function ask(url: string, { headers, body }: Question): Promise<Answered> {
  const response = await fetch(url, {
    ...(body === undefined ? {} : { method: 'POST', body }),
    headers: headers.map((line) => line.split(': ') as [string, string]),
    tls: { rejectUnauthorized: false },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  return { status: response.status, bytes: (await response.arrayBuffer()).byteLength }
}

/** One GET over HTTP/2. */
export function askHttp2(url: string): Promise<Answered> {
  return new Promise<Answered>((resolve, reject) => {
    const { origin, pathname } = new URL(url)
    const session = connect(origin, { rejectUnauthorized: false })
    const finish = (error: Error | undefined, answered?: Answered): void => {
      clearTimeout(late)
      session.destroy()
      if (answered === undefined) reject(error ?? new Error('no answer'))
      else resolve(answered)
    }
    const late = setTimeout(
      () => finish(new Error(`no answer over HTTP/2 within ${TIMEOUT_MS} ms`)),
      TIMEOUT_MS,
    )
    session.on('error', finish)
    const stream = session.request({ [constants.HTTP2_HEADER_PATH]: pathname })
    let status = 0
    let bytes = 0
    stream.on('response', (head) => (status = Number(head[constants.HTTP2_HEADER_STATUS])))
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length))
    stream.on('end', () => finish(undefined, { status, bytes }))
    stream.on('error', finish)
  })
}
