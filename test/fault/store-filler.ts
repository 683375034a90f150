import { silentLog } from '#base/log.ts'
import { kind } from '#base/kind.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { StoreUnavailable } from '#store/store.ts'

// Run by store-full.test.ts where files cannot grow past a limit: fills the store until a commit is refused, then
// shows what it still has. Prints one JSON object.

const fillings = kind<string>('filling')
const place = { account: '000000000000', region: 'eu-west-1', parent: '' }
const store = openSqliteStore({ path: process.argv[2] as string, log: silentLog })

let committed = 0
let refusal: unknown
while (refusal === undefined) {
  try {
    await store.transact(async (tx) => {
      tx.write(fillings, { ...place, id: `${committed} first` }, 'x'.repeat(20_000))
      tx.write(fillings, { ...place, id: `${committed} second` }, 'x'.repeat(20_000))
    })
    committed++
  } catch (error) {
    refusal = error
  }
}
const kept = (await store.list(fillings, place)).length
await store.close()
console.log(
  JSON.stringify({
    committed,
    kept,
    typed: refusal instanceof StoreUnavailable,
    message: (refusal as Error).message,
  }),
)
