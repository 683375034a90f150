import { expect, test } from 'bun:test'
import { join } from 'node:path'

/** Errors thrown where nobody catches them, then a sign of life. */
const SCRIPT = `
  import { createLog } from '#base/log.ts'
  import { surviveUncaught } from './uncaught.ts'
  surviveUncaught(createLog('info', 'text'))
  setTimeout(() => { throw new Error('thrown in a callback') })
  void Promise.reject(new Error('rejected unseen'))
  void Promise.reject('no error at all')
  setTimeout(() => console.log('alive'), 50)
`

test('errors that nobody caught are logged with their stack, and survived', async () => {
  const child = Bun.spawn([process.execPath, '-e', SCRIPT], {
    cwd: join(import.meta.dir),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  expect(output).toBe('alive\n')
  expect(await child.exited).toBe(0)
  expect(errors).toMatch(/error uncaught exception error="Error: thrown in a callback\\n +at /)
  expect(errors).toMatch(/error unhandled rejection error="Error: rejected unseen\\n +at /)
  expect(errors).toMatch(/error unhandled rejection error="no error at all"/)
})
