import { afterAll, describe, expect, test } from 'bun:test'
import { minimise } from './minimise.ts'
import { corpus, fuzzTargets, playInput, playSeed } from './play.ts'

// Every target: its kept inputs, and a few rounds. `npm run fuzz` plays on.

const ROUNDS = 50

for (const target of await fuzzTargets()) {
  describe(target.name, () => {
    afterAll(() => target.stop?.())

    test(`${ROUNDS} rounds`, async () => {
      for (let seed = 1; seed <= ROUNDS; seed++) await playSeed(target, seed)
    })

    test('kept inputs', async () => {
      for (const [file, input] of await corpus(target)) {
        await playInput(target, input).catch((cause: unknown) => {
          throw new Error(`corpus/${file} fails`, { cause })
        })
      }
    })
  })
}

test('an input is made smaller as long as it fails', async () => {
  const input = Buffer.from('some text with a needle in it')
  const fails = async (candidate: Uint8Array): Promise<boolean> => Buffer.from(candidate).includes('needle')
  expect(Buffer.from(await minimise(input, fails, 1000)).toString()).toBe('needle')
})
