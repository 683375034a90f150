import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unzippedBytesMax, zipEntriesMax } from './limits.ts'
import { unzip } from './zip.ts'

/** Unpacked code by digest, kept on disk between runs: `{cacheFolder}/code/{sha256}`. */
export class CodeFolders {
  readonly #root: string
  readonly #arriving = new Map<string, Promise<string>>()

  constructor(cacheFolder: string) {
    this.#root = join(cacheFolder, 'code')
  }

  /**
   * The folder of a ZIP's contents. It appears whole or not at all, whatever happens meanwhile.
   * @param sha256 lower-case hex digest of the ZIP
   * @param read gives the ZIP's bytes; not called when the folder is there
   * @throws ZipError
   */
  folderOf(sha256: string, read: () => Promise<Uint8Array>): Promise<string> {
    let arriving = this.#arriving.get(sha256)
    if (arriving === undefined) {
      arriving = this.#make(sha256, read).finally(() => this.#arriving.delete(sha256))
      this.#arriving.set(sha256, arriving)
    }
    return arriving
  }

  /** Removes the folders of code that no function has any more, and what a killed process left behind. */
  async prune(needed: ReadonlySet<string>): Promise<void> {
    let names: string[]
    try {
      names = await readdir(this.#root)
    } catch {
      return // nothing was ever unpacked
    }
    for (const name of names) {
      if (!needed.has(name)) await rm(join(this.#root, name), { recursive: true, force: true })
    }
  }

  async #make(sha256: string, read: () => Promise<Uint8Array>): Promise<string> {
    const folder = join(this.#root, sha256)
    if (await exists(folder)) return folder
    const unfinished = join(this.#root, `.${sha256.slice(0, 12)}-${randomBytes(6).toString('hex')}`)
    await mkdir(unfinished, { recursive: true })
    try {
      await unzip(await read(), unfinished, { unzippedBytesMax, entriesMax: zipEntriesMax })
      await rename(unfinished, folder)
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true })
      // Another process of ours may have been first.
      if (!(await exists(folder))) throw error
    }
    return folder
  }
}

async function exists(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory()
  } catch {
    return false
  }
}
