import { JsonArray, type JsonObject } from '#languages/json/value.ts'
import type { VtlValue } from './scope.ts'

/** A Java `ArrayList`: what `[1, 2]` makes. It prints as `[1, 2]` where an array of JSON prints as JSON. */
export class JavaList extends JsonArray {}

/** A Java `String[]`, what `split` gives: it prints as its identity. */
export class JavaArray extends JsonArray {
  readonly className: string
  constructor(items: VtlValue[], className: string = '[Ljava.lang.String;') {
    super(items)
    this.className = className
  }
}

/** The keys, values or entries of a map. Taken when asked for: a later change of the map does not show. */
export class JavaCollection extends JsonArray {
  readonly className: string
  readonly map: JsonObject
  constructor(items: VtlValue[], className: string, map: JsonObject) {
    super(items)
    this.className = className
    this.map = map
  }
}
