// Writes numbered lines to a log that another process puts aside again and again: `log-rotation.test.ts`.
import { createLog } from '#base/log.ts'
import { LogFiles } from '#server/logs/log-files.ts'

const [dataDir = '', name = '', count = '0'] = process.argv.slice(2)
const files = new LogFiles(
  { dataDir, accessLog: 'files', accessLogFormat: undefined, executionLog: 'off' },
  createLog('warn', 'text'),
  { flushMs: 1, flushLengthMin: 2000 },
)
const sink = files.access('shared/log')
for (let i = 0; i < Number(count); i++) {
  // Of different lengths, now and then longer than what a pipe or a page takes at once.
  sink?.write(`${name} ${i} ${'x'.repeat((i * 37) % 300)}${i % 97 === 0 ? 'y'.repeat(9000) : ''} end\n`)
  if (i % 25 === 0) await Bun.sleep(0)
}
await files.close()
process.exit(files.dropped === 0 ? 0 : 1)
