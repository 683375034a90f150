import { readFileSync } from 'node:fs'

const SAMPLE_MS = 1000

/** The most memory that a process has used, looked at no more than once a second. */
export class ProcessMemory {
  #peakMb: number | undefined
  #sampledMs = Number.NEGATIVE_INFINITY

  /** @returns MB, or undefined where the system does not tell */
  peakMb(pid: number): number | undefined {
    const nowMs = performance.now()
    if (process.platform !== 'linux' || nowMs - this.#sampledMs < SAMPLE_MS) return this.#peakMb
    this.#sampledMs = nowMs
    try {
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
      if (peak !== null) this.#peakMb = Math.ceil(Number(peak[1]) / 1024)
    } catch {
      // The process is gone: what was seen last is what it used.
    }
    return this.#peakMb
  }
}
