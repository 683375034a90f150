import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// More calls at once than the socket between worker and supervisor lets wait, while the supervisor is busy.

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-links-'))
afterAll(() => rmSync(folder, { recursive: true }))

const CALLS = 2000
const BUSY_MS = 300

/** A worker: what it calls is connected to it as supervisors are. */
const WORKER = `
  import { createHttpClient } from '#http/client.ts'
  import { linkToFunctions } from '#server/workers/functions-link.ts'
  const link = linkToFunctions(createHttpClient(), 'unix:' + process.argv.at(-1))
  const call = { functionArn: 'f', payload: Buffer.from('x'), invocationType: 'RequestResponse', sourceArn: '', sourceAccount: '' }
  const settled = await Promise.allSettled(Array.from({ length: ${CALLS} }, () => link.invoke(call)))
  process.send(settled.filter(({ status }) => status === 'fulfilled').length)
`

test('calls that find no room in the line to a busy supervisor wait', async () => {
  const unix = join(folder, 'functions.sock')
  const heard = (): PromiseWithResolvers<unknown> => Promise.withResolvers<unknown>()
  const [listening, busy, answered] = [heard(), heard(), heard()]
  await using server = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'link-server.ts'), unix, String(BUSY_MS)],
    {
      ipc: (message: unknown) => (message === 'listening' ? listening : busy).resolve(message),
      stderr: 'inherit',
    },
  )
  await listening.promise
  server.send('be busy')
  await busy.promise
  await using _worker = Bun.spawn([process.execPath, '-e', WORKER, '--', unix], {
    cwd: join(import.meta.dir, '..', '..'),
    ipc: (message: unknown) => answered.resolve(message),
    stderr: 'inherit',
  })
  expect(await answered.promise).toBe(CALLS)
}, 60_000)
