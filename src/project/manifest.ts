import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { LineCounter, parseDocument, type Document } from 'yaml'

/** What a project folder says of itself in `gatehouse.yaml`; a bare OpenAPI document is a project too. */
export interface Manifest {
  /** Tells the project's API from others across restarts. */
  readonly name: string
  readonly folder: string
  /** Files that a change of means deploying anew. */
  readonly files: readonly string[]
  /** Absolute path of the OpenAPI document. */
  readonly openapi: string
  readonly stage: string
  readonly variables: Readonly<Record<string, string>>
  readonly functions: readonly FunctionEntry[]
  readonly processes: readonly ProcessEntry[]
}

export interface FunctionEntry {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  readonly runtime: string
  readonly handler: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly memoryMb: number
}

/** A helper, usually a backend: started with a free port in PORT; `{name}` becomes a stage variable with its address. */
export interface ProcessEntry {
  readonly name: string
  readonly folder: string
  readonly command: readonly string[]
}

/** A project that cannot be used; the message names the file, the place, what was found and what is expected. */
export class ProjectError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProjectError'
  }
}

const MANIFESTS = ['gatehouse.yaml', 'gatehouse.yml', 'gatehouse.json']
const DOCUMENTS = [
  'openapi.yaml',
  'openapi.yml',
  'openapi.json',
  'swagger.yaml',
  'swagger.yml',
  'swagger.json',
]

/**
 * Reads the project at `path`: a folder, or an OpenAPI document.
 * @throws ProjectError
 */
export function readManifest(path: string): Manifest {
  const absolute = resolve(path)
  if (!existsSync(absolute)) throw new ProjectError(`${path}: there is no such file or folder`)
  if (!statSync(absolute).isDirectory()) return bareDocument(absolute)
  const file = MANIFESTS.map((name) => join(absolute, name)).find((name) => existsSync(name))
  if (file !== undefined) return fromFile(file)
  const document = DOCUMENTS.map((name) => join(absolute, name)).find((name) => existsSync(name))
  if (document !== undefined) return bareDocument(document)
  throw new ProjectError(`${path}: found neither ${MANIFESTS[0]} nor ${DOCUMENTS[0]} in this folder`)
}

function bareDocument(file: string): Manifest {
  const folder = dirname(file)
  const name = projectName(basename(folder))
  return {
    name,
    folder,
    files: [file],
    openapi: file,
    stage: 'dev',
    variables: {},
    functions: [],
    processes: [],
  }
}

function fromFile(file: string): Manifest {
  const reader = new ManifestReader(file)
  const folder = dirname(file)
  const root = reader.map([], ['name', 'openapi', 'stage', 'variables', 'functions', 'processes'])
  const openapi = resolve(folder, reader.text(['openapi'], root.openapi, 'openapi.yaml'))
  if (!existsSync(openapi)) reader.fail(['openapi'], `the OpenAPI document ${openapi} does not exist`)
  return {
    name: reader.text(['name'], root.name, projectName(basename(folder))),
    folder,
    files: [file, openapi],
    openapi,
    stage: reader.text(['stage'], root.stage, 'dev'),
    variables: reader.texts(['variables']),
    functions: reader.entries(['functions']).map((name) => functionEntry(reader, folder, name)),
    processes: reader.entries(['processes']).map((name) => processEntry(reader, folder, name)),
  }
}

function functionEntry(reader: ManifestReader, base: string, name: string): FunctionEntry {
  const at = ['functions', name]
  const keys = ['folder', 'runtime', 'handler', 'environment', 'timeout', 'memory']
  const entry = reader.map(at, keys)
  const folder = resolve(base, reader.text([...at, 'folder'], entry.folder, join('functions', name)))
  if (!existsSync(folder)) reader.fail([...at, 'folder'], `the folder ${folder} does not exist`)
  return {
    name,
    folder,
    runtime: reader.text([...at, 'runtime'], entry.runtime),
    handler: reader.text([...at, 'handler'], entry.handler),
    environment: reader.texts([...at, 'environment']),
    timeoutSeconds: reader.number([...at, 'timeout'], entry.timeout, 3),
    memoryMb: reader.number([...at, 'memory'], entry.memory, 128),
  }
}

function processEntry(reader: ManifestReader, base: string, name: string): ProcessEntry {
  const at = ['processes', name]
  const entry = reader.map(at, ['folder', 'command'])
  const { command } = entry
  if (!Array.isArray(command) || command.length === 0 || command.some((word) => typeof word !== 'string')) {
    reader.fail([...at, 'command'], 'expected a list of words, such as [node, server.mjs]')
  }
  if (!/^\w{1,64}$/.test(name)) reader.fail(at, 'expected letters, digits and _: it names a stage variable')
  return {
    name,
    folder: resolve(base, reader.text([...at, 'folder'], entry.folder, '.')),
    command: command as string[],
  }
}

function projectName(text: string): string {
  return text.replace(/[^A-Za-z0-9-]+/g, '-') || 'project'
}

type Path = readonly string[]

/** Reads a YAML or JSON file with errors that say line and column. */
class ManifestReader {
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #document: Document.Parsed

  constructor(file: string) {
    this.#file = file
    this.#document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: this.#lines })
    const [error] = this.#document.errors
    if (error !== undefined) throw new ProjectError(`${file}: ${error.message}`)
  }

  fail(path: Path, expected: string): never {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true)
    const range = (node as { range?: [number, number, number] } | null | undefined)?.range
    const place = range === undefined ? undefined : this.#lines.linePos(range[0])
    const where = place === undefined ? this.#file : `${this.#file}:${place.line}:${place.col}`
    throw new ProjectError(`${where}: ${path.join('.') || 'manifest'}: ${expected}`)
  }

  /** The map at `path`, its keys checked. */
  map(path: Path, keys: readonly string[]): Readonly<Record<string, unknown>> {
    const value = this.#at(path)
    if (value === undefined || value === null) return {}
    if (typeof value !== 'object' || Array.isArray(value))
      this.fail(path, `expected a map of ${keys.join(', ')}`)
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) this.fail([...path, key], `unknown; there are ${keys.join(', ')}`)
    }
    return value as Record<string, unknown>
  }

  entries(path: Path): readonly string[] {
    const value = this.#at(path)
    if (value === undefined || value === null) return []
    if (typeof value !== 'object' || Array.isArray(value)) this.fail(path, 'expected a map by name')
    return Object.keys(value)
  }

  text(path: Path, value: unknown, fallback?: string): string {
    if (value === undefined && fallback !== undefined) return fallback
    if (typeof value === 'string' && value !== '') return value
    return this.fail(value === undefined ? path.slice(0, -1) : path, `expected ${path.at(-1)}, a text`)
  }

  number(path: Path, value: unknown, fallback: number): number {
    if (value === undefined) return fallback
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
    return this.fail(path, `expected a whole number above 0, found ${JSON.stringify(value)}`)
  }

  /** A map of texts; numbers and booleans are taken as written. */
  texts(path: Path): Readonly<Record<string, string>> {
    const value = this.#at(path)
    if (value === undefined || value === null) return {}
    if (typeof value !== 'object' || Array.isArray(value)) this.fail(path, 'expected a map of texts')
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        if (item === null || typeof item === 'object') this.fail([...path, name], 'expected a text')
        return [name, String(item)]
      }),
    )
  }

  #at(path: Path): unknown {
    return path.reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      this.#document.toJS({ maxAliasCount: 100 }),
    )
  }
}
