import { compilePath, type CompiledPath } from '#languages/json-path/compile.ts'
import { PathError, pathDialects, type PathDialect } from '#languages/json-path/tree.ts'
import { parseJson } from '#languages/json/parse.ts'
import { printJson } from '#languages/json/print.ts'
import { JsonArray } from '#languages/json/value.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// JSONPaths: their own error and no other, an array or nothing from a path that may find many, the document untouched.

const DOCUMENT = `{"a":[{"b":1,"c":"x"},{"b":2.5,"c":["x","y"]},{"d":null},[1,[2,[3]]],"text"],
  "b":{"c":{"a":[true,false,null]},"d":"10"},"n":[3,1,2],"s":"","e":[],"o":{}}`

const PIECES = [
  '$ @ . .. [ ] * , : ( ) ? ! == != < > <= >= === =~ && || /x/ /X.*/i in nin subsetof anyof noneof all contains size',
  "empty true false null 0 1 2 -1 -2 9 1.5 a b c d n s e o 'a' 'b' \"a\" [1,2] ['x'] {} .a .b .c [0] [-1] [*] .* ..a",
  "[?(@.b)] [?(@.b>1)] [?(@.c=='x')] [1:] [:-1] [0,1] ['a','b'] .length() .max() .keys() .sum(1) \\ ' \" [(@.length-1)]",
].flatMap((line) => line.split(' '))

const STEPS = PIECES.filter((piece) => /^[.[]./.test(piece))

function randomPath(random: Random): string {
  const pieces = random.chance(0.6) ? STEPS : [...PIECES, ' ']
  return `$${random.times(random.between(1, 10), () => random.pick(pieces)).join('')}`
}

function check(text: string): void {
  for (const dialect of pathDialects) {
    const path = compiled(text, dialect)
    const document = parseJson(DOCUMENT)
    const before = printJson(document)
    const found = path === undefined ? undefined : read(path, document)
    if (path?.definite === false && found !== undefined && !(found instanceof JsonArray)) {
      // A function makes one value of many.
      if (!text.includes('('))
        throw new Finding(`${dialect} finds ${printJson(found)}, which is no array`, Buffer.from(text))
    }
    if (printJson(document) !== before) throw new Finding('the document was changed', Buffer.from(text))
  }
}

function compiled(text: string, dialect: PathDialect): CompiledPath | undefined {
  return orUndefined(() => compilePath(text, dialect))
}

function read(path: CompiledPath, document: ReturnType<typeof parseJson>): ReturnType<CompiledPath['read']> {
  return orUndefined(() => path.read(document))
}

function orUndefined<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof PathError) return undefined
    throw error
  }
}

export const target: FuzzTarget = {
  name: 'json-path',
  async run(random) {
    for (let i = 0; i < 100; i++) check(randomPath(random))
  },
  async replay(input) {
    check(Buffer.from(input).toString())
  },
}
