import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

// Before the tests of each file: a process of the run has a temporary folder of its own, which goes soon after it, however
// it ends. Nothing of an interrupted run is left on the machine.

const NAME = `gatehouse-tests-${process.pid}`
/** By process id, and deaf: after each file the runner ends what was started in it, and a pipe to us would close. */
const GUARD =
  'trap "" TERM INT HUP; while kill -0 "$1"; do sleep 0.5; done; until rm -rf "$2"; do sleep 0.5; done'

if (process.platform !== 'win32' && basename(tmpdir()) !== NAME) {
  const folder = join(tmpdir(), NAME)
  if (!existsSync(folder)) {
    // Services run as another user.
    mkdirSync(folder, { mode: 0o711 })
    const guard = ['sh', '-c', GUARD, 'sh', String(process.pid), folder]
    // A group of its own: an interrupt is not for it.
    Bun.spawn(guard, { stdio: ['ignore', 'ignore', 'ignore'], detached: true }).unref()
  }
  process.env['TMPDIR'] = folder
}
