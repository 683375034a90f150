import { afterAll, beforeAll, test } from 'bun:test'
import { RestApiRounds } from './support/rest-api-rounds.ts'

// A few random APIs under random requests; `npm run fuzz -- rest-api` goes on.

// The long run: GATEHOUSE_PROPERTY_APIS=50 GATEHOUSE_PROPERTY_REQUESTS=10000.
const APIS = Number(process.env['GATEHOUSE_PROPERTY_APIS'] ?? 20)
const REQUESTS = Number(process.env['GATEHOUSE_PROPERTY_REQUESTS'] ?? 50)

let rounds: RestApiRounds

beforeAll(async () => {
  rounds = await RestApiRounds.start()
})
afterAll(() => rounds.stop())

test(`${APIS} APIs of any shape answer ${REQUESTS} requests each, and nothing comes of data but data`, async () => {
  for (let seed = 1; seed <= APIS; seed++) await rounds.play(seed, REQUESTS)
}, 3_600_000)
