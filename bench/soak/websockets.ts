// `npm run soak:ws [-- --minutes N]`: clients of a WebSocket API that come, talk, are pushed to, and go in every way there
// is. Ends with a verdict, and with 1 when it is a bad one. Linux.
import { readdirSync } from 'node:fs'
import { residentMib } from '../support/process.ts'
import { maskedText, type RawWebSocket } from '../support/raw-websocket.ts'
import { startApi, type BenchApi } from '../ws/subjects.ts'
import { heldFlat, type Sample } from './samples.ts'
import { soakSeconds } from './soak-seconds.ts'

const CLIENTS = 200
const MESSAGES_EACH = 5
const BROADCAST_MS = 250
const SAMPLE_MS = 1000
const WARM_SECONDS = 5
const SETTLE_MS = 3000

const seconds = soakSeconds()

/** What clients saw. */
interface Seen {
  connections: number
  frames: number
  broadcasts: number
  readonly failures: string[]
}

const CLOSE = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 232])
const GARBAGE = Buffer.from([0xff, 0xff, 0xff, 0xff])
/** As it should, by its own close; cut off; with bytes that are no frame. */
const GOODBYES: readonly ((socket: RawWebSocket) => void)[] = [
  (socket) => socket.send(CLOSE),
  (socket) => socket.terminate(),
  (socket) => socket.send(GARBAGE),
]
const MESSAGES = ['mock', 'lambda', 'nobody'].map((action) => maskedText(JSON.stringify({ action })))

/** One client after the other, until the time is over. */
async function churn({ subject }: BenchApi, untilMs: number, seen: Seen): Promise<void> {
  while (Date.now() < untilMs) {
    const socket = await subject.open()
    seen.connections++
    let answered = 0
    await new Promise<void>((resolve) => {
      const next = (): void =>
        socket.send(MESSAGES[(seen.connections + answered) % MESSAGES.length] as Buffer)
      socket.onFrames = (count) => {
        seen.frames += count
        answered += count
        if (answered >= MESSAGES_EACH) resolve()
        else next()
      }
      next()
    })
    GOODBYES[seen.connections % GOODBYES.length]?.(socket)
    // Whoever said goodbye is hung up on; whoever did not wait for that is no worse.
    if (seen.connections % 2 === 0) await Bun.sleep(1)
    socket.terminate()
  }
}

async function broadcasts(api: BenchApi, untilMs: number, seen: Seen): Promise<void> {
  while (Date.now() < untilMs) {
    await api.caller.call('execute-api', 'POST', api.connectionsTarget, { data: 'to all' })
    seen.broadcasts++
    await Bun.sleep(BROADCAST_MS)
  }
}

/** Of the gateway itself: how many processes a function has is another matter. */
function held(pid: number): { mib: number; files: number } {
  return { mib: residentMib(pid), files: readdirSync(`/proc/${pid}/fd`).length }
}

async function run(api: BenchApi, forSeconds: number): Promise<{ seen: Seen; samples: Sample[] }> {
  const begunMs = Date.now()
  const untilMs = begunMs + forSeconds * 1000
  const samples: Sample[] = []
  const seen: Seen = { connections: 0, frames: 0, broadcasts: 0, failures: [] }
  const failed = (error: Error): void => void seen.failures.push(error.message)
  const sampling = setInterval(
    () => samples.push({ seconds: (Date.now() - begunMs) / 1000, ...held(api.gateway.pid) }),
    SAMPLE_MS,
  )
  await Promise.all([
    ...Array.from({ length: CLIENTS }, () => churn(api, untilMs, seen).catch(failed)),
    broadcasts(api, untilMs, seen).catch(failed),
  ])
  clearInterval(sampling)
  return { seen, samples }
}

const api = await startApi()
try {
  const { pid } = api.gateway
  await run(api, WARM_SECONDS)
  await Bun.sleep(SETTLE_MS)
  const before = held(pid)
  const { seen, samples } = await run(api, seconds)
  await Bun.sleep(SETTLE_MS)
  const { connections: left } = (await api.caller.call('execute-api', 'GET', api.connectionsTarget)) as {
    connections: unknown[]
  }
  const after = held(pid)
  const { memory, files } = heldFlat(samples, before, after)
  const ok = seen.failures.length === 0 && left.length === 0 && memory.flat && files.flat
  console.log(`connections: ${seen.connections}, frames: ${seen.frames}, broadcasts: ${seen.broadcasts}`)
  console.log(`failures: ${seen.failures.length}, connections left: ${left.length}`)
  for (const failure of seen.failures.slice(0, 20)) console.log(`  ${failure}`)
  console.log(`memory ${memory.flat ? 'flat' : 'NOT FLAT'}: ${memory.text}`)
  console.log(`files ${files.flat ? 'flat' : 'NOT FLAT'}: ${files.text}`)
  console.log(ok ? 'verdict: good' : 'verdict: BAD')
  process.exitCode = ok ? 0 : 1
} finally {
  await api.gateway.stop()
}
process.exit()
