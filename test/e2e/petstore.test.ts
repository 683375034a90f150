import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// The example as the README has it: started by the launcher, each printed command run.

const python = Bun.which('python3') !== null
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-petstore-'))
let gateway: GatewayProcess
let apiId: string

beforeAll(async () => {
  cpSync(join(import.meta.dir, '..', '..', 'examples', 'petstore'), folder, { recursive: true })
  gateway = await startGatewayProcess({ arguments: [folder, '--workers', '2'], launcher: true })
  const [, id] = await gateway.printed(/\/_aws\/execute-api\/([a-z0-9]{10})\/dev\n/)
  apiId = id as string
  await gateway.printed(/Ctrl-C stops/)
}, 60_000)

afterAll(async () => {
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
    rmSync(folder, { recursive: true, force: true })
  }
})

const call = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`${gateway.url}/_aws/execute-api/${apiId}/dev${path}`, init)

test('every printed command works', async () => {
  const lines = gateway.output().match(/^ +curl .*$/gm) ?? []
  expect(lines.length).toBe(6)
  const statuses = await Promise.all(
    lines
      .filter((line) => python || !line.includes('/adoptions'))
      .map(async (line) => {
        const child = Bun.spawn(['sh', '-c', `${line.trim()} -s -o /dev/null -w '%{http_code}'`], {
          stdout: 'pipe',
        })
        return [line.trim(), await new Response(child.stdout).text()]
      }),
  )
  for (const [line, status] of statuses)
    expect([line, status]).toEqual([line, expect.stringMatching(/^2\d\d$/)])
}, 60_000)

test('an API answers at all of its addresses', async () => {
  const host = `${apiId}.execute-api.us-east-1`
  const addresses: readonly [url: string, host: string][] = [
    [`${gateway.url}/_aws/execute-api/${apiId}/dev/status`, 'localhost'],
    [`${gateway.url}/restapis/${apiId}/dev/_user_request_/status`, 'localhost'],
    [`${gateway.url}/dev/status`, `${host}.localhost:${gateway.port}`],
    [`${gateway.url}/dev/status`, `${host}.localhost.localstack.cloud:${gateway.port}`],
    [`${gateway.url}/dev/status`, `${host}.amazonaws.com`],
  ]
  for (const [url, name] of addresses) {
    const response = await fetch(url, { headers: { Host: name } })
    expect([name, response.status]).toEqual([name, 200])
    expect(await response.json()).toMatchObject({ open: true, stage: 'dev' })
  }
})

test('each kind of integration answers in its own way', async () => {
  expect(await (await call('/pets?kind=cat')).json()).toMatchObject({
    currency: 'EUR',
    pets: [{ name: 'Momo' }],
  })
  expect((await call('/pets/99')).status).toBe(404)
  expect(await (await call('/inventory/bowl')).json()).toEqual({ item: 'bowl', count: 40 })
  expect((await call('/status')).headers.get('cache-control')).toBe('no-store')
  expect(await (await call('/nothing')).json()).toEqual({ message: 'Missing Authentication Token' })
})

test.if(python)('the function in Python answers', async () => {
  const response = await call('/adoptions', { method: 'POST', body: '{"petId":"1","adopter":"Ada"}' })
  expect(response.status).toBe(202)
  expect(await response.json()).toMatchObject({ petId: '1', adopter: 'Ada' })
})

test('edits of a function and of the document are served without a failed request', async () => {
  let stop = false
  const failures: unknown[] = []
  let requests = 0
  const load = (async () => {
    while (!stop) {
      const [pets, status] = await Promise.all([call('/pets/1'), call('/status')])
      if (pets.status !== 200 || status.status !== 200) failures.push([pets.status, status.status])
      await Promise.all([pets.text(), status.text()])
      requests += 2
    }
  })()

  edit('functions/pets/index.mjs', 'Momo', 'Mimi')
  await until(async () => ((await (await call('/pets/1')).json()) as { name: string }).name === 'Mimi')
  edit('openapi.yaml', '"open": true', '"open": false')
  await until(async () => ((await (await call('/status')).json()) as { open: boolean }).open === false)

  edit('openapi.yaml', 'openapi: 3.0.1', 'openapi: [')
  await until(async () => /openapi\.yaml:\d+:\d+/.test(gateway.errors()))
  expect(await (await call('/status')).json()).toMatchObject({ open: false })

  stop = true
  await load
  expect(failures).toEqual([])
  expect(requests).toBeGreaterThan(10)
}, 60_000)

function edit(file: string, from: string, to: string): void {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(from)
  writeFileSync(path, text.replace(from, to))
}

/** Asks again until it is so; the test's own timeout is the bound. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(10)
}
