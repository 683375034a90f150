import type { Constraint, Overlay } from './overlay.ts'

export type Protocol = 'restJson1' | 'awsJson1_0' | 'awsJson1_1' | 'awsQuery'

/** What must be known of a service before its table is loaded: a row of `tables/index.ts`. */
export interface ServiceMeta {
  readonly protocols: readonly Protocol[]
  /** The service of the credential scope; several tables may share one. */
  readonly signingName: string
  /** `X-Amz-Target: {targetPrefix}.{Operation}` */
  readonly targetPrefix: string
  readonly apiVersion: string
  readonly xmlNamespace: string | undefined
  /** Operations that AWS serves without a signature. */
  readonly unsigned: readonly string[]
  /** The parsed `<table>.json`. */
  readonly load: () => Promise<unknown>
}

export interface Operation {
  readonly name: string
  /** Undefined on RPC protocols, where every call is `POST /`. */
  readonly http: HttpBinding | undefined
  /** Undefined: no input members. */
  readonly input: Structure | undefined
  readonly output: Structure | undefined
  /** Error codes that the service's model lists. */
  readonly errors: readonly string[]
  readonly eventStream: boolean
}

export interface HttpBinding {
  readonly method: string
  /** `/restapis/{restApiId}/resources/{parentId}`, with a static query where there is one: `/restapis?mode=import`. */
  readonly uri: string
  readonly status: number
}

export type Shape = Structure | List | MapOf | Text | Simple

export interface Structure {
  readonly kind: 'structure'
  readonly name: string
  readonly union: boolean
  /** In the order of the service's model. */
  readonly members: readonly Member[]
  /** Set on error shapes. */
  readonly error: { readonly status: number; readonly queryCode?: string | undefined } | undefined
}

export interface List {
  readonly kind: 'list'
  readonly of: Shape
  /** Wire name of an entry in XML and query. */
  readonly entry: string
}

export interface MapOf {
  readonly kind: 'map'
  readonly of: Shape
}

export interface Text {
  readonly kind: 'string'
  /** Allowed values, in the order that the service prints them. */
  readonly values: readonly string[] | undefined
}

export interface Simple {
  readonly kind:
    | 'boolean'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'timestamp'
    | 'date-time'
    | 'http-date'
    | 'epoch-seconds'
    | 'blob'
    | 'document'
}

export type Place =
  | 'body'
  | 'label'
  | 'query'
  | 'queryParams'
  | 'header'
  | 'prefixHeaders'
  | 'payload'
  | 'status'

export interface Member {
  readonly name: string
  readonly shape: Shape
  readonly required: boolean
  readonly place: Place
  /** Its name there: the query parameter, the header, the JSON name; the member's own name where none is set. */
  readonly wire: string
  /** Name in XML and query bodies. */
  readonly xml: string
  /** A list without a wrapping element. */
  readonly flat: boolean
  readonly constraint: Constraint | undefined
}

interface RawTable {
  readonly operations: Readonly<Record<string, RawOperation>>
  readonly shapes: Readonly<Record<string, RawShape>>
}

interface RawOperation {
  readonly http?: readonly [method: string, uri: string, status: number]
  readonly input?: string
  readonly output?: string
  readonly errors?: readonly string[]
  readonly eventStream?: boolean
}

interface RawShape {
  readonly enum?: readonly string[]
  readonly list?: string
  readonly entry?: string
  readonly members?: Readonly<Record<string, string | RawMember>>
  readonly required?: readonly string[]
  readonly union?: boolean
  readonly error?: { readonly status: number; readonly queryCode?: string }
}

type RawMember = { readonly type: string } & { readonly [trait: string]: string | true }

const NAMED_PLACES = ['query', 'header', 'prefixHeaders'] as const
const BARE_PLACES = ['label', 'queryParams', 'payload', 'status'] as const

/** A service's wire, read lazily: an operation's shapes are resolved when the operation is first called. */
export class ServiceTable {
  readonly name: string
  readonly meta: ServiceMeta
  readonly overlay: Overlay
  readonly #raw: RawTable
  readonly #operations = new Map<string, Operation>()
  readonly #shapes = new Map<string, Shape>()

  /** @param raw the parsed `<table>.json` */
  constructor(name: string, meta: ServiceMeta, overlay: Overlay, raw: unknown) {
    this.name = name
    this.meta = meta
    this.overlay = overlay
    this.#raw = raw as RawTable
  }

  /** Operation name → its HTTP binding, for the router. */
  *bindings(): IterableIterator<[operation: string, binding: HttpBinding]> {
    for (const [name, raw] of Object.entries(this.#raw.operations)) {
      if (raw.http !== undefined) yield [name, bindingOf(raw.http)]
    }
  }

  operation(name: string): Operation | undefined {
    const known = this.#operations.get(name)
    if (known !== undefined) return known
    const raw = Object.hasOwn(this.#raw.operations, name) ? this.#raw.operations[name] : undefined
    if (raw === undefined) return undefined
    const operation: Operation = {
      name,
      http: raw.http && bindingOf(raw.http),
      input: this.#structure(raw.input),
      output: this.#structure(raw.output),
      errors: raw.errors ?? [],
      eventStream: raw.eventStream ?? false,
    }
    this.#operations.set(name, operation)
    return operation
  }

  /** The shape of an error code, or undefined for one that the table does not know. */
  error(code: string): Structure | undefined {
    const raw = Object.hasOwn(this.#raw.shapes, code) ? this.#raw.shapes[code] : undefined
    return raw?.error === undefined ? undefined : this.#structure(code)
  }

  /** @param type `string`, `RestApi`, `string[]`, `string[]{}` … as the table writes types */
  shape(type: string): Shape {
    let shape = this.#shapes.get(type)
    if (shape === undefined) {
      shape = this.#read(type)
      this.#shapes.set(type, shape)
    }
    return shape
  }

  #structure(name: string | undefined): Structure | undefined {
    return name === undefined ? undefined : (this.shape(name) as Structure)
  }

  #read(type: string): Shape {
    if (type.endsWith('[]')) return { kind: 'list', of: this.shape(type.slice(0, -2)), entry: 'member' }
    if (type.endsWith('{}')) return { kind: 'map', of: this.shape(type.slice(0, -2)) }
    const raw = this.#raw.shapes[type]
    if (raw === undefined) {
      return type === 'string' ? { kind: 'string', values: undefined } : { kind: type as Simple['kind'] }
    }
    if (raw.enum !== undefined) return { kind: 'string', values: this.overlay.enumOrder?.[type] ?? raw.enum }
    if (raw.list !== undefined)
      return { kind: 'list', of: this.shape(raw.list), entry: raw.entry ?? 'member' }
    const required = new Set(raw.required)
    // oxlint-disable-next-line typescript/no-this-alias -- the getter below outlives this call
    const table = this
    let members: readonly Member[] | undefined
    return {
      kind: 'structure',
      name: type,
      union: raw.union ?? false,
      error: raw.error,
      // A getter, because structures hold themselves.
      get members(): readonly Member[] {
        members ??= Object.entries(raw.members ?? {}).map(([name, each]) =>
          table.#member(type, name, typeof each === 'string' ? { type: each } : each, required.has(name)),
        )
        return members
      },
    }
  }

  #member(structure: string, name: string, raw: RawMember, required: boolean): Member {
    const { constraints } = this.overlay
    const text = (trait: string | true | undefined): string => (typeof trait === 'string' ? trait : name)
    const place = [...NAMED_PLACES, ...BARE_PLACES].find((each) => raw[each] !== undefined) ?? 'body'
    return {
      name,
      shape: this.shape(raw.type),
      required,
      place,
      wire: text(place === 'body' ? raw['json'] : raw[place]),
      xml: text(raw['xml']),
      flat: raw['flat'] === true,
      constraint: constraints?.[`${structure}.${name}`] ?? constraints?.[name],
    }
  }
}

function bindingOf([method, uri, status]: readonly [string, string, number]): HttpBinding {
  return { method, uri, status }
}
