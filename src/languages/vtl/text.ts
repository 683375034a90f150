import { printDouble } from '#languages/json/number.ts'
import { printJson } from '#languages/json/print.ts'
import { Double, Foreign, type JsonArray, JsonObject } from '#languages/json/value.ts'
import type { VtlValue } from './scope.ts'
import { JavaArray, JavaCollection, JavaList } from './java-lists.ts'

// A value that a template put into itself would print for ever.
const DEPTH_MAX = 256

/**
 * What Java's `toString` gives: `{a=1}` for maps, `[1, 2]` for lists, JSON for arrays that came from JSON.
 * @throws RangeError when the text is longer than `textMax` UTF-16 units or the value holds itself
 */
export function textOf(value: VtlValue, textMax: number = Infinity): string {
  return typeof value === 'string' ? value : describe(value, textMax, 0)
}

function describe(value: VtlValue, textMax: number, depth: number): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return String(value)
  if (value instanceof Double) return printDouble(value)
  if (value instanceof Foreign) return value.text()
  if (depth > DEPTH_MAX) throw new RangeError(`a value nests more than ${DEPTH_MAX} levels`)
  if (value instanceof JsonObject) return describeMap(value, textMax, depth)
  if (value instanceof JavaArray) return `${value.className}@${identity(value)}`
  if (value instanceof JavaList || value instanceof JavaCollection) return describeList(value, textMax, depth)
  return printJson(value, 'web', textMax)
}

function describeMap(map: JsonObject, textMax: number, depth: number): string {
  const { keys, values } = map
  let text = '{'
  for (let at = 0; at < keys.length; at++) {
    if (at > 0) text += ', '
    const key = keys[at] as VtlValue
    const value = values[at] as VtlValue
    text += key === map ? '(this Map)' : describe(key, textMax, depth + 1)
    text += '='
    text += value === map ? '(this Map)' : describe(value, textMax, depth + 1)
    if (text.length > textMax) throw new RangeError(`a text longer than ${textMax} characters`)
  }
  return `${text}}`
}

function describeList(list: JsonArray, textMax: number, depth: number): string {
  let text = '['
  for (let at = 0; at < list.items.length; at++) {
    if (at > 0) text += ', '
    const item = list.items[at] as VtlValue
    text += item === list ? '(this Collection)' : describe(item, textMax, depth + 1)
    if (text.length > textMax) throw new RangeError(`a text longer than ${textMax} characters`)
  }
  return `${text}]`
}

const identities = new WeakMap<object, string>()
let nextIdentity = 0x1b2c3d

/** Java prints an array as its identity hash; any number that stays the same for the array will do. */
function identity(value: object): string {
  let known = identities.get(value)
  if (known === undefined) {
    nextIdentity = (nextIdentity * 1103515245 + 12345) & 0x7fffffff
    known = nextIdentity.toString(16)
    identities.set(value, known)
  }
  return known
}
