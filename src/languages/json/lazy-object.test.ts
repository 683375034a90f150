import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { LazyObject } from './lazy-object.ts'
import { printJson } from './print.ts'
import { JsonObject, type JsonValue } from './value.ts'

const NAMES = ['a', 'b', 'c', 'none', 'nothing']
const VALUES: Readonly<Record<string, JsonValue>> = { a: 1, b: 'two', c: true, nothing: null }

function newLazy(asked: string[] = []): LazyObject {
  return new LazyObject(NAMES, (name) => {
    asked.push(name)
    return Object.hasOwn(VALUES, name) ? VALUES[name] : undefined
  })
}

test('only what is asked for is made, and once', () => {
  const asked: string[] = []
  const object = newLazy(asked)
  expect([object.get('b'), object.get('b'), object.made('b'), object.made('a')]).toEqual([
    'two',
    'two',
    'two',
    undefined,
  ])
  expect(asked).toEqual(['b'])
})

test('as a whole it has all members in the order of their names, and what was set behind them', () => {
  const object = newLazy()
  object.set('z', 9)
  object.set('c', 'mine')
  object.get('b')
  expect(printJson(object)).toBe('{"a":1,"b":"two","c":"mine","nothing":null,"z":9}')
})

type Deed = readonly [verb: 'get' | 'has' | 'set' | 'delete' | 'size' | 'clear', key: string]

test('it is an object like any other, whatever is done with it', () => {
  const key = fc.constantFrom(...NAMES, 'other', '__proto__')
  const deed: fc.Arbitrary<Deed> = fc.tuple(
    fc.constantFrom('get', 'get', 'has', 'set', 'delete', 'size', 'clear'),
    key,
  )
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 12 }), (deeds) => {
      const lazy = newLazy()
      const plain = new JsonObject()
      for (const [name, value] of Object.entries(VALUES)) plain.append(name, value)
      for (const [verb, name] of deeds) expect(done(lazy, verb, name)).toEqual(done(plain, verb, name))
      // Members set before anything looked at the whole come behind those that were there: the order apart, both are one.
      const members = (object: JsonObject) => new Map(object.keys.map((name) => [name, object.get(name)]))
      expect(members(lazy)).toEqual(members(plain))
    }),
  )
})

function done(object: JsonObject, verb: Deed[0], key: string): unknown {
  if (verb === 'size') return object.size
  if (verb === 'set') return object.set(key, 'set')
  if (verb === 'clear') return object.clear()
  return object[verb](key)
}
