import { ChunkedDecoder } from '#http/chunked.ts'
import { chunks, damage } from '../../conformance/http/support/random-requests.ts'
import { Random } from '../../support/random.ts'
import { judge } from '../../conformance/http/support/strict-judge.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// The decoder of the chunked coding: the same however it is cut, and what a strict reader makes of it.

type Outcome = readonly [end: number | 'partial' | 'malformed', data: string]

function decode(pieces: readonly string[]): Outcome {
  const decoder = new ChunkedDecoder()
  let data = ''
  let read = 0
  for (const piece of pieces) {
    // The decoder may write over what it is given.
    const used = decoder.decode(Buffer.from(piece, 'latin1'), 0, {
      push: (chunk) => void (data += Buffer.from(chunk).toString('latin1')),
    })
    if (used === -1) return ['malformed', '']
    read += used
    if (decoder.done) return [read, data]
  }
  return ['partial', data]
}

function check(random: Random, text: string): void {
  const whole = decode([text])
  for (const pieces of [text.split(''), random.split(text, 8)]) {
    const cut = decode(pieces)
    if (!Bun.deepEquals(cut, whole)) {
      throw new Finding(
        `${JSON.stringify(cut)} in ${pieces.length} pieces, whole ${JSON.stringify(whole)}`,
        text,
      )
    }
  }
  const [end, data] = whole
  if (end === 'malformed') return
  const used = typeof end === 'number' ? text.slice(0, end) : text
  const { requests, violation } = judge(
    `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${used}`,
  )
  if (violation !== undefined)
    throw new Finding(`a strict reader refuses what was accepted: ${violation}`, text)
  if ((requests.length === 1) !== (end !== 'partial')) throw new Finding('the end is somewhere else', text)
  if (requests[0] !== undefined && requests[0].body !== data) throw new Finding('other data', text)
}

export const target: FuzzTarget = {
  name: 'chunked',
  async run(random) {
    for (let i = 0; i < 20; i++) {
      const oddness = random.pick([0, 0.05, 0.2])
      const text = chunks(random, () => random.chance(oddness), random.text(random.below(60)))
      check(random, random.chance(0.5) ? `${text}GET /` : damage(random, text, random.between(1, 3)))
    }
  },
  async replay(input) {
    check(new Random(input.length), Buffer.from(input).toString('latin1'))
  },
}
