/** How AWS names the base path of a mapping without one. */
export const noBasePath = '(none)'

/** Where the path of a request-target ends. */
export function pathEndOf(target: string): number {
  const question = target.indexOf('?')
  return question === -1 ? target.length : question
}

/** Slashes before the base path are tolerated, as they are before a stage. */
export function basePathStart(target: string, end: number): number {
  let start = 0
  while (start < end && target.charCodeAt(start) === SLASH) start++
  return start
}

/** Whether the path from `start` to `end` is `basePath`, or goes on below it. Nothing is decoded; case matters. */
export function isBelow(target: string, start: number, end: number, basePath: string): boolean {
  const after = start + basePath.length
  return (
    after <= end &&
    target.startsWith(basePath, start) &&
    (after === end || target.charCodeAt(after) === SLASH)
  )
}

/**
 * The most specific of `byBasePath` that a path is below.
 * @param segmentsMax segments of the longest base path there is
 */
export function longestMatch<T>(
  byBasePath: ReadonlyMap<string, T>,
  segmentsMax: number,
  target: string,
  start: number,
  end: number,
): T | undefined {
  let found = byBasePath.get(noBasePath)
  let segmentEnd = start
  for (let segments = 0; segments < segmentsMax && segmentEnd < end; segments++) {
    const slash = target.indexOf('/', segmentEnd + (segments === 0 ? 0 : 1))
    segmentEnd = slash === -1 || slash > end ? end : slash
    found = byBasePath.get(target.slice(start, segmentEnd)) ?? found
  }
  return found
}

const SLASH = 47
