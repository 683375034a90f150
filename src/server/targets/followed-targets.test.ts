import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '#base/log.ts'
import { createHttpClient } from '#http/client.ts'
import type { TargetGroup } from '#data-plane/targets/target-group.ts'
import { FollowedTargets, targetsAtPresent } from './followed-targets.ts'

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

interface Followed {
  readonly targets: FollowedTargets
  readonly lines: string[]
  readonly write: (groups: unknown) => void
  /** Resolves once a line of the log has this. */
  readonly said: (part: string) => Promise<void>
}

function follow(groups: unknown): Followed {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-targets-'))
  const file = join(folder, 'targets.json')
  const write = (next: unknown): void =>
    writeFileSync(file, typeof next === 'string' ? next : JSON.stringify(next))
  write(groups)
  const lines: string[] = []
  let told = (): void => {}
  const log = createLog('info', 'text', (line) => {
    lines.push(line)
    told()
  })
  const client = createHttpClient()
  const targets = new FollowedTargets({ file, client, log, lookMs: 10 })
  ending.push(
    () => rmSync(folder, { recursive: true }),
    () => client.close(),
    () => targets.stop(),
  )
  return {
    targets,
    lines,
    write,
    async said(part) {
      while (!lines.some((line) => line.includes(part)))
        await new Promise<void>((resolve) => (told = resolve))
    },
  }
}

/** A backend whose health is what the test says. */
async function backend(): Promise<{ address: string; server: Server; status: number; hosts: string[] }> {
  const told = { address: '', status: 200, hosts: [] as string[], server: undefined as unknown as Server }
  told.server = createServer((request, response) => {
    told.hosts.push(`${request.headers.host}${request.url}`)
    response.statusCode = told.status
    response.end()
  })
  await new Promise<void>((resolve) => told.server.listen(0, '127.0.0.1', resolve))
  told.address = `127.0.0.1:${(told.server.address() as AddressInfo).port}`
  ending.push(
    () =>
      new Promise((resolve) => {
        told.server.close(resolve)
        told.server.closeAllConnections()
      }),
  )
  return told
}

const addresses = (group: TargetGroup | undefined): string[] | undefined =>
  group?.targets.map(({ address }) => address)

test('the most exact name that is known leads to a group', () => {
  const { targets } = follow({ a: { targets: ['x:1'] }, b: { targets: ['y:1'] } })
  expect(addresses(targets.find(['none', 'b', 'a']))).toEqual(['y:1'])
  expect(targets.find(['none'])).toBeUndefined()
})

test('a change of the file is followed, and what stays keeps what is known of it', async () => {
  const { targets, write, said } = follow({ a: { targets: ['x:1', 'y:1'] }, gone: { targets: [] } })
  const group = targets.find(['a'])
  const [x] = group?.targets ?? []
  if (x !== undefined) x.inFlight = 3
  write({ a: { targets: ['x:1', { address: 'z:1', weight: 5 }] }, b: { targets: [] } })
  await said('targets read again')
  expect(targets.find(['a'])).toBe(group as TargetGroup)
  expect(group?.targets.map(({ address, weight, inFlight }) => [address, weight, inFlight])).toEqual([
    ['x:1', 1, 3],
    ['z:1', 5, 0],
  ])
  expect(targets.find(['gone'])).toBeUndefined()
  expect(targets.find(['b'])).toBeDefined()
})

test('a file that cannot be used changes nothing, and says why', async () => {
  const { targets, write, said } = follow({ a: { targets: ['x:1'] } })
  write('{"a":')
  await said('targets not used')
  expect(addresses(targets.find(['a']))).toEqual(['x:1'])
  write({ a: { targets: ['y:1'] } })
  await said('targets read again')
  expect(addresses(targets.find(['a']))).toEqual(['y:1'])
})

test('health checks leave a target out and take it back', async () => {
  const there = await backend()
  const health = {
    path: '/health',
    host: 'app.internal',
    intervalMs: 10,
    timeoutMs: 2000,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    status: '200',
  }
  const { targets, said, lines, write } = follow({ a: { targets: [there.address], health } })
  const target = targets.find(['a'])?.targets[0]
  while (there.hosts.length < 3) await Bun.sleep(2)
  expect(there.hosts[0]).toBe('app.internal/health')
  expect(target?.usable(0)).toBe(true)
  there.status = 204
  await said('target is unhealthy')
  expect(target?.usable(0)).toBe(false)
  expect(lines.at(-1)).toContain('status 204')
  there.status = 200
  await said('target is healthy')
  expect(target?.usable(0)).toBe(true)
  // Nobody checks any more: what was thought is forgotten.
  there.status = 500
  while (target?.usable(0) === true) await Bun.sleep(2)
  write({ a: { targets: [there.address] } })
  await said('targets read again')
  expect(target?.usable(0)).toBe(true)
})

test('without a path a connection is enough', async () => {
  const there = await backend()
  const health = { intervalMs: 10, timeoutMs: 2000, healthyThreshold: 1, unhealthyThreshold: 1 }
  const { targets, said } = follow({ a: { targets: [there.address], health } })
  const target = targets.find(['a'])?.targets[0]
  await new Promise<void>((resolve) => there.server.once('connection', () => resolve()))
  expect(target?.usable(0)).toBe(true)
  there.server.close()
  there.server.closeAllConnections()
  await said('target is unhealthy')
  expect(target?.usable(0)).toBe(false)
})

test('what the file says at present, for who asks once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-targets-'))
  ending.push(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'targets.json')
  writeFileSync(file, '{"a":{"targets":["x:1"]}}')
  expect(addresses(targetsAtPresent(file).find(['b', 'a']))).toEqual(['x:1'])
  expect(targetsAtPresent(file).find(['b'])).toBeUndefined()
})
