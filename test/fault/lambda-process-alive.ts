import { readFileSync } from 'node:fs'

/** Whether a process runs. One that has ended but that nobody has asked about, as in containers, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
