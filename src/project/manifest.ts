import { existsSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { ApiProtocol } from './api-protocol.ts'
import { ManifestReader } from './manifest-reader.ts'
import { ProjectError } from './project-error.ts'

/** What a project folder says of itself in `gatehouse.yaml`; a bare OpenAPI document is a project too. */
export interface Manifest {
  /** Tells the project's API from others across restarts. */
  readonly name: string
  /** Files that mean deploying anew when they change. */
  readonly files: readonly string[]
  /** Absolute path of the OpenAPI document. */
  readonly openapi: string
  /** The kind of API that it is deployed as; undefined: as the document says. */
  readonly protocol: ApiProtocol | undefined
  /** Undefined: that of the kind of API. */
  readonly stage: string | undefined
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
  /** Absolute. */
  readonly folder: string
  readonly command: readonly string[]
}

const MANIFESTS = ['gatehouse.yaml', 'gatehouse.yml', 'gatehouse.json']
const DOCUMENTS = ['openapi', 'swagger'].flatMap((stem) =>
  ['.yaml', '.yml', '.json'].map((extension) => stem + extension),
)
/** Lambda's own. */
const TIMEOUT_SECONDS = 3
const MEMORY_MB = 128

/**
 * Reads the project at `path`: a folder, or an OpenAPI document.
 * @throws ProjectError
 */
export function readManifest(path: string): Manifest {
  const absolute = resolve(path)
  if (!existsSync(absolute)) throw new ProjectError(`${path}: there is no such file or folder`)
  if (!statSync(absolute).isDirectory()) {
    return MANIFESTS.includes(basename(absolute)) ? fromFile(absolute) : bareDocument(absolute)
  }
  const [manifest, document] = [MANIFESTS, DOCUMENTS].map((names) =>
    names.map((name) => join(absolute, name)).find((file) => existsSync(file)),
  )
  if (manifest !== undefined) return fromFile(manifest)
  if (document !== undefined) return bareDocument(document)
  throw new ProjectError(`${path}: found neither ${MANIFESTS[0]} nor ${DOCUMENTS[0]} in this folder`)
}

function bareDocument(file: string): Manifest {
  const folder = basename(dirname(file))
  const name = basename(file)
  return {
    // Several documents of one folder are several APIs.
    name: projectName(DOCUMENTS.includes(name) ? folder : `${folder}-${basename(name, extname(name))}`),
    files: [file],
    openapi: file,
    protocol: undefined,
    stage: undefined,
    variables: {},
    functions: [],
    processes: [],
  }
}

function fromFile(file: string): Manifest {
  const reader = new ManifestReader(file)
  const folder = dirname(file)
  reader.map([], ['name', 'openapi', 'type', 'stage', 'variables', 'functions', 'processes'])
  const openapi = resolve(folder, reader.text(['openapi'], defaultDocument(folder)))
  if (!existsSync(openapi)) reader.fail(['openapi'], `expected an OpenAPI document, ${openapi} is not there`)
  return {
    name: reader.text(['name'], projectName(basename(folder))),
    files: [file, openapi],
    openapi,
    protocol: protocolOf(reader),
    stage: reader.text(['stage'], '') || undefined,
    variables: reader.texts(['variables']),
    functions: reader.names(['functions']).map((name) => functionEntry(reader, folder, name)),
    processes: reader.names(['processes']).map((name) => processEntry(reader, folder, name)),
  }
}

const PROTOCOLS: Readonly<Record<string, ApiProtocol>> = { rest: 'REST', http: 'HTTP' }

function protocolOf(reader: ManifestReader): ApiProtocol | undefined {
  const type = reader.text(['type'], '')
  if (type === '') return undefined
  const found = Object.hasOwn(PROTOCOLS, type) ? PROTOCOLS[type] : undefined
  return found ?? reader.fail(['type'], `expected ${Object.keys(PROTOCOLS).join(' or ')}, found ${type}`)
}

function functionEntry(reader: ManifestReader, base: string, name: string): FunctionEntry {
  const at = ['functions', name]
  reader.map(at, ['folder', 'runtime', 'handler', 'environment', 'timeout', 'memory'])
  return {
    name,
    folder: folderAt(reader, base, [...at, 'folder'], join('functions', name)),
    runtime: reader.text([...at, 'runtime']),
    handler: reader.text([...at, 'handler']),
    environment: reader.texts([...at, 'environment']),
    timeoutSeconds: reader.number([...at, 'timeout'], TIMEOUT_SECONDS),
    memoryMb: reader.number([...at, 'memory'], MEMORY_MB),
  }
}

function processEntry(reader: ManifestReader, base: string, name: string): ProcessEntry {
  const at = ['processes', name]
  reader.map(at, ['folder', 'command'])
  if (!/^\w{1,64}$/.test(name)) reader.fail(at, 'expected letters, digits and _: it names a stage variable')
  return {
    name,
    folder: folderAt(reader, base, [...at, 'folder'], '.'),
    command: reader.words([...at, 'command'], '[node, server.mjs]'),
  }
}

function folderAt(reader: ManifestReader, base: string, path: readonly string[], fallback: string): string {
  const folder = resolve(base, reader.text(path, fallback))
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    reader.fail(path, `expected a folder, ${folder} is none`)
  }
  return folder
}

function defaultDocument(folder: string): string {
  return DOCUMENTS.find((name) => existsSync(join(folder, name))) ?? (DOCUMENTS[0] as string)
}

function projectName(text: string): string {
  return text.replace(/[^A-Za-z0-9-]+/g, '-') || 'project'
}
