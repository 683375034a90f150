/** What choosing looks at. */
export interface Candidate {
  /** Its share of the requests beside the others'; 0: none. */
  readonly weight: number
  /** Requests that it is answering at present. */
  readonly inFlight: number
}

/**
 * One of several, by the power of two choices: of two that are drawn by weight, the one that has less to do for its
 * weight. An idle group is shared out by weight exactly, a busy one evens out (M. Mitzenmacher, "The Power of Two
 * Choices in Randomized Load Balancing").
 * @param random a number from 0 up to 1, asked for twice
 * @returns undefined when none has any weight
 */
export function pickTarget<C extends Candidate>(
  candidates: readonly C[],
  random: () => number,
): C | undefined {
  let total = 0
  for (const { weight } of candidates) total += weight
  if (total <= 0) return undefined
  const first = drawn(candidates, random() * total)
  const second = drawn(candidates, random() * total)
  return load(second) < load(first) ? second : first
}

function drawn<C extends Candidate>(candidates: readonly C[], at: number): C {
  let last = candidates[0] as C
  let left = at
  for (const candidate of candidates) {
    if (candidate.weight <= 0) continue
    last = candidate
    left -= candidate.weight
    if (left < 0) return candidate
  }
  // What rounding leaves over.
  return last
}

function load({ inFlight, weight }: Candidate): number {
  return inFlight / weight
}
