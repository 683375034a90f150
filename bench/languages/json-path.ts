import { compilePath } from '#languages/json-path/compile.ts'
import { parseJson } from '#languages/json/parse.ts'
import type { LanguageCase } from './language-case.ts'

// The document is read once and the path compiled once: a case is one read.

const DOCUMENT = JSON.stringify({
  a: [{ b: 1, c: 'x' }],
  owner: { name: 'Ann', address: { city: 'Oslo', zip: '0150' } },
  items: Array.from({ length: 10 }, (_, at) => ({ id: at, price: at * 1.5, name: `item ${at}` })),
})

const ROWS: readonly (readonly [name: string, path: string])[] = [
  ['path-definite', '$.a[0].b'],
  ['path-nested', '$.owner.address.city'],
  ['path-wildcard', '$.items[*].name'],
  ['path-scan', '$..name'],
  ['path-filter', '$.items[?(@.price > 6)]'],
]

export const jsonPathCases: readonly LanguageCase[] = ROWS.map(([name, path]) => {
  const compiled = compilePath(path)
  const root = parseJson(DOCUMENT)
  return {
    name,
    title: `${path} in a document of ten items`,
    run: () => compiled.read(root),
    peers: [],
    javaPath: { id: name, path, doc: DOCUMENT },
  }
})
