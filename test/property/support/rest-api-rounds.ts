import fc from 'fast-check'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '#base/clock.ts'
import { createLog } from '#base/log.ts'
import { newPass } from '#server/explain/explain-pass.ts'
import { LocalFunctions } from '../../conformance/rest/support/functions.ts'
import { startHouse, type House } from '../../conformance/rest/support/house.ts'
import type { RawReply, RawRequest } from '../../conformance/rest/support/raw-http.ts'
import { randomApi, randomApiFunctions, randomRequest } from './random-rest-apis.ts'

// Whatever an owner defines and a client sends: one well-formed answer, no header that data made, nothing of another
// request, and no 5xx but for a reason that the definition or the backend gave.

/** At once. */
const TOGETHER = 10
/** An answer that takes longer is none. */
const ANSWER_MS_MAX = 10_000
/** So many requests are explained: the owner is told of all of it, and of no secret. */
const EXPLAINED_EVERY = 20

/** A whole body may be mapped to a header. */
const HEAD_BYTES_MAX = 2 ** 21

/** What the gateway may give as the reason of a 5xx. */
const REASONS: readonly RegExp[] = [
  /^Malformed Lambda proxy response/,
  /^Lambda execution failed with status 200 due to customer function error/,
  /^Lambda said /,
  /^Unable to parse statusCode/,
  /^Unable to transform: /,
  /^No match for output mapping and no default output mapping configured/,
  /^invalid JSON in the response body$/,
  /^the payload is not base64/,
  /^a mapping template cannot read a binary payload$/,
  / header already present$/,
  /^Invalid endpoint address$/,
  // The backend's head, when it echoes one that a body was mapped to.
  /^Integration response is larger than the allowed maximum$/,
  /^Authorizer function failed with response body: /,
  /^Could not parse policy: /,
]

const LINE = /^[\w!#$%&'*+.^`|~-]+: ?[\t\x20-\x7e\x80-\xff]*$/
const NONCE = /zz\d+x\d+zz/g
const CREDENTIAL = /(?:friend|enemy|stranger|broken|garbage)zz\d+x\d+zz/

/** Random APIs behind a gateway of their own; a round is an API and requests to it, the same for a seed. */
export class RestApiRounds {
  readonly #house: House
  readonly #backend: Server
  readonly #port: number
  readonly #token: string
  /** All that went to backends, a text each. */
  readonly #sent: string[]
  /** Of the failures that the gateway told of. */
  readonly #reasons: string[]
  readonly #functions = new LocalFunctions(randomApiFunctions)
  #count = 0

  static async start(): Promise<RestApiRounds> {
    const reasons: string[] = []
    const log = createLog('warn', 'json', (line) => {
      const { event, reason } = JSON.parse(line) as { event: string; reason?: string }
      if (event === 'execution failed') reasons.push(reason ?? '')
    })
    const house = await startHouse({ log })
    const sent: string[] = []
    const backend = startEcho(sent)
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
    return new RestApiRounds(house, backend, sent, reasons)
  }

  private constructor(house: House, backend: Server, sent: string[], reasons: string[]) {
    this.#house = house
    this.#backend = backend
    this.#port = (backend.address() as AddressInfo).port
    this.#sent = sent
    this.#reasons = reasons
    house.functions = this.#functions
    const { pass, token } = newPass(systemClock.now(), 3600)
    house.explainer.allow(pass)
    this.#token = token
  }

  /** @throws Error when something is wrong, with the request that shows it */
  async play(seed: number, requests: number): Promise<void> {
    const apiId = `random${++this.#count}`
    const definition = sample(randomApi(this.#port), seed)
    this.#house.deploy(apiId, definition)
    this.#sent.length = this.#reasons.length = this.#functions.calls.length = 0
    for (let from = 0; from < requests; from += TOGETHER) {
      const together = Array.from({ length: Math.min(TOGETHER, requests - from) }, (_, at) => from + at)
      await Promise.all(together.map(async (at) => this.#ask(apiId, seed, at)))
      this.#checkSent()
    }
    this.#house.planTable.remove(apiId, 'prod')
  }

  async stop(): Promise<void> {
    await this.#house.stop()
    await new Promise<void>((resolve) => {
      this.#backend.close(() => resolve())
      this.#backend.closeAllConnections()
    })
  }

  async #ask(apiId: string, seed: number, at: number): Promise<void> {
    const nonce = `zz${this.#count}x${at}zz`
    const plain = sample(randomRequest(nonce), seed * 1_000_003 + at)
    const explained = at % EXPLAINED_EVERY === 7
    const request = explained ? withToken(plain, this.#token) : plain
    try {
      const reply = await inTime(this.#house.send(apiId, request))
      checkReply(nonce, request, reply)
      if (explained && request.method !== 'HEAD') checkExplained(reply)
    } catch (cause) {
      const shown = JSON.stringify(plain).slice(0, 2000)
      throw new Error(`API of seed ${seed}, request ${at}: ${(cause as Error).message}: ${shown}`, { cause })
    }
  }

  #checkSent(): void {
    const calls = this.#functions.calls.map(({ payload }) => Buffer.from(payload).toString('latin1'))
    for (const text of [...this.#sent, ...calls]) {
      if (new Set(text.match(NONCE)).size > 1) throw new Error(`two requests in one call: ${text}`)
      if (text.includes(this.#token)) throw new Error(`the token went on: ${text}`)
    }
    for (const text of this.#sent) {
      if (text.startsWith('unreadable: ')) throw new Error(`a request that is ${text}`)
      if (/^x-evil$/im.test(text)) throw new Error(`a header that data made: ${text}`)
    }
    for (const reason of this.#reasons) {
      if (!REASONS.some((known) => known.test(reason))) throw new Error(`a 5xx for: ${reason}`)
    }
    this.#sent.length = this.#reasons.length = this.#functions.calls.length = 0
  }
}

function sample<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  return fc.sample(arbitrary, { seed: seed | 0, numRuns: 1 })[0] as T
}

function withToken(request: RawRequest, token: string): RawRequest {
  return { ...request, headers: [...(request.headers ?? []), `X-Gatehouse-Explain: ${token}`] }
}

async function inTime(reply: Promise<RawReply>): Promise<RawReply> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer in ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX)
  try {
    return await Promise.race([reply, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Answers with what it got, as the target says: status, Content-Type, and where the echo goes. */
function startEcho(sent: string[]): Server {
  const server = createServer({ maxHeaderSize: HEAD_BYTES_MAX }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const head = `${request.url}\n${request.rawHeaders.join('\n')}`
      const body = Buffer.concat(chunks).toString('latin1')
      sent.push(`${head}\n\n${body}`)
      const [, status = '200', type = 'application/json'] =
        /^\/(\d{3})\/([\w-]+\/[\w-]+)/.exec(request.url ?? '') ?? []
      const echoed = String(request.headers['x-echo'] ?? 'nothing')
      response.writeHead(Number(status), [
        ['Content-Type', type],
        ['X-Back', echoed.replace(/[^\x20-\x7e]/g, '.')],
        ['Server', 'theirs'],
      ])
      response.end(Buffer.from(JSON.stringify({ head, body, echoed }), 'utf8'))
    })
  })
  server.on('clientError', ({ code }: Error & { code?: string }, socket) => {
    // A method that Node.js does not know is one all the same; whatever else it cannot read is our fault.
    if (code !== 'HPE_INVALID_METHOD' && code !== 'ECONNRESET') sent.push(`unreadable: ${code}`)
    socket.end('HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
  return server
}

function checkReply(nonce: string, { method }: RawRequest, reply: RawReply): void {
  if (!(reply.status >= 200)) throw new Error(`status ${reply.status}`)
  for (const line of reply.headers) {
    if (!LINE.test(line) || /^x-evil/i.test(line)) throw new Error(`header line ${JSON.stringify(line)}`)
  }
  const length = reply.header('content-length')
  const bodiless = method === 'HEAD' || reply.status === 204 || reply.status === 304
  if (bodiless && reply.body !== '')
    throw new Error(`a body of ${reply.body.length} bytes where there is none`)
  if (!bodiless && length !== undefined && reply.body.length !== Number(length)) {
    throw new Error(`${reply.body.length} bytes of a body of ${length}`)
  }
  for (const [found] of `${reply.headers.join('\n')}\n${reply.body}`.matchAll(NONCE)) {
    if (found !== nonce) throw new Error(`${found} in the answer of ${nonce}`)
  }
}

function checkExplained({ status, body, headers }: RawReply): void {
  // What the engine refuses comes to nobody who could explain it.
  if (status === 400) return
  if (status !== 200) throw new Error(`status ${status} of an explanation: ${headers.join(', ')}`)
  const text = Buffer.from(body, 'latin1').toString('utf8')
  const { answer } = JSON.parse(text) as { answer?: { status?: number } }
  if (typeof answer?.status !== 'number') throw new Error('an explanation without an answer')
  const secret = CREDENTIAL.exec(text)?.[0]
  if (secret !== undefined) throw new Error(`the explanation shows ${secret}: ${text}`)
}
