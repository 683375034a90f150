import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { defineHttpApi, toFunction } from '../conformance/http-api/support/definition.ts'
import { LocalFunctions } from '../conformance/rest/support/functions.ts'
import { startHouse, type House } from '../conformance/rest/support/house.ts'
import { expectAsRow, frameworks, rowsOf, type Row } from './support/framework-rows.ts'

// Applications of frameworks behind an HTTP API, with the adapters that their users take: payload format 2.0.

interface Outcome {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

let house: House
let host: Bun.Subprocess
const waiting = new Map<number, (outcome: Outcome) => void>()
let calls = 0

/** What a function gives back, as Lambda says it. */
async function run(name: string, payload: string): Promise<{ payload: Buffer; functionError?: 'Unhandled' }> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const id = ++calls
  waiting.set(id, resolve)
  host.send({ id, name, event: JSON.parse(payload) as unknown })
  const { answer, error } = await promise
  return error === undefined
    ? { payload: Buffer.from(JSON.stringify(answer)) }
    : { payload: Buffer.from(JSON.stringify({ errorMessage: error })), functionError: 'Unhandled' }
}

beforeAll(async () => {
  host = Bun.spawn(['node', join(import.meta.dir, 'support/handler-host.mjs')], {
    serialization: 'json',
    stdout: 'ignore',
    stderr: 'ignore',
    ipc: (outcome: Outcome) => {
      waiting.get(outcome.id)?.(outcome)
      waiting.delete(outcome.id)
    },
  })
  house = await startHouse()
  for (const name of frameworks) {
    const { snapshot, stage } = defineHttpApi(name, { routes: { $default: toFunction(name) } })
    const { plan, diagnostics } = compileHttpApi(snapshot, stage)
    expect(diagnostics).toEqual([])
    house.planTable.swap(plan)
  }
  house.functions = new LocalFunctions(
    Object.fromEntries(frameworks.map((name) => [name, (payload: string) => run(name, payload)])),
  )
})

afterAll(async () => {
  await house.stop()
  host.kill()
  await host.exited
})

/** Where an adapter makes something else of format 2.0 than of format 1.0. */
const OWN: Readonly<Record<string, Readonly<Record<string, Partial<Row>>>>> = {
  fastify: { 'cookies both ways': { body: { got: 'x=y;z=1' } } },
}

for (const name of frameworks) {
  describe(name, () => {
    for (const each of rowsOf(name)) {
      const row = { ...each, ...OWN[name]?.[each.what] }
      test(
        row.what,
        async () => {
          const { target } = row.request
          expectAsRow(await house.send(name, { ...row.request, target: `raw:${target}` }), row)
        },
        60_000,
      )
    }
  })
}
