// Tries the engine with random input: `npm run fuzz -- [target…] [--seconds N] [--seed S]`.
// A round is a seed; seeds count up from S. `--seconds 0` plays one round. Ends with 1 when something was found.
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Finding, type FuzzTarget } from './fuzz-target.ts'
import { minimise } from './minimise.ts'
import { fuzzTargets, playInput, playSeed } from './play.ts'
import { watchRounds } from './watchdog.ts'

const MINIMISE_TRIES_MAX = 2000
/** A target that fails this often has said enough. */
const FINDINGS_MAX = 5

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } },
  allowPositionals: true,
})

/** @throws when an option is not a whole number */
function whole(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new Error(`--${option} is ${JSON.stringify(text)}: expected a whole number`)
  return Number(text)
}

const seconds = whole('seconds', values.seconds)
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000_000 : whole('seed', values.seed)
const all = await fuzzTargets()
const unknown = positionals.filter((name) => !all.some((target) => target.name === name))
if (unknown.length > 0) {
  throw new Error(`no target ${unknown.join(', ')}: there are ${all.map(({ name }) => name).join(', ')}`)
}
const chosen = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name))
const watchdog = watchRounds(chosen.map(({ name }) => name))

let findings = 0
for (const [index, target] of chosen.entries()) findings += await fuzz(target, index)
watchdog.stop()
process.exit(findings === 0 ? 0 : 1)

/** Plays rounds until the time is over. @returns how many of them failed */
async function fuzz(target: FuzzTarget, index: number): Promise<number> {
  const untilMs = Date.now() + seconds * 1000
  let seed = firstSeed
  let found = 0
  do {
    watchdog.begin(index, seed)
    try {
      await playSeed(target, seed)
    } catch (error) {
      found++
      await report(target, seed, error as Error, () => watchdog.begin(index, seed))
    }
    seed++
  } while (Date.now() < untilMs && found < FINDINGS_MAX)
  await target.stop?.()
  console.log(`${target.name}: ${seed - firstSeed} rounds from seed ${firstSeed}, ${found} findings`)
  return found
}

async function report(target: FuzzTarget, seed: number, error: Error, alive: () => void): Promise<void> {
  console.error(`${target.name}: seed ${seed}: ${error.stack ?? error.message}`)
  console.error(`  again: npm run fuzz -- ${target.name} --seed ${seed} --seconds 0`)
  if (!(error instanceof Finding)) return
  const input =
    target.replay === undefined
      ? error.input
      : await minimise(error.input, fails(target, error, alive), MINIMISE_TRIES_MAX)
  const folder = join(tmpdir(), 'gatehouse-fuzz', target.name)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${seed}.bin`)
  await Bun.write(file, input)
  console.error(`  input (${input.length} of ${error.input.length} bytes, ${file}):`)
  console.error(`  ${JSON.stringify(Buffer.from(input).toString('latin1'))}`)
}

/** Whether an input still shows the same thing. */
function fails(
  target: FuzzTarget,
  original: Error,
  alive: () => void,
): (input: Uint8Array) => Promise<boolean> {
  return async (input) => {
    alive()
    try {
      await playInput(target, input)
      return false
    } catch (error) {
      return kind(error as Error) === kind(original)
    }
  }
}

/** What a message says without what it quotes. */
function kind({ message }: Error): string {
  return message.match(/\b[a-z]{2,}\b(?![/"])/g)?.join(' ') ?? ''
}
