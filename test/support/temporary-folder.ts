import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Before the tests of each file: a process of the run has a temporary folder of its own, which goes when it ends, however
// it ends. Nothing of an interrupted run is left on the machine.

const NAME = 'gatehouse-tests-'
// What was started in it may still be ending.
const GUARD = 'trap "" TERM INT HUP; cat >/dev/null; until rm -rf "$1"; do sleep 0.1; done 2>/dev/null'

if (process.platform !== 'win32' && !tmpdir().includes(NAME)) {
  const folder = mkdtempSync(join(tmpdir(), NAME))
  // Services run as another user.
  chmodSync(folder, 0o711)
  Bun.spawn(['sh', '-c', GUARD, 'sh', folder], { stdin: 'pipe', stdout: 'ignore', stderr: 'ignore' }).unref()
  process.env['TMPDIR'] = folder
}
