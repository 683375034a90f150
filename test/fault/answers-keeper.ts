// A process of `answers-processes.test.ts`: bun answers-keeper.ts FILE SEED STEPS
// Keeps and looks up answers that say themselves what they are. It ends with 3 when one is not whole, or another's.
// Without STEPS it goes on for ever; with `claim` it claims the first answer, and stays.
import { SharedAnswerTable } from '#store/answer-table.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { identityOf, isWhole, KEYS, textOf } from './answers-kept.ts'

const [file = '', seed, steps] = process.argv.slice(2)
const table = new SharedAnswerTable(file)
const random = randomNumbers(Number(seed))
const nowMs = Date.now()

if (steps === 'claim') {
  const claim = table.claim(identityOf(0), nowMs + 60_000, nowMs)
  console.log(claim?.kind)
  setInterval(() => {}, 1000)
} else {
  console.log('ready')
  keep()
}

function keep(): void {
  let found = 0
  for (let step = 0; steps === undefined || step < Number(steps); step++) {
    const key = Math.floor(random() * KEYS)
    const id = identityOf(key)
    if (random() < 0.3) {
      const keeping = {
        flushes: table.of(id.stage),
        nowMs,
        expiresMs: nowMs + 3_600_000,
        stageBytesMax: Infinity,
      }
      table.put(id, textOf(key, Math.floor(random() * 8)), keeping)
    } else {
      const answer = table.find(id, nowMs)
      if (answer !== undefined && !isWhole(key, answer.bytes)) process.exit(3)
      if (answer !== undefined) found++
    }
    if (step % 5000 === 4999) table.flush(id.stage)
  }
  console.log(found)
}
