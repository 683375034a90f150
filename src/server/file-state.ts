import { statSync } from 'node:fs'

/** Changes whenever the file is written, replaced, or gone. */
export function stateOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
}
