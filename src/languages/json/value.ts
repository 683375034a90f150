/**
 * JSON values as Java sees them, which is what mapping templates show: `1` and `1.0` differ, integers have no
 * upper bound, and members keep the order of the text. Nothing here is a plain JavaScript object, so a reader of
 * a value can never reach a prototype.
 */
export type JsonValue = null | boolean | string | number | bigint | Double | JsonArray | JsonObject | Foreign

/**
 * A Java `Double`, or a `BigDecimal` when the text had more digits than a double holds. A JavaScript `number` among
 * `JsonValue`s is always a safe integer; a wider one is a `bigint`.
 */
export class Double {
  readonly value: number
  /** How a `BigDecimal` prints; undefined for a `Double`. */
  readonly exact: string | undefined
  constructor(value: number, exact?: string) {
    this.value = value
    this.exact = exact
  }
}

/** A value of another language that lives inside a JSON tree because a template put it there. */
export abstract class Foreign {
  /** What printing it gives. */
  abstract text(): string
}

export class JsonArray {
  readonly items: JsonValue[]
  constructor(items: JsonValue[] = []) {
    this.items = items
  }
}

/** Up to this many members, looking through the names is quicker than hashing them. */
const SCANNED_MEMBERS_MAX = 8

/** Members in the order in which they first appeared. Java maps allow any key, so keys are values, not only text. */
export class JsonObject {
  #keys: JsonValue[] = []
  #values: JsonValue[] = []
  #places: Map<JsonValue, number> | undefined

  get size(): number {
    return this.#keys.length
  }

  /** The keys in order; not to be changed. */
  get keys(): readonly JsonValue[] {
    return this.#keys
  }

  /** The values in the order of the keys; not to be changed. */
  get values(): readonly JsonValue[] {
    return this.#values
  }

  has(key: JsonValue): boolean {
    return this.#place(key) >= 0
  }

  get(key: JsonValue): JsonValue | undefined {
    const place = this.#place(key)
    return place < 0 ? undefined : this.#values[place]
  }

  set(key: JsonValue, value: JsonValue): void {
    const place = this.#place(key)
    if (place >= 0) {
      this.#values[place] = value
      return
    }
    this.#keys.push(key)
    this.#values.push(value)
    this.#places?.set(key, this.#keys.length - 1)
  }

  /** Sets a member that is known to be new, without looking for it. */
  append(key: JsonValue, value: JsonValue): void {
    this.#keys.push(key)
    this.#values.push(value)
    this.#places?.set(key, this.#keys.length - 1)
  }

  delete(key: JsonValue): void {
    const place = this.#place(key)
    if (place < 0) return
    this.#keys.splice(place, 1)
    this.#values.splice(place, 1)
    this.#places = undefined
  }

  clear(): void {
    this.#keys = []
    this.#values = []
    this.#places = undefined
  }

  #place(key: JsonValue): number {
    const keys = this.#keys
    // Doubles are objects here but values in Java: 1.5 finds 1.5.
    if (key instanceof Double) {
      return keys.findIndex((other) => other instanceof Double && Object.is(other.value, key.value))
    }
    if (keys.length <= SCANNED_MEMBERS_MAX) {
      for (let place = 0; place < keys.length; place++) if (keys[place] === key) return place
      return -1
    }
    if (this.#places === undefined) {
      this.#places = new Map()
      for (let place = 0; place < keys.length; place++) this.#places.set(keys[place] as JsonValue, place)
    }
    return this.#places.get(key) ?? -1
  }
}
