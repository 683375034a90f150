import { join } from 'node:path'
import { accepting, cpuSeconds, freePort, pinned, residentMib } from './support/process.ts'
import { maskedText, openRawWebSocket, openRawWebSockets } from './support/raw-websocket.ts'
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
  const sockets = await openRawWebSockets(IDLE, () => openRawWebSocket(port))
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
  const sockets = await openRawWebSockets(TALKERS, () => openRawWebSocket(port))
  for (const socket of sockets) {
    socket.onFrames = (count) => {
      echoed += count
      socket.send(MESSAGE)
    }
    socket.send(MESSAGE)
  }
  await Bun.sleep(WARM_MS)
  const [echoedBefore, cpuBefore] = [echoed, cpuSeconds(pid)]
  await Bun.sleep(MEASURED_MS)
  const seconds = cpuSeconds(pid) - cpuBefore
  const messages = echoed - echoedBefore
  for (const socket of sockets) socket.terminate()
  return (seconds * 1e6) / messages
}

const MESSAGE = maskedText('a'.repeat(64))
