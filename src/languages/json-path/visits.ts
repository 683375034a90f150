import type { JsonValue } from '#languages/json/value.ts'
import { PathError } from './tree.ts'

/** Thrown where a path leads nowhere; never leaves this folder. */
export class NotFound extends Error {
  constructor() {
    super('no such value')
    this.name = 'NotFound'
  }
}

/** One for all: its stack means nothing. */
export const notFound: NotFound = new NotFound()

/** Values that one read may look at: `$..*..*` would look at every pair. */
export const visitsMax = 1_000_000
/** Arrays and objects inside one another that a scan enters. */
const SCAN_DEPTH_MAX = 1024

/** What one read has seen and found. */
export class Visits {
  readonly root: JsonValue
  found: JsonValue[] = []
  #count = 0
  #depth = 0

  constructor(root: JsonValue) {
    this.root = root
  }

  /** Values looked at so far. */
  get total(): number {
    return this.#count
  }

  count(values: number = 1): void {
    this.#count += values
    if (this.#count > visitsMax) throw new PathError(`the path looks at more than ${visitsMax} values`)
  }

  deeper(value: JsonValue, visit: (value: JsonValue, visits: Visits) => void): void {
    if (++this.#depth > SCAN_DEPTH_MAX)
      throw new PathError(`the document nests more than ${SCAN_DEPTH_MAX} levels`)
    visit(value, this)
    this.#depth--
  }

  /** What `visit` finds from `value`; undefined when it leads nowhere. */
  collect(value: JsonValue, visit: (value: JsonValue, visits: Visits) => void): JsonValue[] | undefined {
    const before = this.found
    const depth = this.#depth
    const found: JsonValue[] = []
    this.found = found
    try {
      visit(value, this)
      return found
    } catch (thrown) {
      if (thrown instanceof NotFound) return undefined
      throw thrown
    } finally {
      this.found = before
      this.#depth = depth
    }
  }
}
