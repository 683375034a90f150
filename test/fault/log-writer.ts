// Writes numbered lines to a log that another process puts aside again and again: `log-rotation.test.ts`.
import { stat } from 'node:fs/promises'
import { createLog } from '#base/log.ts'
import { LogFiles } from '#server/logs/log-files.ts'
import { logFolder, logPath } from '#server/logs/log-path.ts'

const LOG = 'shared/log'
const LINES_A_ROUND = 500

const [dataDir = '', name = '', rounds = '0'] = process.argv.slice(2)
const path = logPath(logFolder(dataDir) ?? '', LOG)
const files = new LogFiles(
  { dataDir, accessLog: 'files', accessLogFormat: undefined, executionLog: 'off' },
  createLog('warn', 'text'),
  { flushMs: 1, flushLengthMin: 2000 },
)
const sink = files.access(LOG)

/** @returns undefined when there is no such file at the moment */
async function inode(): Promise<number | undefined> {
  return stat(path).then(
    ({ ino }) => ino,
    () => undefined,
  )
}

let number = 0
for (let round = 0; round < Number(rounds); round++) {
  const before = await inode()
  for (let i = 0; i < LINES_A_ROUND; i++, number++) {
    // Of different lengths, now and then longer than what a pipe or a page takes at once.
    const filling = 'x'.repeat((number * 37) % 300) + (number % 97 === 0 ? 'y'.repeat(9000) : '')
    sink?.write(`${name} ${number} ${filling} end\n`)
    if (i % 25 === 0) await Bun.sleep(0)
  }
  await files.flush()
  // More was written than the file may hold: it is put aside, and perhaps nobody has begun another one yet.
  for (let now = await inode(); now !== undefined && now === before; now = await inode()) await Bun.sleep(1)
}
await files.close()
process.exit(files.dropped === 0 ? 0 : 1)
