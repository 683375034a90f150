// `npm run soak [-- --minutes N]`: good clients and abusive ones on a gateway whose API is deployed every second.
// Ends with a verdict, and with 1 when it is a bad one. Linux; wrk adds load where it is installed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateFiles, makeCertificate } from '../support/certificate.ts'
import { startGateway, type RunningGateway, type TlsFiles } from '../support/gateway.ts'
import { h2load, h2loadFound, load, loadToolFound, type LoadResult } from '../support/load.ts'
import { freePort, openFilesOfTree, pinned, residentTreeMib } from '../support/process.ts'
import { startServer } from '../support/server-process.ts'
import { ABUSES } from './abuse.ts'
import type { ClientReport, ClientSettings } from './clients.ts'
import { Deployer } from './deployer.ts'
import type { Address } from './good-requests.ts'
import { heldFlat, sample, type Sample } from './samples.ts'
import { soakSeconds } from './soak-seconds.ts'

const GOOD_CONNECTIONS = 12
const ABUSIVE_CONNECTIONS = 30
const LOAD_CONNECTIONS = 16
const HTTP2_STREAMS = 10
const WARM_UP_SECONDS = 3
const SAMPLE_MS = 1000
/** Longer than the engine waits for a body, and than pools keep connections. */
const SETTLE_MS_MAX = 45_000

const seconds = soakSeconds()
process.exitCode = (await soak()) ? 0 : 1

async function soak(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-soak-'))
  const backendPort = await freePort()
  const backend = await startServer({
    core: 1,
    port: backendPort,
    command: () => [process.execPath, join(import.meta.dir, 'backend.ts'), String(backendPort)],
  })
  const gateway = await startGateway({ dataDir: join(folder, 'data'), tls: await tlsFiles(folder) })
  try {
    const deployer = await Deployer.start(gateway.apigateway, backendPort)
    const address = { host: `${deployer.id}.execute-api.us-east-1.localhost`, prefix: '/b' }
    // The first ones open what stays open.
    await run(gateway, deployer, address, WARM_UP_SECONDS)
    const before = await settled(gateway, 0)

    console.log(`soaking for ${seconds} s; before: ${before.mib.toFixed(0)} MiB, ${before.files} files`)
    if (gateway.securePort === undefined) console.log('without TLS: needs openssl to make a certificate')
    const outcome = await run(gateway, deployer, address, seconds)
    const after = await settled(gateway, before.files)
    return verdict({ ...outcome, deployer, before, after })
  } finally {
    await gateway.stop()
    await backend.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function tlsFiles(folder: string): Promise<TlsFiles | undefined> {
  const made = await makeCertificate()
  if (made === undefined) return undefined
  const files = certificateFiles(made)
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return { certificateFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') }
}

interface Run {
  readonly good: readonly ClientReport[]
  readonly abusive: readonly ClientReport[]
  readonly loads: readonly LoadResult[]
  readonly samples: readonly Sample[]
}

/** Everything at once, for some seconds. */
async function run(
  { pid, port, securePort, url }: RunningGateway,
  deployer: Deployer,
  address: Address,
  forSeconds: number,
): Promise<Run> {
  const begunMs = Date.now()
  const samples: Sample[] = []
  const sampling = setInterval(() => samples.push(sample(pid, begunMs)), SAMPLE_MS)
  const ports = [
    { port, secure: false },
    ...(securePort === undefined ? [] : [{ port: securePort, secure: true }]),
  ]
  const all = (kind: 'good' | 'abusive', connections: number): Promise<ClientReport[]> =>
    Promise.all(ports.map((where) => clients({ ...where, kind, address, connections, seconds: forSeconds })))
  try {
    const [good, abusive, loads] = await Promise.all([
      all('good', GOOD_CONNECTIONS),
      all('abusive', ABUSIVE_CONNECTIONS),
      loadsOf({ pid, port, securePort }, address, forSeconds),
      deployer.deployUntil(begunMs + forSeconds * 1000, `${url}/_aws/execute-api/${deployer.id}/b/version`),
    ])
    // Some clients end a little later than others.
    return { good, abusive, loads, samples: samples.filter(({ seconds: at }) => at <= forSeconds) }
  } finally {
    clearInterval(sampling)
  }
}

/** What load generators add: wrk in the clear, h2load over HTTP/2. */
function loadsOf(
  { pid, port, securePort }: Pick<RunningGateway, 'pid' | 'port' | 'securePort'>,
  { host, prefix }: Address,
  forSeconds: number,
): Promise<LoadResult[]> {
  const path = `${prefix}/bytes/1000/1`
  const options = { connections: LOAD_CONNECTIONS, seconds: forSeconds, headers: [`Host: ${host}`] }
  const loads: Promise<LoadResult>[] = []
  if (loadToolFound()) loads.push(load(`http://127.0.0.1:${port}${path}`, pid, options))
  if (h2loadFound() && securePort !== undefined) {
    const streams = HTTP2_STREAMS
    loads.push(h2load(`https://127.0.0.1:${securePort}${path}`, pid, { ...options, http1: false, streams }))
  }
  return Promise.all(loads)
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
  while (Date.now() < untilMs && openFilesOfTree(pid) > files) await Bun.sleep(SAMPLE_MS)
  return { mib: residentTreeMib(pid), files: openFilesOfTree(pid) }
}

interface Outcome extends Run {
  readonly deployer: Deployer
  readonly before: { mib: number; files: number }
  readonly after: { mib: number; files: number }
}

function verdict({ good, abusive, loads, samples, deployer, before, after }: Outcome): boolean {
  const failures = [
    ...good.flatMap((report) => report.failures),
    ...deployer.failures,
    ...loads.filter((one) => one.failures > 0).map((one) => `${one.requests} requests; ${one.failureText}`),
  ]
  const { memory, files } = heldFlat(samples, before, after)
  const ok = failures.length === 0 && memory.flat && files.flat
  const loaded = loads.reduce((sum, { requests }) => sum + requests, 0)
  console.log(
    `good requests: ${total(good)} with bodies verified, ${loaded} by load generators; failed: ${failures.length}`,
  )
  for (const failure of failures.slice(0, 20)) console.log(`  ${failure}`)
  console.log(`abusive connections: ${total(abusive)}, ${Object.keys(ABUSES).length} kinds`)
  console.log(`deployments: ${deployer.deployments}`)
  console.log(`memory ${memory.flat ? 'flat' : 'NOT FLAT'}: ${memory.text}`)
  console.log(`files ${files.flat ? 'flat' : 'NOT FLAT'}: ${files.text}`)
  console.log(ok ? 'verdict: good' : 'verdict: BAD')
  return ok
}

function total(reports: readonly ClientReport[]): number {
  return reports.flatMap(({ counts }) => Object.values(counts)).reduce((sum, count) => sum + count, 0)
}
