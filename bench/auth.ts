// `npm run bench:auth [-- NAME …] [--rounds N] [--seconds N]`: what keeping callers out costs a request that is let in, CPU
// beside the same route without it, in interleaved rounds. Linux, two cores: the gateway on core 0, the load on core 1.
import { parseArgs } from 'node:util'
import { AUTH_ROWS, type AuthRow, type Guarded, type PeerRow } from './auth/rows.ts'
import { deploy, document, mock, operation } from './support/apis.ts'
import { ask } from './support/ask.ts'
import { startGateway } from './support/gateway.ts'
import { load, loadToolFound } from './support/load.ts'
import { markdownTable } from './support/markdown-table.ts'
import { median, spread } from './support/stats.ts'

const CONNECTIONS = 32
const WARM_UP_SECONDS = 2

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
})
const unknown = positionals.filter((word) => !AUTH_ROWS.some(({ name }) => name === word))
if (unknown.length > 0) {
  console.error(
    `unknown row: ${unknown.join(', ')}; there are ${AUTH_ROWS.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}
if (!loadToolFound()) {
  console.error('needs wrk; `npm run bench:http -- --install-peers`')
  process.exit(2)
}

const lines: string[][] = []
for (const row of AUTH_ROWS) {
  if (positionals.length > 0 && !positionals.includes(row.name)) continue
  const missing = 'start' in row ? row.missing() : undefined
  if (missing !== undefined) console.error(`${row.name}: ${missing}`)
  else lines.push(await measure(row, Number(values.rounds), Number(values.seconds)))
}
console.log(markdownTable(['what', 'goal', 'µs CPU', 'without it', 'figure'], lines).join('\n'))

async function startRow(row: AuthRow | PeerRow): Promise<Guarded> {
  if ('start' in row) return row.start()
  const begun = await row.begin?.()
  const gateway = await startGateway({ words: begun?.words ?? [] })
  const stop = async (): Promise<void> => {
    await gateway.stop()
    await begun?.stop()
  }
  try {
    const prepared = begun?.prepared ?? (await row.prepare?.(gateway))
    if (prepared === undefined) throw new Error(`${row.name} prepares nothing`)
    const answer = operation(mock('{"message":"hello"}'))
    const paths = { '/open': { get: answer }, '/guarded': { get: { ...answer, ...prepared.operation } } }
    const id = await deploy(gateway.apigateway, document('auth', paths, prepared.document))
    await prepared.deployed?.(id)
    const url = `${gateway.url}/b`
    return {
      pid: gateway.pid,
      open: `${url}/open`,
      guarded: `${url}/guarded`,
      headers: [`Host: ${id}.execute-api.us-east-1.localhost`, ...prepared.headers],
      lua: prepared.lua,
      warmUpSeconds: prepared.warmUpSeconds,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function measure(row: AuthRow | PeerRow, rounds: number, seconds: number): Promise<string[]> {
  const started = await startRow(row)
  const { pid, open, guarded, headers, lua, warmUpSeconds = WARM_UP_SECONDS } = started
  try {
    const urls = [open, guarded]
    for (const url of urls) {
      const { status } = await ask(url, { headers, body: undefined })
      if (status !== 200) throw new Error(`${row.name}: ${url} answers with status ${status}`)
    }
    const cpu: [number[], number[]] = [[], []]
    let failures = 0
    for (let round = -1; round < rounds; round++) {
      for (const [at, url] of urls.entries()) {
        const warmUp = at === 0 ? WARM_UP_SECONDS : warmUpSeconds
        const options = { connections: CONNECTIONS, seconds: round >= 0 ? seconds : warmUp, headers, lua }
        const result = await load(url, pid, options)
        failures += result.failures
        if (round >= 0) cpu[at]?.push(result.cpuUsPerRequest)
      }
    }
    if (failures > 0) throw new Error(`${row.name}: ${failures} requests failed`)
    const [without, withIt] = cpu
    const added = withIt.map((us, round) => us - (without[round] as number))
    const isGoal = 'addedUsMax' in row
    const goal = isGoal ? `, ${median(added) <= row.addedUsMax ? 'met' : '**missed**'}` : ''
    return [
      row.title,
      isGoal ? `≤ ${row.addedUsMax} µs more` : '',
      spread(withIt, 1, 'µs'),
      spread(without, 1, 'µs'),
      `${spread(added, 1, 'µs more')}${goal}`,
    ]
  } finally {
    await started.stop()
  }
}
