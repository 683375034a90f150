import { join } from 'node:path'
import { accepting, cpuSeconds, freePort, pinned, residentMib } from './support/process.ts'
import { spread } from './support/stats.ts'

const ECHO = join(import.meta.dir, 'websocket-echo.ts')
const IDLE = 10_000
const ROUNDS = 5
const TALKERS = 50
const WARM_MS = 1500
const MEASURED_MS = 3000

const kinds = ['engine', 'ws'] as const
type Kind = (typeof kinds)[number]

/** WebSockets: memory of idle ones, CPU of an echoed message; the engine beside the npm package ws over node:http. */
export async function run(): Promise<string[]> {
  const memory = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  const cpu = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of kinds) {
      memory.get(kind)?.push(await withServer(kind, idleKilobytes))
      cpu.get(kind)?.push(await withServer(kind, echoMicroseconds))
    }
  }
  return kinds.flatMap((kind) => [
    `${IDLE} idle WebSockets, ${kind}: ${spread(memory.get(kind) ?? [], 1, 'KB each')}`,
    `echo of 64 bytes, ${TALKERS} WebSockets, ${kind}: ${spread(cpu.get(kind) ?? [], 1, 'µs CPU a message')}`,
  ])
}

async function withServer(
  kind: Kind,
  measure: (port: number, pid: number) => Promise<number>,
): Promise<number> {
  const port = await freePort()
  const child = Bun.spawn(pinned(0, [process.execPath, ECHO, String(port), kind]), { stdout: 'ignore' })
  try {
    await accepting(port, 10_000)
    return await measure(port, child.pid)
  } finally {
    child.kill('SIGKILL')
    await child.exited
  }
}

/** Resident memory after a garbage collection, less that of the server without connections. */
async function idleKilobytes(port: number, pid: number): Promise<number> {
  const before = await collectedMib(pid)
  const sockets: Socket[] = []
  while (sockets.length < IDLE)
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => opened(port)))))
  const after = await collectedMib(pid)
  for (const socket of sockets) socket.terminate()
  return ((after - before) * 1024) / IDLE
}

async function collectedMib(pid: number): Promise<number> {
  for (let i = 0; i < 2; i++) {
    process.kill(pid, 'SIGUSR2')
    await Bun.sleep(700)
  }
  return residentMib(pid)
}

/** Each client sends its next message when the last one is back. */
async function echoMicroseconds(port: number, pid: number): Promise<number> {
  let echoed = 0
  const sockets = await Promise.all(Array.from({ length: TALKERS }, () => opened(port)))
  for (const socket of sockets) {
    socket.data.received = (bytes) => {
      socket.data.missing -= bytes
      if (socket.data.missing > 0) return
      echoed++
      socket.data.missing = ECHOED_BYTES
      socket.write(FRAME)
    }
    socket.write(FRAME)
  }
  await Bun.sleep(WARM_MS)
  const [echoedBefore, cpuBefore] = [echoed, cpuSeconds(pid)]
  await Bun.sleep(MEASURED_MS)
  const seconds = cpuSeconds(pid) - cpuBefore
  const messages = echoed - echoedBefore
  for (const socket of sockets) socket.terminate()
  return (seconds * 1e6) / messages
}

interface Talk {
  missing: number
  received: (bytes: number) => void
}
type Socket = Bun.Socket<Talk>

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
/** A text of 64 bytes, masked. */
const FRAME = Buffer.concat([
  Buffer.from([0x81, 0x80 | 64, 1, 2, 3, 4]),
  Buffer.from(Array.from({ length: 64 }, (_, i) => 97 ^ ((i & 3) + 1))),
])
const ECHOED_BYTES = 66

/** A raw client whose WebSocket is open: a library would cost more than what is measured. */
function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const data: Talk = { missing: ECHOED_BYTES, received: () => {} }
    Bun.connect<Talk>({
      hostname: '127.0.0.1',
      port,
      data,
      socket: {
        open(socket) {
          data.received = () => resolve(socket)
          socket.write(HANDSHAKE)
        },
        data: (_, bytes) => data.received(bytes.length),
        error: (_, error) => reject(error),
      },
    }).catch(reject)
  })
}
