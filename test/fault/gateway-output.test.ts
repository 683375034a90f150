import { expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const MAIN = join(import.meta.dir, '..', '..', 'src', 'cli', 'main.ts')

// A closed terminal, `gatehouse start | head -1`. Node's child_process, because Bun.spawn keeps its ends open.
test('the gateway serves on when nobody reads what it prints', async () => {
  const child = spawn(
    process.execPath,
    [MAIN, 'start', '--port', '0', '--data-dir', ':memory:', '--log-level', 'debug'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  using _killed = { [Symbol.dispose]: () => child.kill('SIGKILL') }
  const exited = once(child, 'exit')
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    // Ending the loop closes our end.
    if (printed.includes('\n')) break
  }
  child.stderr.destroy()
  const url = /http:\/\/\S+/.exec(printed)?.[0] as string
  for (let i = 0; i < 20; i++) {
    // Each is a line in the log.
    const response = await fetch(`${url}/restapis`, {
      headers: { Authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/apigateway/aws4_request' },
    })
    expect(response.status).toBeGreaterThanOrEqual(400)
    await response.text()
  }
  expect((await fetch(`${url}/_gatehouse/health`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
}, 60_000)
