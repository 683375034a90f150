import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write a file in several steps, or replace it: one save is told once. */
const SETTLE_MS = 80
/** Written by running code or by version control, and no code themselves. */
const IGNORED = /(^|[\\/])(__pycache__|\.git)([\\/]|$)/

/** What to watch. */
export interface Watched {
  readonly files: readonly string[]
  /** With everything below. */
  readonly folders: readonly string[]
}

/**
 * Calls `changed` after anything watched was written, replaced or made.
 * Of single files the folder is watched: a replaced file is another file.
 * @returns the way to stop
 */
export function watchFiles({ files, folders }: Watched, changed: () => void): () => void {
  let timer: Timer | undefined
  const seen = (): void => {
    clearTimeout(timer)
    timer = setTimeout(changed, SETTLE_MS)
  }
  const watchers: FSWatcher[] = []
  for (const [folder, inFolder] of Map.groupBy(files, (file) => dirname(file))) {
    const names = new Set(inFolder.map((file) => basename(file)))
    watchers.push(
      watch(folder, (_event, name) => {
        if (name === null || names.has(name)) seen()
      }),
    )
  }
  for (const folder of folders) {
    watchers.push(
      watch(folder, { recursive: true }, (_event, name) => {
        if (name === null || !IGNORED.test(name)) seen()
      }),
    )
  }
  for (const watcher of watchers) {
    // A folder that has gone is told when it is next read.
    watcher.on('error', seen)
  }
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
