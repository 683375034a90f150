import { JsonObject, type JsonValue } from './value.ts'

/**
 * An object most of whose members nobody looks at: each is made when it is first asked for, and all of them, in the order of
 * their names, once somebody looks at the object as a whole.
 */
export class LazyObject extends JsonObject {
  /** Undefined: all members are here. */
  #names: readonly string[] | undefined
  readonly #read: (name: string) => JsonValue | undefined

  /**
   * @param names of all members there may be
   * @param read makes one; undefined when there is none of that name
   */
  constructor(names: readonly string[], read: (name: string) => JsonValue | undefined) {
    super()
    this.#names = names
    this.#read = read
  }

  /** A member, where it was asked for or set before; none is made. */
  made(key: JsonValue): JsonValue | undefined {
    return super.get(key)
  }

  override get(key: JsonValue): JsonValue | undefined {
    const known = super.get(key)
    if (known !== undefined || this.#names === undefined || typeof key !== 'string') return known
    const value = this.#read(key)
    if (value !== undefined) super.append(key, value)
    return value
  }

  override has(key: JsonValue): boolean {
    return this.get(key) !== undefined
  }

  override get size(): number {
    this.#makeAll()
    return super.size
  }

  override get keys(): readonly JsonValue[] {
    this.#makeAll()
    return super.keys
  }

  override get values(): readonly JsonValue[] {
    this.#makeAll()
    return super.values
  }

  override delete(key: JsonValue): void {
    this.#makeAll()
    super.delete(key)
  }

  override clear(): void {
    this.#makeAll()
    super.clear()
  }

  #makeAll(): void {
    const names = this.#names
    if (names === undefined) return
    this.#names = undefined
    const keys = [...super.keys]
    const made = new Map(keys.map((key, at) => [key, super.values[at] as JsonValue]))
    super.clear()
    for (const name of names) {
      const value = made.get(name) ?? (made.has(name) ? null : this.#read(name))
      made.delete(name)
      if (value !== undefined) super.append(name, value)
    }
    // What was set beside them came later.
    for (const [key, value] of made) super.append(key, value)
  }
}
