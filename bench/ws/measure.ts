import { sign } from '#aws/sigv4.ts'
import { Headers } from '#http/headers.ts'
import { cpuSeconds, residentTreeMib } from '../support/process.ts'
import { openRawWebSockets, type RawWebSocket } from '../support/raw-websocket.ts'
import { KEYS, type BenchApi, type Subject } from './subjects.ts'

/** What so many clients came to, who came as fast as they could. */
export interface Arrived {
  readonly sockets: RawWebSocket[]
  readonly seconds: number
  /** Of each, once nothing moves any more. */
  readonly kilobytesEach: number
}

const FIRST = 1000
const SETTLE_MS = 1500
const AT_ONCE = 200

export async function arrive({ pids, open }: Subject, count: number): Promise<Arrived> {
  const memory = (): number => pids.reduce((sum, pid) => sum + residentTreeMib(pid), 0)
  // What the first ones need is needed once, and what they have left behind is not counted for others.
  const first = await openRawWebSockets(FIRST, open, AT_ONCE)
  await Bun.sleep(SETTLE_MS)
  const before = memory()
  const startedMs = performance.now()
  const sockets = await openRawWebSockets(count, open, AT_ONCE)
  const seconds = (performance.now() - startedMs) / 1000
  await Bun.sleep(SETTLE_MS)
  return { sockets: [...first, ...sockets], seconds, kilobytesEach: ((memory() - before) * 1024) / count }
}

export interface Echoed {
  readonly perSecond: number
  /** CPU of all processes of the subject, functions among them. */
  readonly cpuUsEach: number
}

const WARM_MS = 1000
const WARM_PUSHES = 30_000

/** Each client sends its next message when the last one is answered. */
export async function echo(
  { pids, open }: Subject,
  message: Uint8Array,
  talkers: number,
  measuredMs: number,
): Promise<Echoed> {
  const cpu = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
  const sockets = await openRawWebSockets(talkers, open)
  let answered = 0
  for (const socket of sockets) {
    socket.onFrames = (count) => {
      answered += count
      socket.send(message)
    }
    socket.send(message)
  }
  await Bun.sleep(WARM_MS)
  const [answeredBefore, cpuBefore, startedMs] = [answered, cpu(), performance.now()]
  await Bun.sleep(measuredMs)
  const messages = answered - answeredBefore
  const cpuUsEach = ((cpu() - cpuBefore) * 1e6) / messages
  const perSecond = (messages * 1000) / (performance.now() - startedMs)
  for (const socket of sockets) socket.terminate()
  if (messages === 0) throw new Error('no message was answered')
  return { perSecond, cpuUsEach }
}

interface Listed {
  readonly connections: readonly { readonly connectionId: string }[]
}

/**
 * Posts to clients through `@connections`, signed, each poster its next one when the last is answered.
 * @returns pushes a second of one core's CPU
 */
export async function push(
  api: BenchApi,
  posters: number,
  measuredMs: number,
): Promise<{ readonly perCpuSecond: number; readonly perSecond: number }> {
  const { gateway, subject, connectionsTarget } = api
  const sockets = await openRawWebSockets(posters, subject.open)
  let arrived = 0
  for (const socket of sockets) socket.onFrames = (count) => void (arrived += count)
  const ids = await list(api, posters)
  const clients = await Promise.all(
    ids.map((id) =>
      Poster.connect(gateway.port, request(api, `${connectionsTarget}/${encodeURIComponent(id)}`)),
    ),
  )
  const posted = (): number => clients.reduce((sum, { answered }) => sum + answered, 0)
  // By count, not by time: each of several workers has half of them to get warm with.
  while (posted() < WARM_PUSHES) await Bun.sleep(50)
  const [postedBefore, cpuBefore, startedMs] = [posted(), cpuSeconds(gateway.pid), performance.now()]
  await Bun.sleep(measuredMs)
  const pushes = posted() - postedBefore
  const cpu = cpuSeconds(gateway.pid) - cpuBefore
  const perSecond = (pushes * 1000) / (performance.now() - startedMs)
  for (const client of clients) client.terminate()
  for (const socket of sockets) socket.terminate()
  const failed = clients.reduce((sum, { failures }) => sum + failures, 0)
  if (failed > 0 || arrived === 0) throw new Error(`${failed} pushes failed, ${arrived} arrived`)
  return { perCpuSecond: pushes / cpu, perSecond }
}

async function list({ caller, connectionsTarget }: BenchApi, limit: number): Promise<string[]> {
  const { connections } = (await caller.call(
    'execute-api',
    'GET',
    `${connectionsTarget}?limit=${limit}`,
  )) as Listed
  return connections.map(({ connectionId }) => connectionId)
}

/** Signed once: a signature is good for some minutes. */
function request({ gateway }: BenchApi, target: string): Buffer {
  const body = Buffer.from('a'.repeat(64))
  const headers = new Headers(['Host', `127.0.0.1:${gateway.port}`])
  sign(
    { method: 'POST', target, headers, body },
    KEYS,
    { region: 'us-east-1', service: 'execute-api' },
    Date.now(),
  )
  headers.add('Content-Length', String(body.length))
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`POST ${target} HTTP/1.1\r\n${lines}\r\n`), body])
}

/** Sends the same request again and again over one connection. */
class Poster {
  answered = 0
  failures = 0
  readonly #request: Buffer
  #socket: Bun.Socket<undefined> | undefined

  static async connect(port: number, whole: Buffer): Promise<Poster> {
    const poster = new Poster(whole)
    poster.#socket = await Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: { data: (socket, bytes) => poster.#received(socket, bytes) },
    })
    poster.#socket.write(whole)
    return poster
  }

  constructor(whole: Buffer) {
    this.#request = whole
  }

  /** Answers have no body, and come whole. */
  #received(socket: Bun.Socket<undefined>, bytes: Buffer): void {
    this.answered++
    if (!bytes.includes('HTTP/1.1 200')) this.failures++
    socket.write(this.#request)
  }

  terminate(): void {
    this.#socket?.terminate()
  }
}

/** Seconds from a call that sends to all until the last of them has it. */
export async function broadcast(api: BenchApi, sockets: readonly RawWebSocket[]): Promise<number> {
  const all = Promise.withResolvers<void>()
  let arrived = 0
  for (const socket of sockets) {
    socket.onFrames = (count) => {
      arrived += count
      if (arrived === sockets.length) all.resolve()
    }
  }
  const startedMs = performance.now()
  const data = 'a'.repeat(64)
  const { sent } = (await api.caller.call('execute-api', 'POST', api.connectionsTarget, { data })) as {
    sent: number
  }
  if (sent < sockets.length) throw new Error(`sent to ${sent} of ${sockets.length}`)
  await all.promise
  return (performance.now() - startedMs) / 1000
}
