import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The text of a file of the clients' own code, which is written here as all code is and sent along as it is. */
export function sourceOf(file: string): string {
  return readFileSync(join(import.meta.dir, file), 'utf8')
}

/** TypeScript without its types. */
export function withoutTypes(source: string): string {
  return new Bun.Transpiler({ loader: 'ts', target: 'browser' }).transformSync(source)
}

/** A module as a part of a script: nothing is imported, nothing exported. */
export function asScriptPart(module: string): string {
  return module.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, '')
}
