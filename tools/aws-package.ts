/** Reads one `@aws-sdk/client-*` package: its schema tuples, and from its declarations what the tuples lack. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Protocol } from '#aws/table.ts'
import type { ServiceRow } from './generate-aws-tables.ts'
import { readNumberKinds, type NumberKind } from './aws-number-kinds.ts'
import { memberTraits, resolve, traitsOf, type Traits, type Tuple } from './schema-tuple.ts'

export interface Service {
  readonly row: ServiceRow
  readonly protocols: readonly Protocol[]
  readonly signingName: string
  readonly targetPrefix: string
  readonly apiVersion: string
  readonly xmlNamespace: string | undefined
  /** Operations that AWS serves without a signature. */
  readonly unsigned: readonly string[]
  readonly operations: readonly Operation[]
  readonly shapes: ReadonlyMap<string, Shape>
}

export interface Operation {
  readonly name: string
  readonly http: readonly [method: string, uri: string, status: number] | undefined
  readonly input: string | undefined
  readonly output: string | undefined
  readonly errors: readonly string[]
  /** Input or output streams events: not servable by the walker. */
  readonly eventStream: boolean
}

export type Shape =
  | {
      readonly kind: 'structure'
      readonly union: boolean
      readonly members: readonly Member[]
      readonly error?: ErrorTrait
    }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  /** Only lists whose entries have wire names of their own; others are written `T[]`. */
  | { readonly kind: 'list'; readonly of: string; readonly entry: string }

export interface ErrorTrait {
  readonly status: number
  readonly queryCode?: string
}

export interface Member {
  readonly name: string
  /** `string`, `integer`, `RestApi`, `string[]`, `string[]{}` … */
  readonly type: string
  readonly required: boolean
  /** Where it is on the wire: `{ query: 'limit' }`, `{ label: true }`, … */
  readonly traits: Readonly<Record<string, string | true>>
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  AwsRestJsonProtocol: 'restJson1',
  AwsJson1_0Protocol: 'awsJson1_0',
  AwsJson1_1Protocol: 'awsJson1_1',
  AwsQueryProtocol: 'awsQuery',
}
/** Package trait → member trait in our table; the rest says nothing about the wire. */
const WIRE_TRAITS: Readonly<Record<string, string>> = {
  httpLabel: 'label',
  httpPayload: 'payload',
  httpResponseCode: 'status',
  httpQueryParams: 'queryParams',
  httpQuery: 'query',
  httpHeader: 'header',
  httpPrefixHeaders: 'prefixHeaders',
  jsonName: 'json',
  xmlName: 'xml',
  xmlFlattened: 'flat',
}
const SIMPLE: Readonly<Record<number, string>> = {
  0: 'string',
  2: 'boolean',
  4: 'timestamp',
  5: 'date-time',
  6: 'http-date',
  7: 'epoch-seconds',
  15: 'document',
  21: 'blob',
  42: 'blob',
}

export async function readPackage(folder: string, row: ServiceRow): Promise<Service> {
  const schemas: Record<string, unknown> = await import(join(folder, 'dist-es', 'schemas', 'schemas_0.js'))
  const tuples = Object.values(schemas).filter(
    (value): value is Tuple => Array.isArray(value) && typeof value[0] === 'number',
  )
  const enums = await readEnums(folder)
  const declared = await readDeclaredTypes(folder)
  const commands = await readCommands(folder)
  const config = await readFile(join(folder, 'dist-es', 'runtimeConfig.shared.js'), 'utf8')
  const auth = await readFile(join(folder, 'dist-es', 'auth', 'httpAuthSchemeProvider.js'), 'utf8')

  const shapes = new Map<string, Shape>()
  const numbers = new Map([...Object.entries(row.numbers ?? {}), ...readNumberKinds(tuples, commands)])
  const reader = new ShapeReader(shapes, enums, declared, numbers, new Set(row.openEnums ?? []))
  const operations: Operation[] = []
  for (const tuple of byName(tuples.filter((each) => each[0] === 9))) {
    const name = tuple[2]
    const input = reader.structure(tuple[4])
    const output = reader.structure(tuple[5])
    const http = traitsOf(tuple[3])['http'] as Operation['http']
    operations.push({
      name,
      http,
      input,
      output,
      errors: thrownBy(commands.get(name) ?? ''),
      eventStream: [tuple[4], tuple[5]].some((ref) => streamsEvents(ref)),
    })
  }
  for (const tuple of byName(tuples.filter((each) => each[0] === -3 && each[1] !== undefined))) {
    if ('httpError' in traitsOf(tuple[3])) reader.structure(tuple)
  }
  const protocol = PROTOCOLS[matched(config, /protocol: config\?\.protocol \?\? (\w+)/, 'protocol')]
  if (protocol === undefined) throw new Error(`${row.package}: a protocol this generator does not know`)
  return {
    row,
    protocols: [protocol],
    signingName: matched(auth, /signingProperties: \{\s+name: "([\w-]+)"/, 'signing name'),
    targetPrefix: matched(config, /serviceTarget: "(\w+)"/, 'target prefix'),
    apiVersion: matched(config, /apiVersion: "([\d-]+)"/, 'API version'),
    xmlNamespace: /xmlNamespace: "([^"]+)"/.exec(config)?.[1],
    unsigned: [...auth.matchAll(/case "(\w+)":\s*\{\s+options\.push\(createSmithyApiNoAuth/g)].map(
      (m) => m[1] as string,
    ),
    operations,
    shapes: new Map([...shapes].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** Collects the shapes that operations reach. */
class ShapeReader {
  readonly #shapes: Map<string, Shape>
  readonly #enums: ReadonlyMap<string, readonly string[]>
  readonly #declared: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly #numbers: ReadonlyMap<string, NumberKind>
  readonly #open: ReadonlySet<string>

  constructor(
    shapes: Map<string, Shape>,
    enums: ReadonlyMap<string, readonly string[]>,
    declared: ReadonlyMap<string, ReadonlyMap<string, string>>,
    numbers: ReadonlyMap<string, NumberKind>,
    open: ReadonlySet<string>,
  ) {
    this.#shapes = shapes
    this.#enums = enums
    this.#declared = declared
    this.#numbers = numbers
    this.#open = open
  }

  /** Registers a structure; its name, or undefined for the unit shape. */
  structure(ref: unknown): string | undefined {
    const tuple = resolve(ref)
    if (tuple === 'unit') return undefined
    const [kind, , name, traits, memberNames, memberRefs, requiredCount] = tuple as Tuple & unknown[]
    if (this.#shapes.has(name)) return name
    const members: Member[] = []
    const { httpError, awsQueryError } = traitsOf(traits)
    const error =
      typeof httpError === 'number' ? { status: httpError, ...queryCode(awsQueryError) } : undefined
    const shape: Shape = { kind: 'structure', union: kind === 4, members, ...(error && { error }) }
    this.#shapes.set(name, shape)
    const declared = this.#declared.get(name)
    for (const [index, member] of (memberNames as string[]).entries()) {
      const memberRef = (memberRefs as unknown[])[index]
      members.push({
        name: member,
        type: this.#type(memberRef, `${name}.${member}`, declared?.get(member) ?? ''),
        required: index < ((requiredCount as number | undefined) ?? 0),
        traits: wireTraits(memberRef),
      })
    }
    // The tuples put required members first; AWS's messages follow the model, whose order the declarations keep.
    if (declared !== undefined) {
      const order = [...declared.keys()]
      members.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
    }
    return name
  }

  /**
   * @param at `{structure}.{member}`, for numbers, whose kind only the examples tell
   * @param declared the member's TypeScript type, for enums, which tuples write as plain strings
   */
  #type(ref: unknown, at: string, declared: string): string {
    const target = resolve(ref)
    if (typeof target === 'number') return this.#simple(target, at, declared)
    const [kind, , name, traits, ...rest] = target as Tuple & unknown[]
    if (kind === 0) return this.#simple(rest[0] as number, at, declared)
    if (kind === 3 || kind === 4 || kind === -3) return this.structure(target) as string
    if (kind === 1) {
      const entryTraits = wireTraits(rest[0])
      const of = this.#type(rest[0], at, declared.replace(/\[\]$/, ''))
      const { xml } = entryTraits
      if (xml === undefined && !('xmlFlattened' in traitsOf(traits))) return `${of}[]`
      this.#shapes.set(name, { kind: 'list', of, entry: typeof xml === 'string' ? xml : 'member' })
      return name
    }
    if (kind === 2) return `${this.#type(rest[1], at, declared.replace(/^Record<\w+, (.*)>$/, '$1'))}{}`
    throw new Error(`${at}: schema kind ${kind} is not known to this generator`)
  }

  #simple(code: number, at: string, declared: string): string {
    if (code >= 128) return `${this.#simple(code - 128, at, declared.replace(/^Record<\w+, (.*)>$/, '$1'))}{}`
    if (code >= 64) return `${this.#simple(code - 64, at, declared.replace(/\[\]$/, ''))}[]`
    if (code === 1) {
      const kind = this.#numbers.get(at)
      if (kind === undefined) throw new Error(`${at}: no example says whether it is an integer`)
      return kind
    }
    const values = code === 0 && !this.#open.has(declared) ? this.#enums.get(declared) : undefined
    if (values !== undefined) {
      this.#shapes.set(declared, { kind: 'enum', values })
      return declared
    }
    const simple = SIMPLE[code]
    if (simple === undefined) throw new Error(`${at}: schema code ${code} is not known to this generator`)
    return simple
  }
}

function wireTraits(ref: unknown): Record<string, string | true> {
  const own = memberTraits(ref)
  const traits: Record<string, string | true> = {}
  for (const [name, value] of Object.entries(own)) {
    const ours = WIRE_TRAITS[name]
    if (ours !== undefined) traits[ours] = typeof value === 'string' ? value : true
  }
  return traits
}

function queryCode(trait: unknown): { queryCode?: string } {
  return Array.isArray(trait) ? { queryCode: String(trait[0]) } : {}
}

function streamsEvents(ref: unknown): boolean {
  const tuple = resolve(ref)
  if (!Array.isArray(tuple)) return false
  return ((tuple[5] as unknown[] | undefined) ?? []).some((member) => {
    const target = resolve(member)
    return Array.isArray(target) && target[0] === 4 && 'streaming' in traitsOf(target[3] as Traits)
  })
}

function byName(tuples: readonly Tuple[]): Tuple[] {
  return [...tuples].sort((a, b) => (a[2] < b[2] ? -1 : 1))
}

/** Enum name → values. */
async function readEnums(folder: string): Promise<Map<string, readonly string[]>> {
  const enums = new Map<string, readonly string[]>()
  const path = join(folder, 'dist-es', 'models', 'enums.js')
  // A service without enums has no such file.
  if (!existsSync(path)) return enums
  const module: Record<string, unknown> = await import(path)
  for (const [name, values] of Object.entries(module)) {
    enums.set(name, Object.values(values as Record<string, string>))
  }
  return enums
}

/** Interface → member → TypeScript type, in the order of the service's model. */
async function readDeclaredTypes(folder: string): Promise<Map<string, Map<string, string>>> {
  const types = new Map<string, Map<string, string>>()
  const text = await readFile(join(folder, 'dist-types', 'models', 'models_0.d.ts'), 'utf8')
  for (const [, name, body] of text.matchAll(/^export interface (\w+) \{\n(.*?)^\}/gms)) {
    const members = new Map<string, string>()
    for (const [, member, type] of (body as string).matchAll(
      /^ {4}"?([\w-]+)"?\??: (.*?)(?: \| undefined)?;$/gm,
    )) {
      members.set(member as string, type as string)
    }
    types.set(name as string, members)
  }
  return types
}

/** Operation → its command's declaration file. */
async function readCommands(folder: string): Promise<Map<string, string>> {
  const commands = new Map<string, string>()
  const path = join(folder, 'dist-types', 'commands')
  for (const file of await readdir(path)) {
    const name = /^(\w+)Command\.d\.ts$/.exec(file)?.[1]
    if (name !== undefined) commands.set(name, await readFile(join(path, file), 'utf8'))
  }
  return commands
}

function thrownBy(declaration: string): string[] {
  return [...declaration.matchAll(/@throws \{@link (\w+)\} \(/g)].map((match) => match[1] as string)
}

function matched(text: string, pattern: RegExp, what: string): string {
  const found = pattern.exec(text)?.[1]
  if (found === undefined)
    throw new Error(`no ${what} where the packages used to keep it: the layout changed`)
  return found
}
