import { RestApiRounds } from '../../property/support/rest-api-rounds.ts'
import type { FuzzTarget } from '../fuzz-target.ts'

// An API of any shape, under requests of any kind: `test/property/support/rest-api-rounds.ts` says what must hold.

const REQUESTS = 20

let rounds: Promise<RestApiRounds> | undefined

export const target: FuzzTarget = {
  name: 'rest-api',
  async run(_random, seed) {
    rounds ??= RestApiRounds.start()
    await (await rounds).play(seed, REQUESTS)
  },
  async stop() {
    await (await rounds)?.stop()
    rounds = undefined
  },
}
