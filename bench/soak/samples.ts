import { openFilesOfTree, residentTreeMib } from '../support/process.ts'
import { median } from '../support/stats.ts'

/** What the gateway held at one moment. */
export interface Sample {
  /** Since the load began. */
  readonly seconds: number
  readonly mib: number
  readonly files: number
}

export function sample(pid: number, begunMs: number): Sample {
  return { seconds: (Date.now() - begunMs) / 1000, mib: residentTreeMib(pid), files: openFilesOfTree(pid) }
}

/** Whether a figure stayed flat while the load was on, and came back when it had gone. */
export interface Flatness {
  readonly text: string
  readonly flat: boolean
}

export interface FlatnessRule {
  readonly unit: string
  /** How much the line through the second half may rise from its start to its end: part of the half's median … */
  readonly riseMax: number
  /** … or this much, in `unit`, where that is more. */
  readonly riseFloor: number
  /** The most that may be held when everything has gone. */
  readonly afterMax: number
}

/**
 * The rule: the line of least squares through the second half of the load does not rise by more than `riseMax`, and
 * what is held once every client has gone is at most `afterMax`.
 */
export function flatness(
  samples: readonly Sample[],
  figure: 'mib' | 'files',
  after: number,
  { unit, riseMax, riseFloor, afterMax }: FlatnessRule,
): Flatness {
  const half = samples.slice(samples.length >> 1)
  const values = half.map((one) => one[figure])
  const first = (half[0] as Sample).seconds
  const last = (half.at(-1) as Sample).seconds
  const rise = slope(half.map((one) => [one.seconds, one[figure]])) * (last - first)
  const riseAllowed = Math.max(riseFloor, riseMax * median(values))
  const range = `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)} ${unit}`
  return {
    text:
      `${range} in the second half, its line rises by ${rise.toFixed(1)} (at most ${riseAllowed.toFixed(1)}); ` +
      `${after.toFixed(0)} afterwards (at most ${afterMax.toFixed(0)})`,
    flat: rise <= riseAllowed && after <= afterMax,
  }
}

/** What the first requests make a process hold for good: code compiled, buffers, pools. MiB. */
const WARM_MIB = 64

type Held = Pick<Sample, 'mib' | 'files'>

/** The rule for memory and files of a soak. @param before once warm @param after when every client has gone */
export function heldFlat(
  samples: readonly Sample[],
  before: Held,
  after: Held,
): { readonly memory: Flatness; readonly files: Flatness } {
  const memory = { unit: 'MiB', riseMax: 0.1, riseFloor: 8, afterMax: before.mib + WARM_MIB }
  const files = { unit: 'files', riseMax: 0.1, riseFloor: 10, afterMax: before.files }
  return {
    memory: flatness(samples, 'mib', after.mib, memory),
    files: flatness(samples, 'files', after.files, files),
  }
}

/** Of the line of least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  let above = 0
  let below = 0
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY)
    below += (x - meanX) ** 2
  }
  return below === 0 ? 0 : above / below
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
