import { Differential } from '../../conformance/http/support/differential.ts'
import { randomPipeline } from '../../conformance/http/support/random-requests.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// The same requests to the engine as a proxy, to node:http, to nginx where it is installed, and to a strict reader.

let differential: Promise<Differential> | undefined

async function check(text: string): Promise<void> {
  const wrong = await (await (differential ??= Differential.start())).check(text)
  if (wrong !== undefined) throw new Finding(wrong, text)
}

export const target: FuzzTarget = {
  name: 'differential',
  run: (random) => check(randomPipeline(random, { oddness: random.pick([0, 0.04, 0.15]) }, 3)),
  replay: (input) => check(Buffer.from(input).toString('latin1')),
  async stop() {
    await (await differential)?.stop()
    differential = undefined
  },
}
