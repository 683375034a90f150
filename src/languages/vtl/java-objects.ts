import { JsonObject } from '#languages/json/value.ts'
import { HostObject, methodTable, type MethodTable, type VtlValue } from './scope.ts'
import { textOf } from './text.ts'

const entryMethods = methodTable<Entry>({
  'getKey/0': (entry) => entry.key,
  'getValue/0': (entry) => entry.value,
  'setValue/1': (entry, [value = null]) => {
    const before = entry.value
    entry.map.set(entry.key, value)
    return before
  },
})

/** A member of a map, as `entrySet` gives it. */
export class Entry extends HostObject {
  readonly map: JsonObject
  readonly key: VtlValue
  constructor(map: JsonObject, key: VtlValue) {
    super('', entryMethods)
    this.map = map
    this.key = key
  }
  get value(): VtlValue {
    return this.map.get(this.key) ?? null
  }
  override text(): string {
    return `${textOf(this.key)}=${textOf(this.value)}`
  }
}

const iteratorMethods = methodTable<JavaIterator>({
  'hasNext/0': (iterator) => iterator.place < iterator.items.length,
  'next/0': (iterator) => {
    const item = iterator.items[iterator.place++]
    if (item === undefined) throw new Error('no further item')
    return item
  },
})

export class JavaIterator extends HostObject {
  readonly items: readonly VtlValue[]
  readonly className: string
  place = 0
  constructor(items: readonly VtlValue[], className: string) {
    super(`${className}@1b2c3d4`, iteratorMethods)
    this.items = items
    this.className = className
  }
}

const charMethods = methodTable<JavaChar>({
  'toString/0': (char) => char.text(),
  'charValue/0': (char) => char,
  'hashCode/0': (char) => char.text().charCodeAt(0),
  'equals/1': (char, [other]) => other instanceof JavaChar && other.text() === char.text(),
  'compareTo/1': (char, [other]) => {
    if (!(other instanceof JavaChar)) throw new Error('the argument is of another class')
    return char.text().charCodeAt(0) - other.text().charCodeAt(0)
  },
  'isDigit/1': charTest(/^\p{Nd}$/u),
  'isLetter/1': charTest(/^\p{L}$/u),
  'isLetterOrDigit/1': charTest(/^[\p{L}\p{Nd}]$/u),
  'isUpperCase/1': charTest(/^\p{Lu}$/u),
  'isLowerCase/1': charTest(/^\p{Ll}$/u),
  'isWhitespace/1': charTest(/^\s$/),
})

/** The static tests of `Character`, which a template reaches through any character. */
function charTest(pattern: RegExp) {
  return (_: JavaChar, [char]: readonly VtlValue[]): boolean | undefined =>
    char instanceof JavaChar
      ? pattern.test(char.text())
      : typeof char === 'number'
        ? char >= 0 && char <= 0x10ffff && pattern.test(String.fromCodePoint(char))
        : undefined
}

/** A Java `char`, which has none of a string's methods. */
export class JavaChar extends HostObject {
  constructor(char: string) {
    super(char, charMethods)
  }
}

const classMethods = methodTable<JavaClass>({
  // Velocity's secure introspector lets templates have this and nothing else of a class.
  'getName/0': (self) => self.className,
})

/** What `$value.class` gives: a name to print. */
export class JavaClass extends HostObject {
  readonly className: string
  /** The value whose class it is. */
  readonly instance: VtlValue
  constructor(className: string, instance: VtlValue) {
    super(`class ${className}`, classMethods)
    this.className = className
    this.instance = instance
  }
}

const loopMethods = methodTable<LoopScope>({
  'getIndex/0': (loop) => loop.index,
  'getCount/0': (loop) => loop.index + 1,
  'hasNext/0': (loop) => loop.hasNext,
  'getHasNext/0': (loop) => loop.hasNext,
  'isFirst/0': (loop) => loop.index < 1,
  'getFirst/0': (loop) => loop.index < 1,
  'isLast/0': (loop) => !loop.hasNext,
  'getLast/0': (loop) => !loop.hasNext,
  'getParent/0': (loop) => loop.parent,
  'getTopmost/0': (loop) => loop.topmost,
  'getReplaced/0': (loop) => loop.replaced,
})

/** `$foreach` inside a loop; templates may keep values of their own in it. */
export class LoopScope extends JsonObject {
  static readonly methods: MethodTable = loopMethods
  index = -1
  hasNext = false
  readonly parent: LoopScope | null
  /** What `$foreach` was before the outermost loop. */
  readonly replaced: VtlValue

  constructor(previous: VtlValue) {
    super()
    this.parent = previous instanceof LoopScope ? previous : null
    this.replaced = previous instanceof LoopScope ? previous.replaced : previous
  }

  get topmost(): LoopScope {
    return this.parent?.topmost ?? this
  }

  override get(key: VtlValue): VtlValue | undefined {
    return super.get(key) ?? (super.has(key) ? undefined : this.parent?.get(key))
  }
}
