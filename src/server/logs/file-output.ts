import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LogWriteError, type LogOutput } from './log-output.ts'

/** What a client sends may be in it: for the gateway's own user and group. */
const MODE = 0o640

/**
 * A file that several processes append to and that one of them may move away at any time (`log-rotation.ts`). With
 * O_APPEND the kernel finds the end and writes in one step, so lines of one write are never among others'.
 */
export class FileOutput implements LogOutput {
  readonly #path: string
  #handle: FileHandle | undefined
  #inode = -1

  constructor(path: string) {
    this.#path = path
  }

  async append(bytes: Uint8Array): Promise<void> {
    let written = 0
    try {
      const handle = await this.#opened()
      while (written < bytes.length) {
        written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten
      }
    } catch (error) {
      await this.release()
      throw new LogWriteError(written, error)
    }
  }

  appendNow(bytes: Uint8Array): void {
    mkdirSync(dirname(this.#path), { recursive: true })
    const file = openSync(this.#path, 'a', MODE)
    try {
      let written = 0
      while (written < bytes.length) written += writeSync(file, bytes, written)
    } finally {
      closeSync(file)
    }
  }

  async release(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close().catch(() => {})
  }

  /** The file of this name as it is now: the one that was open may have been moved. */
  async #opened(): Promise<FileHandle> {
    if (this.#handle !== undefined && (await inodeOf(this.#path)) === this.#inode) return this.#handle
    await this.release()
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o750 })
    const handle = await open(this.#path, 'a', MODE)
    this.#handle = handle
    this.#inode = (await handle.stat()).ino
    return handle
  }
}

/** @returns undefined when there is no such file */
async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino
  } catch {
    return undefined
  }
}
