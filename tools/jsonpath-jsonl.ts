/**
 * Reads JSONPaths line by line, so that another engine's answers can be laid beside ours:
 *
 *     node bin/bun.mjs tools/jsonpath-jsonl.ts [--dialect aws|2.0] < cases.jsonl > answers.jsonl
 *
 * A case is `{ id, path, doc }`, `doc` being JSON text. An answer is `{ id, found: true, value }`, `{ id, found: false }`
 * (nothing there, or null) or `{ id, error }`. `2.0`, the default, answers as Jayway 2.0 does, `aws` as templates are
 * read. A document of a scalar is an error: there is nothing that a path could lead into. An error that is not the
 * path's or the document's (a defect of the engine) ends the run.
 */
import { compilePath } from '#languages/json-path/compile.ts'
import { PathError } from '#languages/json-path/tree.ts'
import { JsonError, parseJson } from '#languages/json/parse.ts'
import { printJson } from '#languages/json/print.ts'
import { JsonArray, JsonObject } from '#languages/json/value.ts'
import { pathDialectOption } from './path-dialect.ts'

interface Case {
  readonly id: string
  readonly path: string
  readonly doc: string
}

const dialect = pathDialectOption()

function answer({ id, path, doc }: Case): string {
  const head = `{"id":${JSON.stringify(id)}`
  try {
    const root = parseJson(doc)
    if (!(root instanceof JsonArray || root instanceof JsonObject))
      return `${head},"error":"scalar document"}`
    const value = compilePath(path, dialect).read(root) ?? null
    return value === null ? `${head},"found":false}` : `${head},"found":true,"value":${printJson(value)}}`
  } catch (error) {
    if (!(error instanceof PathError || error instanceof JsonError)) throw error
    return `${head},"error":${JSON.stringify(`${error.name}: ${error.message}`)}}`
  }
}

for (const line of (await Bun.stdin.text()).split('\n')) {
  if (line.trim() !== '') console.log(answer(JSON.parse(line) as Case))
}
