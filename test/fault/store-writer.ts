import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { place, recordsEach, parts } from './store-writer-records.ts'

// Run by store-kill.test.ts: commits numbered transactions from the last one on, several at a time, and prints the
// number of each when it is acknowledged, until it is killed.

const path = process.argv[2] as string
const store = openSqliteStore({ path, log: silentLog })
let number = Math.max(-1, ...(await store.list(parts, place('0'))).map((each) => Number(each.id)))
process.stdout.write('open\n')

async function commitForever(): Promise<never> {
  for (;;) {
    const mine = ++number
    await store.transact(async (tx) => {
      for (let part = 0; part < recordsEach; part++) {
        tx.create(
          parts,
          { ...place(String(part)), id: String(mine) },
          { mine, filling: 'x'.repeat(mine % 3000) },
        )
      }
    })
    process.stdout.write(`${mine}\n`)
    // Lets the others have their turn.
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

await Promise.all([commitForever(), commitForever(), commitForever()])
