import { open, stat, type FileHandle } from 'node:fs/promises'

const CHUNK_BYTES = 64 * 1024
const LINE_FEED = 0x0a

/** Reads the whole lines that are appended to a file, also once it was moved away and another has its name. */
export class FollowedFile {
  readonly path: string
  #handle: FileHandle | undefined
  #inode = -1
  #at = 0
  /** Of a line whose end is not here yet. */
  #rest: Buffer = Buffer.alloc(0)

  /** @param from where it begins to read; undefined: at the end, as the file is when it is first looked at */
  constructor(path: string, from: number | undefined) {
    this.path = path
    this.#at = from ?? -1
  }

  /** What was written since the last time, in whole lines; '' when nothing was, or there is no such file. */
  async read(): Promise<string> {
    let text = ''
    for (;;) {
      const inode = await inodeOf(this.path)
      if (this.#handle === undefined) {
        if (inode === undefined) return text
        this.#handle = await open(this.path, 'r')
        const { ino, size } = await this.#handle.stat()
        this.#inode = ino
        if (this.#at === -1) this.#at = size
      }
      text += await this.#readOn(this.#handle)
      if (inode === this.#inode) return text
      // It has another name now: what was written to it before its writers noticed has just been read, or nearly so.
      await this.close()
      this.#at = 0
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }

  async #readOn(handle: FileHandle): Promise<string> {
    const lines: Buffer[] = []
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, this.#at)
      if (bytesRead === 0) return Buffer.concat(lines).toString('utf8')
      this.#at += bytesRead
      const bytes = Buffer.concat([this.#rest, chunk.subarray(0, bytesRead)])
      const end = bytes.lastIndexOf(LINE_FEED) + 1
      lines.push(bytes.subarray(0, end))
      this.#rest = bytes.subarray(end)
    }
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino
  } catch {
    return undefined
  }
}
