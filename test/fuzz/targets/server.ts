import { WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Body, BodySink, HttpReply, HttpRequest } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { parseAnswers, type Answer } from '../../conformance/http/support/answers.ts'
import { randomPipeline } from '../../conformance/http/support/random-requests.ts'
import { RawClient } from '../../conformance/http/support/raw-client.ts'
import { strayRequest } from '../../conformance/http/support/same-requests.ts'
import { sight } from '../../conformance/http/support/recorder.ts'
import { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// A whole server over a real socket: whatever it is sent, it answers in HTTP or closes, serves what a strict reader
// sees and nothing else, and neither hangs nor keeps anything.

const HANG_MS = 3000

/** What became of one connection. */
class Round {
  readonly methods: string[] = []
  /** Requests whose body was read to its end. */
  readonly whole: string[] = []
  refused = 0
}

const servers: Record<keyof typeof LIMITS, HttpServer | undefined> = { patient: undefined, hasty: undefined }
let round = new Round()
let choices = new Random(0)

/** Some requests are answered at once, some after their bodies, some never look at them. */
function handle(request: HttpRequest): HttpReply | Promise<HttpReply> {
  const { methods, whole } = round
  methods.push(request.method)
  const kind = choices.below(4)
  if (kind === 0) return reply(new WholeBody(Buffer.from('unread')))
  return (async () => {
    const bytes = Buffer.from(await request.body.bytes(1_000_000))
    whole.push(sight({ method: request.method, target: request.target, body: bytes.toString('latin1') }))
    return reply(kind === 1 ? new LateBody(bytes) : new WholeBody(bytes))
  })()
}

function reply(body: Body): HttpReply {
  return { status: 200, headers: new Headers(), body }
}

/** A body of unknown length. */
class LateBody implements Body {
  readonly length = undefined
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  start(sink: BodySink): void {
    setImmediate(() => {
      sink.data(this.#bytes)
      sink.end()
    })
  }

  pause(): void {}
  resume(): void {}
  cancel(): void {}

  bytes(): Uint8Array {
    return this.#bytes
  }
}

/** One server whose deadlines are never met here, and one for those who say nothing more. */
const LIMITS = {
  patient: {},
  hasty: { headersTimeoutMs: 50, bodyTimeoutMs: 50, idleTimeoutMs: 50, lingerTimeoutMs: 50 },
}

function running(kind: keyof typeof LIMITS): HttpServer {
  return (servers[kind] ??= startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: handle,
    limits: LIMITS[kind],
    onProtocolError: () => void round.refused++,
  }))
}

type Ending = 'fin' | 'rst' | 'wait'

async function check(text: string, pieces: readonly string[], ending: Ending): Promise<void> {
  const server = running(ending === 'wait' ? 'hasty' : 'patient')
  const present = (round = new Round())
  const client = await RawClient.open(server.port)
  await client.send(...pieces)
  if (ending === 'fin') client.finish()
  if (ending === 'rst') client.reset()
  const hang = setTimeout(() => client.reset(), HANG_MS)
  const begunMs = Date.now()
  const received = await client.rest()
  clearTimeout(hang)
  if (ending !== 'rst' && Date.now() - begunMs >= HANG_MS)
    throw new Finding('the connection stays open', text)
  const stray = strayRequest(text, present.whole)
  // A request that was answered unread is not among those that were read.
  if (stray !== undefined && present.whole.length === present.methods.length) throw new Finding(stray, text)
  if (ending !== 'rst') checkAnswers(text, received, present)
  while (server.connections > 0) await new Promise((resolve) => setImmediate(resolve))
}

function checkAnswers(text: string, received: string, { methods, refused }: Round): void {
  let answers: Answer[]
  try {
    answers = parseAnswers(received, methods)
  } catch (error) {
    throw new Finding(`the answer is not HTTP: ${(error as Error).message}`, text)
  }
  const final = answers.filter(({ status }) => status >= 200)
  if (final.length > methods.length + refused) {
    throw new Finding(`${final.length} answers to ${methods.length} requests and ${refused} refusals`, text)
  }
  if (final.some(({ complete }, i) => !complete && i < final.length - 1))
    throw new Finding('half an answer', text)
  if (refused > 1) throw new Finding(`${refused} refusals on one connection`, text)
  const status = final.find((answer) => answer.status >= 500 && ![501, 505].includes(answer.status))
  if (status !== undefined) throw new Finding(`answered with ${status.status}`, text)
}

export const target: FuzzTarget = {
  name: 'server',
  async run(random, seed) {
    choices = new Random(seed)
    const text = randomPipeline(random, { oddness: random.pick([0, 0.05, 0.2]) }, 4)
    const ending = random.weighted<Ending>([
      [90, 'fin'],
      [9, 'rst'],
      [1, 'wait'],
    ])
    const pieces = random.chance(0.1) ? text.split('') : random.split(text, random.pick([1, 3, 20]))
    await check(text, pieces, ending)
  },
  async replay(input) {
    choices = new Random(input.length)
    const text = Buffer.from(input).toString('latin1')
    await check(text, [text], 'fin')
    await check(text, text.split(''), 'fin')
  },
  async stop() {
    const running = Object.values(servers).filter((server) => server !== undefined)
    servers.patient = servers.hasty = undefined
    await Promise.all(running.map((server) => server.stop({ graceMs: 0 })))
  },
}
