import { emptyBody } from '#http/body.ts'
import { createHttpClient, type HttpClient } from '#http/client.ts'
import { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import { damage } from '../../conformance/http/support/random-requests.ts'
import { randomResponse } from '../../conformance/http/support/random-responses.ts'
import { RawBackend } from '../../conformance/http/support/raw-backend.ts'
import { judgeResponse } from '../../conformance/http/support/strict-judge.ts'
import { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// The client against a backend that may send anything, in any pieces: what it takes for an answer is one to a strict
// reader too, it always comes to an end, and the request after it gets its own answer.

const NEXT = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext'
const METHODS = ['GET', 'HEAD', 'POST'] as const

type Method = (typeof METHODS)[number]

interface Taken {
  readonly status: number
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
}

let backend: RawBackend | undefined

/** @returns the answer, or the kind of failure */
async function ask(client: HttpClient, origin: string, method: Method): Promise<Taken | string> {
  try {
    const { status, headers, body } = await client.send({
      origin,
      method,
      target: '/',
      headers: new Headers(),
      body: emptyBody,
      timeoutMs: 2000,
    })
    const fields = [...headers]
    return { status, fields, body: Buffer.from(await body.bytes(1_000_000)).toString('latin1') }
  } catch (error) {
    if (error instanceof HttpError) return error.failure
    throw error
  }
}

/** Whether the backend must close the connection for the answer to end, or the client because it does not. */
function endsConnection(text: string, method: Method): boolean {
  const judged = judgeResponse(text, method)
  if (typeof judged === 'string' || judged.rest !== '') return true
  return !judged.fields.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name))
}

async function exchange(text: string, pieces: readonly string[], method: Method): Promise<Taken | string> {
  backend ??= new RawBackend(() => {})
  const { connections, origin } = backend
  const client = createHttpClient()
  const ends = endsConnection(text, method)
  let requests = 0
  backend.script = async (connection) => {
    if (++requests > 1) {
      connection.send(NEXT)
      return
    }
    await connection.sendPieces(pieces)
    if (ends) connection.finish()
  }
  try {
    const taken = await ask(client, origin, method)
    // What comes after an answer may come after its connection went back to the pool: it leaves it then.
    if (ends) await connections[0]?.until(() => false)
    const next = await ask(client, origin, 'GET')
    if (typeof next === 'string' || next.body !== 'next') {
      throw new Finding(`the next request got ${JSON.stringify(next)}`, text)
    }
    return taken
  } finally {
    client.close()
    connections.length = 0
  }
}

async function check(text: string, pieces: readonly string[], method: Method): Promise<void> {
  const whole = await exchange(text, [text], method)
  const cut = await exchange(text, pieces, method)
  if (!Bun.deepEquals(whole, cut)) {
    throw new Finding(`whole ${JSON.stringify(whole)}, in pieces ${JSON.stringify(cut)}`, text)
  }
  if (typeof whole === 'string') {
    if (!['malformed', 'reset', 'too-large'].includes(whole)) throw new Finding(`failed with ${whole}`, text)
    return
  }
  const judged = judgeResponse(text, method)
  if (typeof judged === 'string') {
    throw new Finding(`taken for ${whole.status}, to a strict reader it is ${judged}`, text)
  }
  if (judged.status !== whole.status || judged.body !== whole.body) {
    throw new Finding(
      `taken for ${JSON.stringify(whole)}, to a strict reader it is ${JSON.stringify(judged)}`,
      text,
    )
  }
}

export const target: FuzzTarget = {
  name: 'client',
  async run(random) {
    const text = randomResponse(random, random.pick([0, 0.1, 0.3]))
    const sent = random.chance(0.4) ? damage(random, text, random.between(1, 3)) : text
    await check(sent, random.split(sent, 12), random.pick(METHODS))
  },
  async replay(input) {
    const text = Buffer.from(input).toString('latin1')
    for (const method of METHODS) await check(text, new Random(input.length).split(text, 12), method)
  },
  async stop() {
    backend?.stop()
    backend = undefined
  },
}
