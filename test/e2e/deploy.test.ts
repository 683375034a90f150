import { afterEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import {
  endGateways,
  runGatehouse,
  startGatewayProcess,
  type GatewayProcess,
} from '../support/gateway-process.ts'

afterEach(endGateways)

const PETSTORE = join(import.meta.dir, '..', '..', 'examples', 'petstore')

async function run(
  gateway: GatewayProcess,
  ...words: string[]
): Promise<{ code: number; output: string; errors: string }> {
  const process = runGatehouse([...words, '--endpoint', gateway.url])
  const code = await process.ended()
  return { code, output: process.output(), errors: process.errors() }
}

test('deploy uploads a project into a running gateway, twice to the same API, and reset forgets it', async () => {
  const gateway = await startGatewayProcess()
  const first = await run(gateway, 'deploy', PETSTORE)
  expect([first.code, first.errors]).toEqual([0, ''])
  const url = /deployed at (\S+)/.exec(first.output)?.[1] as string
  const pet = (await (await fetch(`${url}/pets/1`)).json()) as { name: string }
  expect(pet.name).toBe('Momo')

  const second = await run(gateway, 'deploy', PETSTORE)
  expect(/deployed at (\S+)/.exec(second.output)?.[1]).toBe(url)
  expect((await fetch(`${url}/status`)).status).toBe(200)

  expect((await run(gateway, 'reset')).code).toBe(0)
  expect((await fetch(`${url}/status`)).status).toBe(403)
  await gateway.stop()
}, 60_000)

test('deploy with nobody there, or with wrong keys, says so', async () => {
  const gateway = await startGatewayProcess({ arguments: ['--credentials', 'ALICE:a-long-secret'] })
  const wrong = await run(gateway, 'deploy', PETSTORE, '--credentials', 'ALICE:another-secret')
  expect(wrong.code).toBe(1)
  expect(wrong.errors).toMatch(/signature/)
  const right = await run(gateway, 'deploy', PETSTORE, '--credentials', 'ALICE:a-long-secret')
  expect([right.code, right.errors]).toEqual([0, ''])
  await gateway.stop()
  const nobody = await run(gateway, 'deploy', PETSTORE)
  expect(nobody.code).toBe(1)
  expect(nobody.errors).toContain(gateway.url)
}, 60_000)
