import type { AwsService } from './call.ts'
import { DEFAULT_OVERLAY, OVERLAYS } from './overlay.ts'
import type { Codec, WireRequest } from './protocols/codec.ts'
import { codecs } from './protocols/index.ts'
import { ServiceTable, type Operation, type ServiceMeta } from './table.ts'
import { tables } from './tables/index.ts'

/** What a request turned out to be for. */
export interface Found {
  readonly service: MountedService
  readonly table: ServiceTable
  readonly codec: Codec
  /** As the request names it, undefined when it names none. */
  readonly name: string | undefined
  /** Undefined: the service has no such operation. */
  readonly operation: Operation | undefined
  readonly labels: ReadonlyMap<string, string>
}

/** A service's handlers with its wire table, which is loaded on the first call: starting must be quick. */
export class MountedService {
  readonly name: string
  readonly meta: ServiceMeta
  readonly handlers: AwsService['handlers']
  readonly streams: AwsService['streams']
  #table: Promise<ServiceTable> | undefined

  /** @throws Error when no table has that name */
  constructor({ table, handlers, streams }: AwsService) {
    const meta = Object.hasOwn(tables, table) ? tables[table] : undefined
    if (meta === undefined) {
      throw new Error(`no wire table '${table}': there are ${Object.keys(tables).join(', ')}`)
    }
    this.name = table
    this.meta = meta
    this.handlers = handlers
    this.streams = streams
  }

  async find(request: WireRequest): Promise<Found> {
    const table = await this.#loaded()
    const { protocols } = this.meta
    const protocol = protocols.find((each) => codecs[each].speaks(request)) ?? protocols[0] ?? 'restJson1'
    const codec = codecs[protocol]
    const identified = codec.identify(request, table)
    return {
      service: this,
      table,
      codec,
      name: identified?.operation,
      operation: identified && table.operation(identified.operation),
      labels: identified?.labels ?? new Map(),
    }
  }

  #loaded(): Promise<ServiceTable> {
    const overlay = OVERLAYS[this.name] ?? DEFAULT_OVERLAY
    this.#table ??= this.meta.load().then((raw) => new ServiceTable(this.name, this.meta, overlay, raw))
    return this.#table
  }
}

/** Stands in where a call fails before its service is known. */
export const NO_SERVICE: ServiceTable = new ServiceTable(
  '',
  {
    protocols: [],
    signingName: '',
    targetPrefix: '',
    apiVersion: '',
    xmlNamespace: undefined,
    unsigned: [],
    load: () => Promise.resolve({}),
  },
  DEFAULT_OVERLAY,
  { operations: {}, shapes: {} },
)
