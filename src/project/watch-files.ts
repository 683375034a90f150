import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write a file in several steps, or replace it: one save is told once. */
const SETTLE_MS = 80

/**
 * Calls `changed` after any of the files was written, replaced or made.
 * The folders are watched rather than the files: a replaced file is another file.
 * @returns the way to stop
 */
export function watchFiles(files: readonly string[], changed: () => void): () => void {
  const byFolder = Map.groupBy(files, (file) => dirname(file))
  let timer: Timer | undefined
  const watchers: FSWatcher[] = [...byFolder].map(([folder, inFolder]) => {
    const names = new Set(inFolder.map((file) => basename(file)))
    return watch(folder, (_event, name) => {
      if (name !== null && !names.has(name)) return
      clearTimeout(timer)
      timer = setTimeout(changed, SETTLE_MS)
    })
  })
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
