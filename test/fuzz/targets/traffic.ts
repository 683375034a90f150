import { compilePolicies } from '#data-plane/resilience/policies.ts'
import { readTraffic } from '#languages/traffic/read-traffic.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// What x-gatehouse-traffic says: read, or refused with a place within it, and what is read compiles.

const NAMES =
  `concurrency mirror hedge retry targets circuitBreaker budget limit per queue queueMs status adaptive
  to percent attempts on methods delayMs percentile failures openMs bodyBytesMax __proto__ constructor unknown`.split(
    /\s+/,
  )
const TEXTS =
  ` 502-504 502- connect GET $context.identity.sourceIp \${context.apiId}-$request.header.X $context. \${
  http://a:1 http://`.split(/\s+/)
const VALUES: readonly unknown[] = [...TEXTS, 0, 1, -1, 0.5, 429, 503, 1e9, NaN, Infinity, null, true, false]

function value(random: Random, depth: number): unknown {
  if (depth === 0 || random.chance(0.3)) return random.pick(VALUES)
  if (random.chance(0.2)) return random.times(random.below(7), () => value(random, depth - 1))
  return map(random, depth)
}

function map(random: Random, depth: number): unknown {
  const entries = random.times(random.below(6), () => [random.pick(NAMES), value(random, depth - 1)] as const)
  return Object.fromEntries(entries)
}

function check(given: unknown): void {
  const text = JSON.stringify(given) ?? 'nothing'
  try {
    const { settings, findings } = readTraffic(given, ['t'])
    if ((settings === undefined) !== findings.length > 0) {
      throw new Finding('refused without a finding, or read with one', text)
    }
    if (findings.some(({ path }) => path[0] !== 't')) throw new Finding('a finding elsewhere', text)
    if (settings !== undefined) compilePolicies(settings)()
  } catch (error) {
    if (error instanceof Finding) throw error
    throw new Finding(`throws ${String(error)}`, text)
  }
}

export const target: FuzzTarget = {
  name: 'traffic',
  async run(random) {
    for (let i = 0; i < 50; i++) check(map(random, 4))
  },
  async replay(input) {
    check(JSON.parse(Buffer.from(input).toString('utf8')))
  },
}
