import { write, writeSync } from 'node:fs'
import { LogWriteError, type LogOutput } from './log-output.ts'

const STDOUT = 1
/** What pipes take in one step, so that lines of several processes stay whole (POSIX, `write`, PIPE_BUF on Linux). */
const PIPE_BYTES = 4096
const LINE_FEED = 0x0a
/** Before a reader that is behind is given more, milliseconds. */
const BEHIND_MS = 5

/** Standard output, which all processes of a gateway share. */
export class StdoutOutput implements LogOutput {
  async append(bytes: Uint8Array): Promise<void> {
    let written = 0
    try {
      while (written < bytes.length) {
        const count = await writeSome(bytes, written, pieceEnd(bytes, written) - written)
        if (count === 0) await Bun.sleep(BEHIND_MS)
        written += count
      }
    } catch (error) {
      throw new LogWriteError(written, error)
    }
  }

  appendNow(bytes: Uint8Array): void {
    let written = 0
    while (written < bytes.length) {
      written += writeSync(STDOUT, bytes, written, pieceEnd(bytes, written) - written)
    }
  }

  async release(): Promise<void> {}
}

/** As many whole lines as a pipe takes at once; at least one. */
function pieceEnd(bytes: Uint8Array, start: number): number {
  if (bytes.length - start <= PIPE_BYTES) return bytes.length
  const last = bytes.lastIndexOf(LINE_FEED, start + PIPE_BYTES - 1)
  if (last >= start) return last + 1
  const first = bytes.indexOf(LINE_FEED, start)
  return first === -1 ? bytes.length : first + 1
}

/** @returns how many bytes were written: none when the reader is behind */
function writeSome(bytes: Uint8Array, start: number, length: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(STDOUT, bytes, start, length, null, (error, count) => {
      if (error === null) resolve(count)
      else if (error.code === 'EAGAIN') resolve(0)
      else reject(error)
    })
  })
}
