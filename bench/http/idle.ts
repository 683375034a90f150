import { connect, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { nginxPath, startBackend } from '../peers/nginx.ts'
import { makeCertificate } from '../support/certificate.ts'
import { markdownTable } from '../support/markdown-table.ts'
import { openFilesMax, residentTreeMib } from '../support/process.ts'
import type { RunningServer } from '../support/server-process.ts'
import { TARGETS, type TargetName } from './targets.ts'

const CONNECTIONS = 10_000
/** So that what the first requests leave behind is not counted. */
const WARM_UP = 500
/** Handshakes and requests under way at a time. */
const AT_ONCE = 50
const SOURCES = 4
const SETTLE_ROUNDS = 4
const SETTLE_MS = 300
/** KB (1000 bytes) a connection of the engine. */
const GOALS = { http: 4, https: 8 } as const

/** What a connection costs that had one request answered and waits for the next: resident memory of the engine. */
export async function idle(): Promise<string[]> {
  const heading = `### idle: memory of ${CONNECTIONS} idle connections, one request answered on each`
  if (nginxPath() === null) return [heading, '', 'skipped: needs nginx for a backend', '']
  const needed = CONNECTIONS + 1000
  if (openFilesMax() < needed) {
    return [heading, '', `skipped: needs ${needed} open files; raise the limit (\`ulimit -n ${needed}\`)`, '']
  }
  const certificate = await makeCertificate()
  const backend = await startBackend()
  const rows: string[][] = []
  try {
    for (const name of ['engine', 'nginx'] satisfies TargetName[]) {
      if (TARGETS[name].missing?.() !== undefined) continue
      for (const protocol of ['http', 'https'] as const) {
        if (protocol === 'https' && certificate === undefined) continue
        const target = await TARGETS[name].start(backend.port, certificate)
        try {
          const port = protocol === 'http' ? target.port : (target.securePort as number)
          const { before, after } = await measure(target, port, protocol === 'https')
          const each = ((after - before) * 1_048_576) / 1000 / CONNECTIONS
          const verdict = each <= GOALS[protocol] ? 'met' : '**missed**'
          rows.push([
            TARGETS[name].title,
            protocol,
            name === 'engine' ? `≤ ${GOALS[protocol]} KB` : '',
            `${each.toFixed(1)} KB${name === 'engine' ? `, ${verdict}` : ''}`,
            `${before.toFixed(1)} → ${after.toFixed(1)} MiB`,
          ])
        } finally {
          await target.stop()
        }
      }
    }
  } finally {
    await backend.stop()
  }
  return [
    heading,
    '',
    ...markdownTable(['target', 'protocol', 'goal', 'a connection', 'process'], rows),
    ...(certificate === undefined ? ['', 'without TLS: needs openssl to make a certificate'] : []),
    '',
  ]
}

async function measure(
  target: RunningServer,
  port: number,
  secure: boolean,
): Promise<{ before: number; after: number }> {
  const warm = await open(WARM_UP, port, secure)
  for (const socket of warm) socket.destroy()
  const before = await settledMib(target)
  const sockets = await open(CONNECTIONS, port, secure)
  try {
    const after = await settledMib(target)
    if (sockets.some(({ destroyed }) => destroyed)) throw new Error('idle connections were closed meanwhile')
    return { before, after }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

async function settledMib(server: RunningServer): Promise<number> {
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    server.collectGarbage?.()
    await Bun.sleep(SETTLE_MS)
  }
  return residentTreeMib(server.pid)
}

async function open(count: number, port: number, secure: boolean): Promise<Socket[]> {
  const sockets: Socket[] = []
  let started = 0
  const worker = async (): Promise<void> => {
    while (started < count) sockets.push(await exchange(started++, port, secure))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return sockets
}

/** Opens a connection and has one request answered on it. */
function exchange(number: number, port: number, secure: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // From several addresses: one has not ports enough for many runs in a row.
    const address = { host: '127.0.0.1', port, localAddress: `127.0.0.${2 + (number % SOURCES)}` }
    const socket = secure ? connectSecure({ ...address, rejectUnauthorized: false }) : connect(address)
    socket.on(secure ? 'secureConnect' : 'connect', () =>
      socket.write('GET / HTTP/1.1\r\nHost: idle\r\n\r\n'),
    )
    let answer = ''
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1')
      if (!answer.endsWith('}')) return
      if (answer.startsWith('HTTP/1.1 200')) resolve(socket)
      else reject(new Error(`unexpected answer: ${answer}`))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed before it answered')))
  })
}
