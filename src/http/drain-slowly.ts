import type { Connection } from './connection.ts'

/** The longest between two: who has few clients needs not wait for the time to pass. */
const GAP_MS_MAX = 10
const TICK_MS = 5

/**
 * Drains connections one after the other, the longest idle first: clients that come back at once do not come all together.
 * @param overMs within which the last of them is told; what is under way with it may take longer
 */
export function drainSlowly(connections: readonly Connection[], overMs: number): void {
  const idleFirst = connections.toSorted((one, other) => activeAtMs(one) - activeAtMs(other))
  const gapMs = Math.min(overMs / idleFirst.length, GAP_MS_MAX)
  const startedMs = performance.now()
  let drained = 0
  const drain = (): void => {
    // Those that are gone meanwhile take it for nothing.
    const due = gapMs > 0 ? 1 + (performance.now() - startedMs) / gapMs : Infinity
    for (; drained < idleFirst.length && drained + 1 <= due; drained++) idleFirst[drained]?.drain()
    if (drained < idleFirst.length) setTimeout(drain, TICK_MS)
  }
  drain()
}

function activeAtMs({ lastActiveAtMs = 0 }: Connection): number {
  return lastActiveAtMs
}
