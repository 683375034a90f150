import { load, type LoadResult } from './load.ts'
import { markdownTable } from './markdown-table.ts'
import { median } from './stats.ts'

/** Something that answers requests, ready to be loaded. */
export interface Subject {
  readonly pid: number
  readonly url: string
  readonly headers: readonly string[]
  /** POST with this body; else GET. */
  readonly body?: string | undefined
  /** Lines of Lua for wrk, as for another method. */
  readonly lua?: string | undefined
  /** Every answer is a refusal. */
  readonly refused?: boolean | undefined
}

/** Times the other's CPU at most, µs of CPU more than it at most, or times its requests a second at least. */
export type Goal =
  | { readonly ratio: number }
  | { readonly addedUs: number }
  | { readonly timesAsMany: number }

/** What one subject may cost beside another. */
export interface Comparison<Name extends string> {
  readonly name: string
  readonly title: string
  readonly subject: Name
  readonly beside: Name
  /** Undefined: the ratio is told, and that is all. */
  readonly goal?: Goal
}

const CONNECTIONS = 32
const WARM_UP_SECONDS = 2

/** Every subject once a round, so that what disturbs a round disturbs all of them. */
export async function measure<Name extends string>(
  subjects: ReadonlyMap<Name, Subject>,
  names: readonly Name[],
  rounds: number,
  seconds: number,
): Promise<Map<Name, LoadResult[]>> {
  const loaded = (name: Name, forSeconds: number): Promise<LoadResult> => {
    const { pid, url, ...request } = subjects.get(name) as Subject
    return load(url, pid, { connections: CONNECTIONS, seconds: forSeconds, ...request })
  }
  const results = new Map<Name, LoadResult[]>(names.map((name) => [name, []]))
  for (const name of names) await loaded(name, WARM_UP_SECONDS)
  for (let round = 0; round < rounds; round++) {
    for (const name of names) results.get(name)?.push(await loaded(name, seconds))
  }
  return results
}

/** Figures of each round, from what was measured of both in it. */
interface Judgement {
  readonly wanted: string
  readonly figure: (ours: LoadResult, theirs: LoadResult) => number
  readonly met?: (figure: number) => boolean
}

function judgementOf(goal: Goal | undefined): Judgement {
  const ratio: Judgement['figure'] = (ours, theirs) => ours.cpuUsPerRequest / theirs.cpuUsPerRequest
  if (goal === undefined) return { wanted: 'none set', figure: ratio }
  if ('ratio' in goal) {
    return {
      wanted: `≤ ${goal.ratio} ×`,
      figure: ratio,
      met: (figure) => figure <= goal.ratio,
    }
  }
  if ('addedUs' in goal) {
    return {
      wanted: `≤ ${goal.addedUs} µs more`,
      figure: (ours, theirs) => ours.cpuUsPerRequest - theirs.cpuUsPerRequest,
      met: (figure) => figure <= goal.addedUs,
    }
  }
  return {
    wanted: `≥ ${goal.timesAsMany} × as many`,
    figure: (ours, theirs) => ours.requestsPerSecond / theirs.requestsPerSecond,
    met: (figure) => figure >= goal.timesAsMany,
  }
}

export function comparisonTable<Name extends string>(
  comparisons: readonly Comparison<Name>[],
  results: ReadonlyMap<Name, readonly LoadResult[]>,
): string[] {
  const head = ['what', 'goal', 'µs CPU', 'beside', 'its µs CPU', 'figure']
  const lines = comparisons.map(({ title, subject, beside, goal }) => {
    const ours = results.get(subject) ?? []
    const theirs = results.get(beside) ?? []
    const { wanted, figure, met } = judgementOf(goal)
    const figures = ours.map((our, round) => figure(our, theirs[round] as LoadResult))
    const middle = median(figures)
    const range = `${Math.min(...figures).toFixed(2)}–${Math.max(...figures).toFixed(2)}`
    return [
      title,
      wanted,
      median(cpu(ours)).toFixed(1),
      beside,
      median(cpu(theirs)).toFixed(1),
      `${middle.toFixed(2)} (${range})${verdict(met?.(middle))}`,
    ]
  })
  return markdownTable(head, lines)
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return ''
  return met ? ', met' : ', **missed**'
}

function cpu(results: readonly LoadResult[]): number[] {
  return results.map(({ cpuUsPerRequest }) => cpuUsPerRequest)
}
