import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Random } from '../../support/random.ts'
import { Differential } from './support/differential.ts'
import { randomPipeline } from './support/random-requests.ts'

// The same bytes to the engine as a proxy, to node:http (llhttp), to nginx where it is installed, and to a strict
// reader. Whatever the engine forwards, all of them must see, whole and in order: where one does not, the reason is in
// `support/differential.ts` and in docs/http.md. `npm run fuzz -- differential` goes on from here.

let differential: Differential

beforeAll(async () => {
  differential = await Differential.start()
})

afterAll(() => differential.stop())

/** How odd the parts of requests are, and how many byte strings are made so. */
const mixes = [
  [0, 200],
  [0.03, 500],
  [0.15, 500],
] as const

for (const [oddness, count] of mixes) {
  test(`${count} pipelines, each part odd with probability ${oddness}`, async () => {
    const random = new Random(20_261_121)
    for (let i = 0; i < count; i++) {
      const text = randomPipeline(random, { oddness }, 3)
      const wrong = await differential.check(text)
      if (wrong !== undefined) throw new Error(`${wrong}\nsent ${JSON.stringify(text)}`)
    }
  })
}

test('most requests came through, and were compared', () => {
  const { engine = 0, ...witnesses } = differential.agreed
  expect(engine).toBeGreaterThan(900)
  for (const seen of Object.values(witnesses)) expect(seen).toBeGreaterThan(engine * 0.9)
})
