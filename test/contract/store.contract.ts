import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { kind, type Kind } from '#base/kind.ts'
import { blobBytesMax, keyPartBytesMax, recordBytesMax, rerunsMax } from '#store/limits.ts'
import {
  StoreConflict,
  StoreLimitExceeded,
  StoreUnavailable,
  type Change,
  type Key,
  type ParentKey,
  type Store,
  type Transaction,
  type Versioned,
} from '#store/store.ts'

export interface StoreUnderTest {
  readonly name: string
  /** A new, empty store. */
  readonly open: () => Promise<Store>
  /** Closes the store and opens what it left; undefined for stores that leave nothing. */
  readonly reopen?: ((store: Store) => Promise<Store>) | undefined
}

interface Pet {
  readonly name: string
}

const pets: Kind<Pet> = kind('pet')
const toys: Kind<Pet> = kind('toy')
const home: ParentKey = { account: '000000000000', region: 'eu-west-1', parent: 'home' }
const at = (id: string, parent: ParentKey = home): Key => ({ ...parent, id })
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What every backend of the Store port must do. */
export function storeContract({ name, open, reopen }: StoreUnderTest): void {
  describe(`store contract: ${name}`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const write = (...ids: string[]): Promise<void> =>
      store.transact(async (tx) => {
        for (const id of ids) tx.write(pets, at(id), { name: id })
      })
    const names = async (from: Pick<Store, 'list'> = store): Promise<string[]> =>
      (await from.list(pets, home)).map((each) => each.value.name)

    describe('records', () => {
      test('an unknown record is undefined, an unknown collection empty', async () => {
        expect(await store.read(pets, at('rex'))).toBeUndefined()
        expect(await store.list(pets, home)).toEqual([])
        expect(await store.scan(pets)).toEqual([])
      })

      test('a record comes back with its id, and a version that counts its writes', async () => {
        await write('rex')
        expect(await store.read(pets, at('rex'))).toEqual({ id: 'rex', value: { name: 'rex' }, version: 1 })
        await write('rex')
        expect((await store.read(pets, at('rex')))?.version).toBe(2)
      })

      test('a record deleted and created again starts over', async () => {
        await write('rex')
        await write('rex')
        await store.transact(async (tx) => tx.delete(pets, at('rex')))
        expect(await store.read(pets, at('rex'))).toBeUndefined()
        await write('rex')
        expect((await store.read(pets, at('rex')))?.version).toBe(1)
      })

      const apart: readonly [string, Kind<Pet>, Partial<Key>][] = [
        ['kind', toys, {}],
        ['account', pets, { account: '111111111111' }],
        ['region', pets, { region: 'us-east-1' }],
        ['parent', pets, { parent: 'garden' }],
        ['id', pets, { id: 'Rex' }],
      ]
      for (const [part, otherKind, other] of apart) {
        test(`records of another ${part} are other records`, async () => {
          await write('rex')
          const key = { ...at('rex'), ...other }
          expect(await store.read(otherKind, key)).toBeUndefined()
          await store.transact(async (tx) => {
            tx.write(otherKind, key, { name: 'other' })
          })
          expect((await store.read(pets, at('rex')))?.value.name).toBe('rex')
          await store.transact(async (tx) => tx.delete(otherKind, key))
          expect((await store.read(pets, at('rex')))?.value.name).toBe('rex')
        })
      }

      const values: readonly [string, unknown][] = [
        ['null', null],
        ['an empty object', {}],
        ['nested lists', [[[]], [1, [2]]]],
        ['numbers', [0, -1, 1.5, 1e300, Number.MAX_SAFE_INTEGER]],
        ['any text', ['é', '漢字', '😀', '\u0000', '"\\', '\ud800', '\u2028']],
        ['names of the prototype', JSON.parse('{"__proto__": {"a": 1}, "constructor": "c"}')],
      ]
      for (const [what, value] of values) {
        test(`keeps ${what}`, async () => {
          await store.transact(async (tx) => tx.write(kind('any'), at('a'), value))
          expect((await store.read(kind('any'), at('a')))?.value).toEqual(value)
        })
      }

      test('what is not JSON is refused or dropped as JSON does', async () => {
        const any = kind<unknown>('any')
        expect(await failure(store.transact(async (tx) => tx.write(any, at('a'), undefined)))).toBeInstanceOf(
          TypeError,
        )
        expect(await failure(store.transact(async (tx) => tx.write(any, at('a'), 1n)))).toBeInstanceOf(
          TypeError,
        )
        await store.transact(async (tx) => tx.write(any, at('a'), { kept: 1, dropped: undefined }))
        expect(Object.keys((await store.read(any, at('a')))?.value as object)).toEqual(['kept'])
      })

      test('a value changed after it was written or read changes nothing', async () => {
        const value = { name: 'rex' }
        await store.transact(async (tx) => {
          tx.write(pets, at('rex'), value)
          value.name = 'changed'
          const own = (await tx.read(pets, at('rex')))?.value as { name: string }
          expect(own.name).toBe('rex')
          own.name = 'changed'
        })
        const read = (await store.read(pets, at('rex')))?.value as { name: string }
        expect(read.name).toBe('rex')
        read.name = 'changed'
        expect((await store.read(pets, at('rex')))?.value.name).toBe('rex')
      })
    })

    describe('keys and limits', () => {
      const wrong: readonly [string, Partial<Key>][] = [
        ['empty id', { id: '' }],
        ['NUL', { id: 'a\0b' }],
        ['half a surrogate pair', { id: 'a\ud800' }],
        ['NUL in the parent', { parent: '\0' }],
      ]
      for (const [what, part] of wrong) {
        test(`a key with ${what} finds nothing and cannot be written`, async () => {
          const key = { ...at('a'), ...part }
          await write('a', 'a\ufffd')
          expect(await store.read(pets, key)).toBeUndefined()
          await store.transact(async (tx) => {
            expect(await tx.read(pets, key)).toBeUndefined()
            expect(() => tx.write(pets, key, { name: '' })).toThrow(TypeError)
            expect(() => tx.create(pets, key, { name: '' })).toThrow(TypeError)
            tx.delete(pets, key)
          })
          expect(await names()).toEqual(['a', 'a\ufffd'])
        })
      }

      test('the longest key is kept, a longer one refused', async () => {
        const longest = 'é'.repeat(keyPartBytesMax / 2)
        const longer = `${longest}.`
        await write(longest)
        expect(await names()).toEqual([longest])
        expect(await store.read(pets, at(longer))).toBeUndefined()
        const error = await failure(write(longer))
        expect(error).toBeInstanceOf(StoreLimitExceeded)
        expect(error).toMatchObject({ limit: 'keyPartBytesMax' })
        expect(error.message).toContain(`${keyPartBytesMax + 1} bytes`)
      })

      test('a record that is too large is refused, with its size', async () => {
        const error = await failure(
          store.transact(async (tx) => tx.write(pets, at('rex'), { name: 'x'.repeat(recordBytesMax) })),
        )
        expect(error).toBeInstanceOf(StoreLimitExceeded)
        expect(error).toMatchObject({ limit: 'recordBytesMax' })
        expect(error.message).toContain(`${recordBytesMax + 11} bytes`)
        expect(await names()).toEqual([])
      })
    })

    test('a transaction counts what is there and what it writes', async () => {
      await write('a', 'b')
      const counts = await store.transact(async (tx) => {
        const before = await tx.count(pets, home)
        tx.write(pets, at('b'), { name: '' })
        tx.create(pets, at('c'), { name: '' })
        tx.create(pets, at('d', { ...home, parent: 'garden' }), { name: '' })
        const written = await tx.count(pets, home)
        tx.delete(pets, at('a'))
        tx.delete(pets, at('c'))
        tx.delete(pets, at('nobody'))
        const deleted = await tx.count(pets, home)
        tx.create(pets, at('a'), { name: '' })
        tx.write(pets, at('e'), { name: '' })
        const again = await tx.count(pets, home)
        tx.deleteAll(pets, home)
        return [before, written, deleted, again, await tx.count(pets, home), await tx.count(toys, home)]
      })
      expect(counts).toEqual([2, 3, 1, 3, 0, 0])
      expect(await store.transact((tx) => tx.count(pets, home))).toBe(0)
    })

    describe('lists and scans', () => {
      test('in the order of code points, not of UTF-16', async () => {
        await write('b', '\u{1f600}', 'B', 'a', '\uffee', 'ab', '10', '9')
        expect(await names()).toEqual(['10', '9', 'B', 'a', 'ab', 'b', '\uffee', '\u{1f600}'])
        await store.transact(async (tx) => {
          tx.write(pets, at('\u{10000}'), { name: 'new' })
          expect(await names(tx)).toEqual(['10', '9', 'B', 'a', 'ab', 'b', '\uffee', 'new', '\u{1f600}'])
        })
      })

      const pages: readonly [after: string | undefined, limit: number | undefined, expected: string][] = [
        [undefined, undefined, 'bdfh'],
        [undefined, 2, 'bd'],
        [undefined, 0, ''],
        [undefined, 4, 'bdfh'],
        [undefined, 9, 'bdfh'],
        ['', 1, 'b'],
        ['b', 2, 'df'],
        ['c', 2, 'df'],
        ['a', undefined, 'bdfh'],
        ['h', 2, ''],
        ['z', undefined, ''],
        ['b\ud800', 1, 'd'],
      ]
      for (const [after, limit, expected] of pages) {
        test(`page after ${JSON.stringify(after)}, limit ${limit}`, async () => {
          await write('d', 'h', 'b', 'f')
          const ids = (found: { id: string }[]): string => found.map(({ id }) => id).join('')
          expect(ids(await store.list(pets, home, { after, limit }))).toBe(expected)
          expect(ids(await store.transact((tx) => tx.list(pets, home, { after, limit })))).toBe(expected)
        })
      }

      for (const limit of [-1, 1.5, Number.NaN]) {
        test(`a limit of ${limit} is refused`, async () => {
          expect(await failure(store.list(pets, home, { limit }))).toBeInstanceOf(RangeError)
          const inside = store.transact((tx) => tx.list(pets, home, { limit }))
          expect(await failure(inside)).toBeInstanceOf(RangeError)
        })
      }

      test('pages follow each other over a whole collection', async () => {
        const ids = Array.from({ length: 25 }, (_, i) => `pet-${String(i).padStart(2, '0')}`)
        await write(...ids)
        const found: string[] = []
        for (;;) {
          const page = await store.list(pets, home, { after: found.at(-1), limit: 10 })
          found.push(...page.map((each) => each.id))
          if (page.length < 10) break
        }
        expect(found).toEqual(ids)
      })

      test('a scan has every record of the kind with its key, in key order', async () => {
        const garden = { ...home, parent: 'garden' }
        const other = { ...home, account: '111111111111' }
        await store.transact(async (tx) => {
          for (const parent of [home, other, garden]) {
            for (const id of ['b', 'a']) tx.write(pets, at(id, parent), { name: id })
          }
          tx.write(toys, at('ball'), { name: 'ball' })
        })
        expect(await store.scan(pets)).toEqual(
          [garden, home, other].flatMap((parent) =>
            ['a', 'b'].map((id) => ({ id, value: { name: id }, version: 1, key: at(id, parent) })),
          ),
        )
      })
    })

    describe('a transaction', () => {
      test('answers what its work answers', async () => {
        expect(await store.transact(async () => 42)).toBe(42)
      })

      test('writes all or nothing: an error of its work', async () => {
        await write('old')
        const failing = store.transact(async (tx) => {
          tx.write(pets, at('new'), { name: 'new' })
          tx.delete(pets, at('old'))
          throw new Error('no')
        })
        expect((await failure(failing)).message).toBe('no')
        expect(await names()).toEqual(['old'])
      })

      test('writes all or nothing: a conflict at the end', async () => {
        await write('rex')
        const error = await failure(
          store.transact(async (tx) => {
            tx.write(pets, at('new'), { name: 'new' })
            tx.deleteAll(toys, home)
            tx.create(pets, at('rex'), { name: 'second' })
          }),
        )
        expect(error).toBeInstanceOf(StoreConflict)
        expect(error).toMatchObject({ reason: 'exists' })
        expect(error.message).toContain('pet "rex"')
        expect(await names()).toEqual(['rex'])
      })

      test('shows nothing to others before the commit', async () => {
        await write('old')
        await store.transact(async (tx) => {
          tx.write(pets, at('new'), { name: 'new' })
          tx.delete(pets, at('old'))
          expect(await store.read(pets, at('new'))).toBeUndefined()
          expect(await names()).toEqual(['old'])
          expect((await store.scan(pets)).map((each) => each.id)).toEqual(['old'])
        })
        expect(await names()).toEqual(['new'])
      })

      test('sees its own writes, with the versions that they will have', async () => {
        await write('a', 'b', 'c')
        const seen = await store.transact(async (tx) => {
          tx.write(pets, at('a'), { name: 'A' })
          tx.write(pets, at('a'), { name: 'AA' })
          tx.delete(pets, at('b'))
          tx.write(pets, at('d'), { name: 'D' })
          tx.delete(pets, at('c'))
          tx.create(pets, at('c'), { name: 'C' })
          expect(await tx.read(pets, at('b'))).toBeUndefined()
          expect((await tx.read(pets, at('d')))?.value.name).toBe('D')
          return [await tx.read(pets, at('a')), await tx.list(pets, home)] as const
        })
        expect(seen[0]).toEqual({ id: 'a', value: { name: 'AA' }, version: 3 })
        expect(seen[1].map(({ value, version }) => `${value.name}${version}`)).toEqual(['AA3', 'C1', 'D1'])
        expect(await store.list(pets, home)).toEqual(seen[1])
      })

      test('fills its pages though it has deleted some records', async () => {
        await write('a', 'b', 'c', 'd', 'e')
        await store.transact(async (tx) => {
          tx.delete(pets, at('a'))
          tx.delete(pets, at('c'))
          tx.write(pets, at('ab'), { name: 'ab' })
          expect((await tx.list(pets, home, { limit: 3 })).map(({ id }) => id)).toEqual(['ab', 'b', 'd'])
          expect((await tx.list(pets, home, { after: 'b', limit: 2 })).map(({ id }) => id)).toEqual([
            'd',
            'e',
          ])
        })
      })

      test('deleteAll takes what is there and what was written before it, not what comes after', async () => {
        await write('a', 'b')
        await store.transact(async (tx) => {
          tx.write(toys, at('ball'), { name: 'ball' })
          tx.write(pets, at('c'), { name: 'c' })
          tx.deleteAll(pets, home)
          expect(await names(tx)).toEqual([])
          expect(await tx.read(pets, at('a'))).toBeUndefined()
          tx.create(pets, at('a'), { name: 'again' })
          expect(await tx.list(pets, home)).toEqual([{ id: 'a', value: { name: 'again' }, version: 1 }])
        })
        expect(await store.list(pets, home)).toEqual([{ id: 'a', value: { name: 'again' }, version: 1 }])
        expect((await store.list(toys, home)).length).toBe(1)
      })

      test('deleteAll takes what others have added meanwhile', async () => {
        await store.transact(async (tx) => {
          tx.deleteAll(pets, home)
          await outside(() => write('late'))
        })
        expect(await names()).toEqual([])
      })

      test('create of a record of its own is a conflict too', async () => {
        const twice = store.transact(async (tx) => {
          tx.create(pets, at('a'), { name: '1' })
          tx.create(pets, at('a'), { name: '2' })
        })
        expect(await failure(twice)).toMatchObject({ reason: 'exists' })
      })

      test('is over when its work has ended', async () => {
        let kept: Transaction | undefined
        await store.transact(async (tx) => {
          kept = tx
        })
        const over = kept as Transaction
        expect((await failure(over.read(pets, at('a')))).message).toContain('over')
        expect((await failure(over.list(pets, home))).message).toContain('over')
        expect(() => over.write(pets, at('a'), { name: '' })).toThrow('over')
        expect(() => over.delete(pets, at('a'))).toThrow('over')
        expect(() => over.deleteAll(pets, home)).toThrow('over')
      })

      test('may start what commits later', async () => {
        const { promise: opened, resolve: open } = Promise.withResolvers<void>()
        let later: Promise<void> | undefined
        await store.transact(async () => {
          later = opened.then(() => write('later'))
        })
        open()
        await later
        expect(await names()).toEqual(['later'])
      })

      test('cannot hold another one', async () => {
        const nested = store.transact(() => store.transact(async () => 1))
        expect((await failure(nested)).message).toContain('inside a transaction')
      })
    })

    /** Lets someone else commit while a transaction runs. */
    let outsiders: { work: () => Promise<unknown>; done: () => void }[] = []
    let wake = (): void => {}
    let serving = true
    let server: Promise<void>
    beforeEach(() => {
      outsiders = []
      serving = true
      server = (async () => {
        while (serving) {
          await new Promise<void>((resolve) => (wake = resolve))
          for (const { work, done } of outsiders.splice(0)) await work().then(done)
        }
      })()
    })
    afterEach(async () => {
      serving = false
      wake()
      await server
    })
    function outside(work: () => Promise<unknown>): Promise<void> {
      return new Promise((done) => {
        outsiders.push({ work, done })
        wake()
      })
    }

    describe('transactions that meet', () => {
      /** What a transaction reads, and what another one commits before it does. */
      const meetings: readonly [
        what: string,
        reads: (tx: Transaction) => Promise<unknown>,
        meanwhile: (tx: Transaction) => void,
        runs: number,
      ][] = [
        ['record, written', (tx) => tx.read(pets, at('b')), (tx) => tx.write(pets, at('b'), { name: '' }), 2],
        ['record, deleted', (tx) => tx.read(pets, at('b')), (tx) => tx.delete(pets, at('b')), 2],
        ['record, its parent emptied', (tx) => tx.read(pets, at('b')), (tx) => tx.deleteAll(pets, home), 2],
        [
          'record, made anew with the same version',
          (tx) => tx.read(pets, at('b')),
          (tx) => {
            tx.delete(pets, at('b'))
            tx.write(pets, at('b'), { name: 'new' })
          },
          2,
        ],
        ['absence, ended', (tx) => tx.read(pets, at('c')), (tx) => tx.write(pets, at('c'), { name: '' }), 2],
        [
          'record, another one written',
          (tx) => tx.read(pets, at('b')),
          (tx) => tx.write(pets, at('a'), { name: '' }),
          1,
        ],
        [
          'record, its name in another parent written',
          (tx) => tx.read(pets, at('b')),
          (tx) => tx.write(pets, at('b', { ...home, parent: 'garden' }), { name: '' }),
          1,
        ],
        [
          'count, record added',
          (tx) => tx.count(pets, home),
          (tx) => tx.write(pets, at('c'), { name: '' }),
          1,
        ],
        ['list, record added', (tx) => tx.list(pets, home), (tx) => tx.write(pets, at('c'), { name: '' }), 2],
        [
          'list, record changed',
          (tx) => tx.list(pets, home),
          (tx) => tx.write(pets, at('a'), { name: '' }),
          2,
        ],
        ['list, record deleted', (tx) => tx.list(pets, home), (tx) => tx.delete(pets, at('a')), 2],
        ['list, emptied', (tx) => tx.list(pets, home), (tx) => tx.deleteAll(pets, home), 2],
        [
          'page, record added',
          (tx) => tx.list(pets, home, { limit: 2 }),
          (tx) => tx.write(pets, at('aa'), { name: '' }),
          2,
        ],
        [
          'empty list, record added',
          (tx) => tx.list(toys, home),
          (tx) => tx.write(toys, at('ball'), { name: '' }),
          2,
        ],
        [
          'list, record of another kind added',
          (tx) => tx.list(pets, home),
          (tx) => tx.write(toys, at('c'), { name: '' }),
          1,
        ],
        [
          'list, record of another parent added',
          (tx) => tx.list(pets, home),
          (tx) => tx.write(pets, at('c', { ...home, parent: 'garden' }), { name: '' }),
          1,
        ],
        ['list, nothing deleted', (tx) => tx.list(pets, home), (tx) => tx.delete(pets, at('none')), 1],
        [
          'nothing, its own target written',
          async () => {},
          (tx) => tx.write(pets, at('mine'), { name: 'theirs' }),
          1,
        ],
      ]
      for (const [what, reads, meanwhile, expectedRuns] of meetings) {
        test(`${what}: ${expectedRuns === 1 ? 'no conflict' : 'runs again'}`, async () => {
          await write('a', 'b')
          let runs = 0
          await store.transact(async (tx) => {
            runs++
            await reads(tx)
            tx.write(pets, at('mine'), { name: 'mine' })
            if (runs === 1) await outside(() => store.transact(async (other) => meanwhile(other)))
          })
          expect(runs).toBe(expectedRuns)
          expect((await store.read(pets, at('mine')))?.value.name).toBe('mine')
        })
      }

      test('the second run reads what was committed', async () => {
        await write('rex')
        const versions: unknown[] = []
        await store.transact(async (tx) => {
          const rex = await tx.read(pets, at('rex'))
          versions.push(rex?.version)
          if (versions.length === 1) await outside(() => write('rex'))
          tx.write(pets, at('rex'), { name: 'mine' })
        })
        expect(versions).toEqual([1, 2])
        expect(await store.read(pets, at('rex'))).toEqual({ id: 'rex', value: { name: 'mine' }, version: 3 })
      })

      test('a stale run is cut short before it can see two moments at once', async () => {
        await write('a', 'b')
        const seen: string[] = []
        await store.transact(async (tx) => {
          const first = await tx.read(pets, at('a'))
          if (seen.length === 0) {
            seen.push('first run')
            await outside(() => write('a', 'b'))
          }
          const second = await tx.read(pets, at('b'))
          seen.push(`${first?.version} and ${second?.version}`)
        })
        expect(seen).toEqual(['first run', '2 and 2'])
      })

      test('an error made of a stale view is not the outcome', async () => {
        await write('a')
        let runs = 0
        const outcome = await store.transact(async (tx) => {
          runs++
          await tx.read(pets, at('a'))
          if (runs === 1) await outside(() => write('a'))
          try {
            await tx.list(pets, home)
          } catch {
            throw new Error('made of a stale view')
          }
          return 'done'
        })
        expect(outcome).toBe('done')
      })

      test('reads alone are one moment and never conflict after it', async () => {
        await write('a')
        let runs = 0
        const seen = await store.transact(async (tx) => {
          runs++
          const read = await tx.read(pets, at('a'))
          await outside(() => write('a'))
          return read?.version
        })
        expect([runs, seen]).toEqual([1, 1])
      })

      test('past a bound of runs it is a conflict', async () => {
        await write('rex')
        let runs = 0
        const error = await failure(
          store.transact(async (tx) => {
            runs++
            await tx.read(pets, at('rex'))
            await outside(() => write('rex'))
            tx.write(pets, at('mine'), { name: 'mine' })
          }),
        )
        expect(error).toBeInstanceOf(StoreConflict)
        expect(error).toMatchObject({ reason: 'changed' })
        expect(runs).toBe(rerunsMax + 1)
        expect(await store.read(pets, at('mine'))).toBeUndefined()
      })

      test('two hundred that count the same record lose none', async () => {
        const counter = kind<number>('counter')
        await Promise.all(
          Array.from({ length: 200 }, () =>
            store.transact(async (tx) => {
              const found = await tx.read(counter, at('hits'))
              tx.write(counter, at('hits'), (found?.value ?? 0) + 1)
            }),
          ),
        )
        expect(await store.read(counter, at('hits'))).toEqual({ id: 'hits', value: 200, version: 200 })
      })

      test('a name can be taken once', async () => {
        const outcomes = await Promise.allSettled(
          ['1', '2', '3', '4'].map((each) =>
            store.transact(async (tx) => tx.create(pets, at('rex'), { name: each })),
          ),
        )
        expect(outcomes.filter((each) => each.status === 'fulfilled').length).toBe(1)
        for (const each of outcomes) {
          if (each.status === 'rejected') expect(each.reason).toMatchObject({ reason: 'exists' })
        }
      })

      test('a list keeps a bound that others fill at the same time', async () => {
        await Promise.all(
          Array.from({ length: 30 }, (_, i) =>
            store.transact(async (tx) => {
              if ((await tx.list(pets, home)).length < 5) tx.create(pets, at(`pet-${i}`), { name: `${i}` })
            }),
          ),
        )
        expect((await store.list(pets, home)).length).toBe(5)
      })
    })

    describe('watchers', () => {
      const told: Change[][] = []
      beforeEach(() => {
        told.length = 0
        store.watch((changes) => void told.push([...changes]))
      })
      const change = (operation: Change['operation'], id: string): Change => ({
        kind: 'pet',
        key: at(id),
        operation,
      })

      test('are told of a commit when transact resolves, and never of what was not committed', async () => {
        await write('a', 'b')
        expect(told).toEqual([[change('write', 'a'), change('write', 'b')]])
        await store.transact(async (tx) => tx.write(pets, at('c'), { name: '' }))
        const failing = store.transact(async (tx) => {
          tx.write(pets, at('d'), { name: '' })
          throw new Error('no')
        })
        await failure(failing)
        await store.transact(async (tx) => tx.read(pets, at('a')))
        await store.transact(async (tx) => tx.delete(pets, at('none')))
        expect(told.slice(1)).toEqual([[change('write', 'c')]])
      })

      test('get the last change of each record, in order', async () => {
        await write('old', 'older')
        await store.transact(async (tx) => {
          tx.write(pets, at('a'), { name: '' })
          tx.write(pets, at('b'), { name: '' })
          tx.deleteAll(pets, home)
          tx.write(pets, at('old'), { name: '' })
          tx.write(pets, at('c'), { name: '' })
          tx.delete(pets, at('c'))
        })
        expect(told[1]).toEqual([
          change('delete', 'a'),
          change('delete', 'b'),
          change('delete', 'older'),
          change('write', 'old'),
          change('delete', 'c'),
        ])
      })

      test('see the commit that they are told of', async () => {
        let seen: string[] = []
        store.watch(async () => {
          seen = await names()
        })
        await write('a')
        expect(seen).toEqual(['a'])
      })

      test('run in commit order, one commit at a time, and transact waits for them', async () => {
        const log: string[] = []
        store.watch(async ([first]) => {
          log.push(`${first?.key.id} starts`)
          await Promise.resolve()
          await store.read(pets, at('a'))
          log.push(`${first?.key.id} ends`)
        })
        const ids = ['a', 'b', 'c']
        await Promise.all(ids.map((id) => write(id).then(() => log.push(`${id} resolved`))))
        expect(log.filter((line) => !line.endsWith('resolved'))).toEqual(
          told.flatMap(([first]) => [`${first?.key.id} starts`, `${first?.key.id} ends`]),
        )
        for (const id of ids) expect(log.indexOf(`${id} resolved`)).toBeGreaterThan(log.indexOf(`${id} ends`))
      })

      test('that fail spoil neither the commit nor the others', async () => {
        const after: number[] = []
        store.watch(() => {
          throw new Error('a watcher that throws')
        })
        store.watch(() => Promise.reject(new Error('a watcher that rejects')))
        store.watch((changes) => void after.push(changes.length))
        await write('a', 'b')
        expect(after).toEqual([2])
        expect(await names()).toEqual(['a', 'b'])
      })

      test('that have stopped are not told, those that watch twice are told twice', async () => {
        let count = 0
        const listener = (): void => void count++
        const stops = [store.watch(listener), store.watch(listener)]
        await write('a')
        expect(count).toBe(2)
        stops[0]?.()
        stops[0]?.()
        await write('b')
        expect(count).toBe(3)
        stops[1]?.()
        await write('c')
        expect(count).toBe(3)
      })

      test('that are stopped by one before them are not told any more', async () => {
        let count = 0
        store.watch(() => stop())
        const stop = store.watch(() => void count++)
        await write('a')
        expect(count).toBe(0)
      })

      test('may commit: that is told next', async () => {
        const stop = store.watch(async (changes) => {
          stop()
          if (changes[0]?.key.id === 'a') await write('b')
        })
        await write('a')
        await write('c')
        expect(told.map(([first]) => first?.key.id)).toEqual(['a', 'b', 'c'])
      })

      test('what a watcher has started waits for watchers later on', async () => {
        const { promise: opened, resolve: openGate } = Promise.withResolvers<void>()
        let background: Promise<void> | undefined
        const log: string[] = []
        const stop = store.watch(() => {
          stop()
          background = opened.then(() => write('b')).then(() => void log.push('b resolved'))
        })
        await write('a')
        store.watch(async () => {
          await new Promise<void>((resolve) => setImmediate(resolve))
          log.push('told')
        })
        openGate()
        await background
        expect(log).toEqual(['told', 'b resolved'])
      })
    })

    describe('blobs', () => {
      const bytes = Buffer.from('a function, zipped')
      const id = sha256(bytes)

      test('come back by their SHA-256', async () => {
        expect(await store.readBlob(id)).toBeUndefined()
        await store.transact(async (tx) => tx.writeBlob(id, bytes))
        expect(Buffer.from((await store.readBlob(id)) as Uint8Array).equals(bytes)).toBe(true)
        await store.transact(async (tx) => tx.deleteBlob(id))
        expect(await store.readBlob(id)).toBeUndefined()
      })

      test('may be empty', async () => {
        const none = new Uint8Array()
        await store.transact(async (tx) => tx.writeBlob(sha256(none), none))
        expect((await store.readBlob(sha256(none)))?.byteLength).toBe(0)
      })

      test('commit with the records, or not at all', async () => {
        await write('rex')
        const failing = store.transact(async (tx) => {
          tx.writeBlob(id, bytes)
          tx.create(pets, at('rex'), { name: '' })
        })
        expect(await failure(failing)).toMatchObject({ reason: 'exists' })
        expect(await store.readBlob(id)).toBeUndefined()
      })

      test('stay until as often deleted as written', async () => {
        await store.transact(async (tx) => tx.writeBlob(id, bytes))
        await store.transact(async (tx) => {
          tx.writeBlob(id, bytes)
          tx.deleteBlob(id)
        })
        expect(await store.readBlob(id)).toBeDefined()
        await store.transact(async (tx) => tx.writeBlob(id, bytes))
        await store.transact(async (tx) => tx.deleteBlob(id))
        expect(await store.readBlob(id)).toBeDefined()
        await store.transact(async (tx) => tx.deleteBlob(id))
        expect(await store.readBlob(id)).toBeUndefined()
        await store.transact(async (tx) => tx.deleteBlob(id))
        await store.transact(async (tx) => tx.writeBlob(id, bytes))
        expect(await store.readBlob(id)).toBeDefined()
      })

      for (const wrong of [sha256(Buffer.from('other')), id.toUpperCase(), '']) {
        test(`are not written under ${JSON.stringify(wrong)}`, async () => {
          const writing = store.transact(async (tx) => tx.writeBlob(wrong, bytes))
          expect(await failure(writing)).toBeInstanceOf(TypeError)
          expect(await store.readBlob(wrong)).toBeUndefined()
        })
      }

      test('have a largest size', async () => {
        const error = await failure(
          store.transact(async (tx) => tx.writeBlob(id, new Uint8Array(blobBytesMax + 1))),
        )
        expect(error).toBeInstanceOf(StoreLimitExceeded)
        expect(error).toMatchObject({ limit: 'blobBytesMax' })
      })
    })

    describe('clear and close', () => {
      test('clear forgets all, and watchers get one change', async () => {
        const bytes = Buffer.from('blob')
        await write('a', 'b')
        await store.transact(async (tx) => tx.writeBlob(sha256(bytes), bytes))
        const told: Change[][] = []
        store.watch((changes) => void told.push([...changes]))
        await store.clear()
        expect(await store.scan(pets)).toEqual([])
        expect(await names()).toEqual([])
        expect(await store.readBlob(sha256(bytes))).toBeUndefined()
        expect(told).toEqual([
          [{ kind: '*', key: { account: '', region: '', parent: '', id: '' }, operation: 'clear' }],
        ])
        await write('a')
        expect(await store.read(pets, at('a'))).toEqual({ id: 'a', value: { name: 'a' }, version: 1 })
      })

      test('a transaction that read before a clear runs again', async () => {
        await write('a')
        let runs = 0
        await store.transact(async (tx) => {
          runs++
          const found = await tx.read(pets, at('a'))
          if (runs === 1) await outside(() => store.clear())
          if (found !== undefined) tx.write(pets, at('child'), { name: 'orphan' })
        })
        expect([runs, await names()]).toEqual([2, []])
      })

      test('a closed store says so, and may be closed again', async () => {
        await write('a')
        const running = failure(
          store.transact(async (tx) => {
            tx.write(pets, at('b'), { name: 'b' })
            await outside(() => store.close())
          }),
        )
        expect(await running).toBeInstanceOf(StoreUnavailable)
        await store.close()
        const uses = [
          store.read(pets, at('a')),
          store.list(pets, home),
          store.scan(pets),
          store.readBlob(''),
          write('b'),
          store.clear(),
        ]
        for (const error of await Promise.all(uses.map(failure))) {
          expect(error).toBeInstanceOf(StoreUnavailable)
          expect(error.message).toContain('closed')
        }
      })

      test('close lets watchers finish', async () => {
        const { promise: started, resolve: start } = Promise.withResolvers<void>()
        let finished = false
        store.watch(async () => {
          start()
          await new Promise<void>((resolve) => setImmediate(resolve))
          await store.read(pets, at('a'))
          finished = true
        })
        const written = write('a')
        await started
        await store.close()
        expect(finished).toBe(true)
        await written
      })
    })

    if (reopen !== undefined) {
      test('a store opened again has it all', async () => {
        const bytes = Buffer.from('blob')
        await write('b', 'a', 'b')
        await store.transact(async (tx) => {
          tx.writeBlob(sha256(bytes), bytes)
          tx.delete(pets, at('a'))
          tx.write(toys, at('ball'), { name: 'ball' })
        })
        store = await reopen(store)
        expect(await store.list(pets, home)).toEqual([{ id: 'b', value: { name: 'b' }, version: 2 }])
        expect((await store.scan(toys)).map(({ key }) => key)).toEqual([at('ball')])
        expect(Buffer.from((await store.readBlob(sha256(bytes))) as Uint8Array).equals(bytes)).toBe(true)
        await store.clear()
        store = await reopen(store)
        expect(await store.scan(pets)).toEqual([])
      })
    }

    test('any sequence of transactions leaves what a map would hold', async () => {
      const property = fc.asyncProperty(fc.array(transactions, { maxLength: 12 }), async (all) => {
        await store.clear()
        if (reopen !== undefined && all.length % 7 === 0) store = await reopen(store)
        let model = new Model()
        for (const { operations, fails } of all) {
          const next = model.copy()
          let collides = false
          const running = store.transact(async (tx) => {
            for (const operation of operations) {
              collides = !next.apply(operation) || collides
              applyTo(tx, operation)
              const parent = parents[operation.parent] as ParentKey
              expect(await tx.read(pets, at(operation.id, parent))).toEqual(next.read(operation))
              const { after, limit } = operation
              expect(await tx.list(pets, parent, { after, limit })).toEqual(next.list(operation))
            }
            if (fails) throw new Error('fails')
          })
          const error = await running.then(
            () => undefined,
            (thrown: Error) => thrown,
          )
          if (fails) expect(error?.message).toBe('fails')
          else if (collides) expect(error).toMatchObject({ reason: 'exists' })
          else {
            expect(error).toBeUndefined()
            model = next
          }
          const stored = await store.scan(pets)
          expect(stored.map(({ key, value, version }) => [key.parent, key.id, value.name, version])).toEqual(
            model.rows(),
          )
        }
      })
      await fc.assert(property, { numRuns: 60 })
    })
  })
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: Error) => error,
  )
}

interface Operation {
  readonly name: 'write' | 'create' | 'delete' | 'deleteAll'
  readonly parent: number
  readonly id: string
  readonly value: string
  readonly after: string | undefined
  readonly limit: number | undefined
}

const parents: readonly ParentKey[] = ['', 'p', 'pq'].map((parent) => ({ ...home, parent }))
const ids = fc.constantFrom('a', 'ab', 'b', 'é', '\uffee', '\u{1f600}')
const operations: fc.Arbitrary<Operation> = fc.record({
  name: fc.constantFrom('write', 'write', 'write', 'create', 'delete', 'deleteAll'),
  parent: fc.nat({ max: parents.length - 1 }),
  id: ids,
  value: fc.string({ maxLength: 3 }),
  after: fc.option(ids, { nil: undefined }),
  limit: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
})
const transactions = fc.record({
  operations: fc.array(operations, { minLength: 1, maxLength: 6 }),
  fails: fc.integer({ min: 0, max: 7 }).map((each) => each === 0),
})

function applyTo(tx: Transaction, { name, parent, id, value }: Operation): void {
  const collection = parents[parent] as ParentKey
  if (name === 'deleteAll') tx.deleteAll(pets, collection)
  else if (name === 'delete') tx.delete(pets, at(id, collection))
  else tx[name](pets, at(id, collection), { name: value })
}

/** The store that is easy to believe. */
class Model {
  readonly #parents: Map<string, { name: string; version: number }>[]

  constructor(from: Map<string, { name: string; version: number }>[] = parents.map(() => new Map())) {
    this.#parents = from
  }

  copy(): Model {
    return new Model(this.#parents.map((each) => new Map(each)))
  }

  /** @returns false for a create of what is there */
  apply({ name, parent, id, value }: Operation): boolean {
    const records = this.#parents[parent] as Map<string, { name: string; version: number }>
    const before = records.get(id)
    if (name === 'deleteAll') records.clear()
    else if (name === 'delete') records.delete(id)
    else records.set(id, { name: value, version: (before?.version ?? 0) + 1 })
    return name !== 'create' || before === undefined
  }

  read({ parent, id }: Operation): Versioned<Pet> | undefined {
    return this.#rows(parent).find((each) => each.id === id)
  }

  list({ parent, after, limit }: Operation): Versioned<Pet>[] {
    const rows = this.#rows(parent).filter(
      ({ id }) => after === undefined || Buffer.compare(Buffer.from(id), Buffer.from(after)) > 0,
    )
    return rows.slice(0, limit)
  }

  rows(): (string | number)[][] {
    return parents.flatMap(({ parent }, i) =>
      this.#rows(i).map(({ id, value, version }) => [parent, id, value.name, version]),
    )
  }

  #rows(parent: number): Versioned<Pet>[] {
    return [...(this.#parents[parent] ?? [])]
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([id, { name, version }]) => ({ id, value: { name }, version }))
  }
}
