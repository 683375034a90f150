import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { zip, type ZipEntry } from '#base/zip.ts'
import { ProjectError } from './project-error.ts'

/** What never belongs to a function's code. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '__pycache__', '.DS_Store'])

/**
 * Everything in a folder. Links are followed: package managers make `node_modules` of links to elsewhere.
 * @throws ProjectError
 */
export function zipFolder(folder: string): Uint8Array {
  const entries: ZipEntry[] = []
  try {
    collect(folder, '', [], entries)
    return zip(entries)
  } catch (error) {
    throw new ProjectError(`${folder}: ${(error as Error).message}`, { cause: error })
  }
}

/** @param within the real folders that this one is in: a link back to one of them would never end */
function collect(folder: string, prefix: string, within: readonly string[], entries: ZipEntry[]): void {
  const real = realpathSync(folder)
  if (within.includes(real)) return
  for (const name of readdirSync(folder).sort()) {
    if (LEFT_OUT.has(name)) continue
    const file = join(folder, name)
    const { mode, ...stat } = describe(file)
    if (stat.isFolder) collect(file, `${prefix}${name}/`, [...within, real], entries)
    else if (stat.isFile) entries.push({ name: prefix + name, bytes: readFileSync(file), mode: mode & 0o777 })
  }
}

function describe(file: string): { isFolder: boolean; isFile: boolean; mode: number } {
  const stat = statSync(file, { throwIfNoEntry: false })
  // A link to nothing is nothing.
  if (stat === undefined) return { isFolder: false, isFile: false, mode: 0 }
  return { isFolder: stat.isDirectory(), isFile: stat.isFile(), mode: stat.mode }
}
