// A process of `turns-processes.test.ts`: bun turns-taker.ts FILE INSIDE PROCESS LIMIT ROUNDS
// Takes turns of ever other keys and gives them back, and counts in the file INSIDE who has one: prints how many turns it
// had, and how often more than LIMIT were inside. With 0 rounds it takes one turn of `held`, and keeps it.
import { SharedTurns } from '#store/turns-shared.ts'

const KEYS = 12
const [file = '', insideFile = '', ...numbers] = process.argv.slice(2)
const [number = 0, limit = 0, rounds = 0] = numbers.map(Number)
let full = 0
const turns = new SharedTurns(file, number, () => full++)
const inside = new Int32Array(Bun.mmap(insideFile, { shared: true }).buffer)

if (rounds === 0) {
  turns.take('held', limit)
  console.log('ready')
  await Bun.sleep(60_000)
}

let had = 0
let over = 0
for (let round = 0; round < rounds; round++) {
  const key = (round + (round >> 6) * number) % KEYS
  if (!turns.take(String(key), limit)) continue
  had++
  if (Atomics.add(inside, key, 1) >= limit) over++
  if (round % 64 === 0) Bun.sleepSync(0.01)
  Atomics.sub(inside, key, 1)
  turns.release(String(key))
}
console.log(JSON.stringify({ had, over, full }))
