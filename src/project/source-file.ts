import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { isMap } from './json.ts'
import { ProjectError } from './project-error.ts'

/** Names from the root of a file's value. */
export type SourcePath = readonly string[]

/** A YAML or JSON file that knows where each of its values stands. */
export class SourceFile {
  readonly name: string
  readonly text: string
  readonly value: unknown
  readonly #lines = new LineCounter()
  readonly #document: Document.Parsed

  /** @throws ProjectError with line and column when it is neither YAML nor JSON */
  constructor(name: string) {
    this.name = name
    this.text = readText(name)
    // Pretty errors end in a drawing of the place; ours say it in front, where terminals make it a link.
    this.#document = parseDocument(this.text, { lineCounter: this.#lines, prettyErrors: false })
    const [error] = this.#document.errors
    if (error !== undefined) throw new ProjectError(`${this.#at(error.pos[0])}: ${error.message}`)
    try {
      this.value = this.#document.toJS({ maxAliasCount: 1000 })
    } catch (cause) {
      throw new ProjectError(`${name}: its aliases cannot be followed: ${(cause as Error).message}`, {
        cause,
      })
    }
  }

  /** The value at `path`; undefined when there is none. */
  at(path: SourcePath): unknown {
    return path.reduce<unknown>(
      (value, name) => (isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      this.value,
    )
  }

  /** `file:line:column` of the value at `path`, or of what holds it when it has no place of its own. */
  place(path: SourcePath): string {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true)
    const start = (node as { range?: readonly number[] } | null | undefined)?.range?.[0]
    if (start !== undefined) return this.#at(start)
    return path.length === 0 ? this.name : this.place(path.slice(0, -1))
  }

  #at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset)
    return line === 0 ? this.name : `${this.name}:${line}:${col}`
  }
}

function readText(name: string): string {
  try {
    return readFileSync(name, 'utf8')
  } catch (cause) {
    throw new ProjectError(`${name}: cannot be read (${(cause as { code?: string }).code})`, { cause })
  }
}
