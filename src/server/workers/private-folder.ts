import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** In memory, where there is such a place: what is shared over a file there never waits for a disk. */
const SHARED_MEMORY = '/dev/shm'

/** A new folder that other users cannot enter. */
export function createPrivateFolder(): Promise<string> {
  return mkdtemp(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), 'gatehouse-'))
}
