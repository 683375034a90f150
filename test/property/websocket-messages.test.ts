import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileWebSocketApi } from '#compiler/compile-websocket-api.ts'
import { FrameClient } from '../conformance/websocket/support/client.ts'
import { defineWebSocketApi, mocked, STAGE, toFunction } from '../conformance/websocket/support/definition.ts'
import { LocalFunctions } from '../conformance/rest/support/functions.ts'
import { hostOf, startHouse, type House } from '../conformance/rest/support/house.ts'

// Whatever a client sends: each message is answered once, in its order, as it was sent.

const API = 'anything'
let house: House
beforeAll(async () => {
  house = await startHouse()
  house.functions = new LocalFunctions({
    // Some answer at once, others later.
    echo: async (payload) => {
      const { body } = JSON.parse(payload) as { body: string }
      for (let turns = body.length % 3; turns > 0; turns--)
        await new Promise((resolve) => setImmediate(resolve))
      return { payload: Buffer.from(JSON.stringify({ statusCode: 200, body })) }
    },
  })
  const { snapshot, stage } = defineWebSocketApi(API, {
    routes: { $default: { ...toFunction('echo'), twoWay: true }, mock: mocked('mocked') },
  })
  house.planTable.swap(compileWebSocketApi(snapshot, stage).plan)
})
afterAll(() => house.stop())

/** Texts, JSON of any shape, and what is routed elsewhere. */
const message = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.json({ maxDepth: 4 }),
  fc.constant('{"action":"mock"}'),
  fc.record({ action: fc.anything({ maxDepth: 2 }) }).map((value) => JSON.stringify(value)),
)

/** A lone surrogate is no text. */
const isText = (text: string): boolean => text.isWellFormed()

test('every message is answered, in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message.filter(isText), { minLength: 1, maxLength: 20 }), async (messages) => {
      const client = await FrameClient.open(house.port, `/${STAGE}`, { Host: hostOf(API) })
      await client.send(...messages.map((text) => `text ${text}`))
      const answers: string[] = []
      for (const _ of messages) answers.push(await client.next())
      client.finish('RST')
      expect(answers).toEqual(messages.map((text) => `text ${isMock(text) ? 'mocked' : text}`))
    }),
    { numRuns: 60 },
  )
})

function isMock(text: string): boolean {
  try {
    const value = JSON.parse(text) as { action?: unknown } | null
    return typeof value === 'object' && value?.action === 'mock'
  } catch {
    return false
  }
}
