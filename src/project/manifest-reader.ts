import { isMap } from './json.ts'
import { ProjectError } from './project-error.ts'
import { SourceFile, type SourcePath } from './source-file.ts'

/** Reads a manifest's members with errors that say where, what was found and what is expected. */
export class ManifestReader {
  readonly #source: SourceFile

  /** @throws ProjectError */
  constructor(file: string) {
    this.#source = new SourceFile(file)
  }

  fail(path: SourcePath, problem: string): never {
    throw new ProjectError(`${this.#source.place(path)}: ${path.join('.') || 'manifest'}: ${problem}`)
  }

  /** Checks that there is a map, or nothing, and that its names are among `names`. */
  map(path: SourcePath, names: readonly string[]): void {
    const unknown = this.names(path).find((name) => !names.includes(name))
    if (unknown !== undefined) {
      this.fail([...path, unknown], `there is no such setting; there are ${names.join(', ')}`)
    }
  }

  /** The names of the map at `path`; none when it is left out. */
  names(path: SourcePath): readonly string[] {
    return Object.keys(this.#map(path))
  }

  text(path: SourcePath, fallback?: string): string {
    const value = this.#source.at(path)
    if (value === undefined && fallback !== undefined) return fallback
    if (typeof value === 'string' && value !== '') return value
    return this.fail(path, `expected a text, found ${found(value)}`)
  }

  number(path: SourcePath, fallback: number): number {
    const value = this.#source.at(path)
    if (value === undefined) return fallback
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
    return this.fail(path, `expected a whole number above 0, found ${found(value)}`)
  }

  words(path: SourcePath, example: string): readonly string[] {
    const value = this.#source.at(path)
    if (Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string'))
      return value
    return this.fail(path, `expected a list of words such as ${example}, found ${found(value)}`)
  }

  /** A map of texts; numbers and booleans are taken as written. */
  texts(path: SourcePath): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.#map(path)).map(([name, value]) => {
        if (typeof value === 'string') return [name, value]
        if (typeof value === 'number' || typeof value === 'boolean') return [name, String(value)]
        return this.fail([...path, name], `expected a text, found ${found(value)}`)
      }),
    )
  }

  #map(path: SourcePath): Readonly<Record<string, unknown>> {
    const value = this.#source.at(path)
    if (value === undefined || value === null) return {}
    return isMap(value) ? value : this.fail(path, `expected a map, found ${found(value)}`)
  }
}

function found(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
