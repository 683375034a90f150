// `npm run soak [-- --minutes N]`: good clients and abusive ones on a gateway whose API is deployed every second.
// Ends with a verdict, and with 1 when it is a bad one. Linux; wrk adds load where it is installed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startGateway, type RunningGateway } from '../support/gateway.ts'
import { load, loadToolFound, type LoadResult } from '../support/load.ts'
import { freePort, openFiles, pinned, residentTreeMib } from '../support/process.ts'
import { startServer } from '../support/server-process.ts'
import type { ClientReport, ClientSettings } from './clients.ts'
import { Deployer } from './deployer.ts'
import type { Address } from './good-requests.ts'
import { flatness, sample, type Sample } from './samples.ts'

const GOOD_CONNECTIONS = 16
const ABUSIVE_CONNECTIONS = 40
const WRK_CONNECTIONS = 16
const SAMPLE_MS = 1000
/** Longer than the engine waits for a body, and than pools keep connections. */
const SETTLE_MS_MAX = 45_000
/** What the first requests make a process hold for good: code compiled, buffers, pools. MiB. */
const WARM_MIB = 64

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const seconds = Number(values.minutes) * 60
if (!(seconds >= 10 && seconds <= 7 * 86_400)) {
  console.error(`--minutes ${JSON.stringify(values.minutes)}: a number is expected, at least 0.2`)
  process.exit(2)
}
process.exitCode = (await soak()) ? 0 : 1

async function soak(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-soak-'))
  const backendPort = await freePort()
  const backend = await startServer({
    core: 1,
    port: backendPort,
    command: () => [process.execPath, join(import.meta.dir, 'backend.ts'), String(backendPort)],
  })
  const gateway = await startGateway({ dataDir: join(folder, 'data') })
  try {
    const deployer = await Deployer.start(gateway.apigateway, backendPort)
    const address = { host: `${deployer.id}.execute-api.us-east-1.localhost`, prefix: '/b' }
    // The first ones open what stays open.
    await run(gateway, deployer, address, 3)
    const before = await settled(gateway, 0)

    console.log(`soaking for ${seconds} s; before: ${before.mib.toFixed(0)} MiB, ${before.files} files`)
    const { good, abusive, wrk, samples } = await run(gateway, deployer, address, seconds)
    const after = await settled(gateway, before.files)
    return verdict({ good, abusive, wrk, samples, deployer, before, after })
  } finally {
    await gateway.stop()
    await backend.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Run {
  readonly good: ClientReport
  readonly abusive: ClientReport
  readonly wrk: LoadResult | undefined
  readonly samples: readonly Sample[]
}

/** Everything at once, for some seconds. */
async function run(
  { pid, port, url }: RunningGateway,
  deployer: Deployer,
  address: Address,
  forSeconds: number,
): Promise<Run> {
  const begunMs = Date.now()
  const samples: Sample[] = []
  const sampling = setInterval(() => samples.push(sample(pid, begunMs)), SAMPLE_MS)
  const base = { port, secure: false, address, seconds: forSeconds }
  const target = `http://127.0.0.1:${port}${address.prefix}/bytes/1000/1`
  const options = { connections: WRK_CONNECTIONS, seconds: forSeconds, headers: [`Host: ${address.host}`] }
  try {
    const [good, abusive, wrk] = await Promise.all([
      clients({ ...base, kind: 'good', connections: GOOD_CONNECTIONS }),
      clients({ ...base, kind: 'abusive', connections: ABUSIVE_CONNECTIONS }),
      loadToolFound() ? load(target, pid, options) : undefined,
      deployer.deployUntil(begunMs + forSeconds * 1000, `${url}/_aws/execute-api/${deployer.id}/b/version`),
    ])
    // Some clients end a little later than others.
    return { good, abusive, wrk, samples: samples.filter(({ seconds: at }) => at <= forSeconds) }
  } finally {
    clearInterval(sampling)
  }
}

async function clients(settings: ClientSettings): Promise<ClientReport> {
  const script = join(import.meta.dir, 'clients.ts')
  const child = Bun.spawn(pinned(1, [process.execPath, script, JSON.stringify(settings)]), {
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const output = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`the ${settings.kind} clients ended with ${child.exitCode}`)
  return JSON.parse(output) as ClientReport
}

/** What is held once the clients have gone. @param files waits until no more are open, or its time is over */
async function settled({ pid }: RunningGateway, files: number): Promise<{ mib: number; files: number }> {
  const untilMs = Date.now() + (files === 0 ? SETTLE_MS_MAX / 3 : SETTLE_MS_MAX)
  while (Date.now() < untilMs && openFiles(pid) > files) await Bun.sleep(SAMPLE_MS)
  return { mib: residentTreeMib(pid), files: openFiles(pid) }
}

interface Outcome extends Run {
  readonly deployer: Deployer
  readonly before: { mib: number; files: number }
  readonly after: { mib: number; files: number }
}

function verdict({ good, abusive, wrk, samples, deployer, before, after }: Outcome): boolean {
  const failures = [...good.failures, ...deployer.failures]
  if (wrk !== undefined && wrk.failures > 0)
    failures.push(`wrk: ${wrk.requests} requests; ${wrk.failureText}`)
  const memory = flatness(samples, 'mib', after.mib, {
    unit: 'MiB',
    riseMax: 0.1,
    riseFloor: 8,
    afterMax: before.mib + WARM_MIB,
  })
  const files = flatness(samples, 'files', after.files, {
    unit: 'files',
    riseMax: 0.1,
    riseFloor: 10,
    afterMax: before.files,
  })
  const ok = failures.length === 0 && memory.flat && files.flat
  const verified = total(good)
  console.log(
    `good requests: ${verified} with bodies verified, ${wrk?.requests ?? 0} by wrk; failed: ${failures.length}`,
  )
  for (const failure of failures.slice(0, 20)) console.log(`  ${failure}`)
  console.log(`abusive connections: ${total(abusive)}, ${Object.keys(abusive.counts).length} kinds`)
  console.log(`deployments: ${deployer.deployments}`)
  console.log(`memory ${memory.flat ? 'flat' : 'NOT FLAT'}: ${memory.text}`)
  console.log(`files ${files.flat ? 'flat' : 'NOT FLAT'}: ${files.text}`)
  console.log(ok ? 'verdict: good' : 'verdict: BAD')
  return ok
}

function total({ counts }: ClientReport): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
