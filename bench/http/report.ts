import { markdownTable } from '../support/markdown-table.ts'
import type { LoadResult } from '../support/load.ts'
import { median } from '../support/stats.ts'
import { BASELINE, type Measured, type TargetResults } from './measure-case.ts'
import { TARGETS } from './targets.ts'

/** All targets of one case, a Markdown table. */
export function caseTable({ row, results, halfRate, notes }: Measured): string[] {
  const base = named(results, BASELINE)
  const head = [
    'target',
    'µs CPU a request',
    `× ${TARGETS[BASELINE].title}`,
    'requests/s',
    `p99 at ${halfRate.toFixed(0)}/s`,
    'failed',
  ]
  const lines = results.map((result) => {
    const goal = result.name === row.subject ? `, ${judged(median(ratios(result, base)), row.goal)}` : ''
    return [
      TARGETS[result.name].title,
      range(result.full.map(cpu), 1),
      `${range(ratios(result, base), 2)}${goal}`,
      median(result.full.map(({ requestsPerSecond }) => requestsPerSecond)).toFixed(0),
      p99(result),
      String(failed(result)),
    ]
  })
  return [...markdownTable(head, lines), ...notes.flatMap((note) => ['', `left out: ${note}`])]
}

/** All cases, a line each: Gatehouse beside nginx with an access log. */
export function summaryTable(cases: readonly Measured[]): string[] {
  const head = ['what', 'goal', 'µs CPU', `µs CPU, ${TARGETS[BASELINE].title}`, 'ratio', 'p99 at half load']
  const lines = cases.map(({ row, results }) => {
    const base = named(results, BASELINE)
    const ours = named(results, row.subject)
    const ratio = median(ratios(ours, base))
    return [
      row.title,
      `≤ ${row.goal} ×`,
      range(ours.full.map(cpu), 1),
      range(base.full.map(cpu), 1),
      `${ratio.toFixed(2)}, ${judged(ratio, row.goal)}`,
      `${p99(ours)} beside ${p99(base)}`,
    ]
  })
  return markdownTable(head, lines)
}

/** Requests that were not answered as they should. */
export function failures({ results }: Measured): number {
  return results.reduce((sum, result) => sum + failed(result), 0)
}

function named(results: readonly TargetResults[], name: string): TargetResults {
  return results.find((result) => result.name === name) as TargetResults
}

function failed({ full, half }: TargetResults): number {
  return [...full, ...half].reduce((sum, one) => sum + one.failures, 0)
}

/** Round by round, so that what disturbed a whole round disturbs both sides of the ratio. */
function ratios(ours: TargetResults, theirs: TargetResults): number[] {
  return ours.full.map((one, i) => cpu(one) / cpu(theirs.full[i] as LoadResult))
}

function cpu({ cpuUsPerRequest }: LoadResult): number {
  return cpuUsPerRequest
}

function p99({ half }: TargetResults): string {
  return `${median(half.map(({ p99Ms }) => p99Ms)).toFixed(1)} ms`
}

function judged(ratio: number, goal: number): string {
  return ratio <= goal ? 'met' : '**missed**'
}

/** `median (least–most)` */
function range(values: readonly number[], digits: number): string {
  const show = (value: number): string => value.toFixed(digits)
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`
}
