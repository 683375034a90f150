import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed } from './installed.ts'

/** A wall clock for programs of a test's own, which can be set while they run. What counts time by itself goes on. */
export interface ShiftedClock {
  /** For whoever is to have it, and what that starts. */
  readonly environment: Readonly<Record<string, string>>
  /** Sets it for all of them at once. */
  set(nowMs: number): void
  stop(): void
}

/** libfaketime's, of the package `faketime`. @throws Error saying what to install */
export async function shiftedClock(nowMs: number): Promise<ShiftedClock> {
  await installed(['faketime'], ['faketime'])
  const library = await libraryPath()
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-clock-'))
  const file = join(folder, 'shift')
  const set = (toMs: number): void => {
    const seconds = Math.round((toMs - Date.now()) / 1000)
    // Whole at any time: it is read at each look at the clock.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}`)
    renameSync(`${file}.new`, file)
  }
  set(nowMs)
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
    stop: () => rmSync(folder, { recursive: true }),
  }
}

/** Where `faketime` itself looks. */
async function libraryPath(): Promise<string> {
  const shown = Bun.spawn(['faketime', '-f', '+0', 'sh', '-c', 'echo "$LD_PRELOAD"'], { stdout: 'pipe' })
  return (await new Response(shown.stdout).text()).trim()
}
