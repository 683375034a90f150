import { join } from 'node:path'

/** Longest name of a file or folder, without what rotation adds. */
const SEGMENT_LENGTH_MAX = 200
/** A log that was moved away, of which the first group is the name and the second the time. */
export const ROTATED: RegExp = /^(.*)\.(\d{8}T\d{9}Z(?:-\d+)?)\.log$/

/** Where the logs of a data directory are; undefined when nothing is kept. */
export function logFolder(dataDir: string): string | undefined {
  return dataDir === ':memory:' ? undefined : join(dataDir, 'logs')
}

/**
 * The file of a log group: its slashes are folders. Whatever the name, the file is below `folder`.
 * @param group `API-Gateway-Execution-Logs_abc/prod`
 */
export function logPath(folder: string, group: string): string {
  const segments = group.split('/').filter((segment) => segment !== '')
  if (segments.length === 0) segments.push('log')
  return `${join(folder, ...segments.map(safeSegment))}.log`
}

/** Without characters that file systems give a meaning, and never `.` or `..`. */
function safeSegment(segment: string): string {
  const named = segment.replaceAll(/[^A-Za-z0-9_.#-]/gu, (char) => encodeURIComponent(char.toWellFormed()))
  const safe = /^\.+$/.test(named) ? named.replaceAll('.', '%2E') : named
  if (safe.length <= SEGMENT_LENGTH_MAX) return safe
  return `${safe.slice(0, SEGMENT_LENGTH_MAX)}~${Bun.hash(segment).toString(36)}`
}

/** Where a log goes when it has become too large or too old. @param tries how often that name was taken already */
export function rotatedPath(path: string, timeMs: number, tries: number): string {
  const stamp = new Date(timeMs).toISOString().replaceAll(/[-:.]/g, '')
  return `${path.slice(0, -'.log'.length)}.${stamp}${tries === 0 ? '' : `-${tries}`}.log`
}
