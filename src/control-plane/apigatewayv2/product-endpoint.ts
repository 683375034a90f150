import { records } from '#model/records.ts'
import type { RestEndpoint } from '#model/portal.ts'
import { badRequest, notFound } from '../apigateway/errors.ts'
import { findRestApi, findStage, own, type Reader } from '../apigateway/find.ts'
import { childKey, type Place } from '../apigateway/keys.ts'
import { exportApi } from '../openapi/export/export-api.ts'
import { openapi30 } from '../openapi/export/export-dialect.ts'
import { exportOptions } from '../openapi/export/export-options.ts'
import { isRecord } from '../openapi/parse-document.ts'

/** A method as its stage serves it, and what is said of it. */
export interface DocumentedEndpoint {
  /** The method's operation in the stage's OpenAPI 3.0 export, without extensions of API Gateway's. */
  readonly operation: Readonly<Record<string, unknown>>
  /** The models that it names, and those that these name. */
  readonly schemas: Readonly<Record<string, unknown>>
  /** Its summary and description; undefined when nothing is said. */
  readonly description: string | undefined
  readonly operationName: string | undefined
  readonly isPrivate: boolean
}

/** A stage as it is exported; portals ask for many of its methods. */
interface ExportedStage {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly schemas: Readonly<Record<string, unknown>>
  readonly isPrivate: boolean
}

/** Reads what stages serve, each once. */
export class EndpointReader {
  readonly #reader: Reader
  readonly #stages = new Map<string, Promise<ExportedStage>>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** @throws NotFoundException when the stage does not serve it */
  async read(place: Place, { restApiId, stage, method, path }: RestEndpoint): Promise<DocumentedEndpoint> {
    const name = `${place.account} ${restApiId} ${stage}`
    const known = this.#stages.get(name) ?? exportStage(this.#reader, place, restApiId, stage)
    this.#stages.set(name, known)
    const { paths, schemas, isPrivate } = await known
    const verb = method === 'ANY' ? 'x-amazon-apigateway-any-method' : method.toLowerCase()
    const operation = own(own(paths, path), verb)
    if (!isRecord(operation)) {
      throw notFound(
        `Invalid REST endpoint specified: stage ${stage} of API ${restApiId} has no ${method} ${path}`,
      )
    }
    const { summary, description, operationId } = operation
    const said = [summary, description].filter((text) => typeof text === 'string' && text !== '')
    return {
      operation,
      schemas: schemasOf(operation, schemas),
      description: said.length === 0 ? undefined : said.join('\n\n'),
      operationName: typeof operationId === 'string' ? operationId : undefined,
      isPrivate,
    }
  }
}

async function exportStage(
  reader: Reader,
  place: Place,
  restApiId: string,
  stageName: string,
): Promise<ExportedStage> {
  await findRestApi(reader, place, restApiId)
  const stage = await findStage(reader, place, restApiId, stageName)
  const snapshot = await reader.read(records.snapshot, childKey(place, restApiId, stage.deploymentId))
  if (snapshot === undefined) throw notFound('Invalid Deployment identifier specified')
  const version = stage.documentationVersion
  const documentation =
    version === undefined
      ? undefined
      : (await reader.read(records.documentationVersion, childKey(place, restApiId, version)))?.value
  const document = exportApi({ snapshot: snapshot.value, stage, documentation }, openapi30, exportOptions({}))
  const { schemas } = document['components'] as { readonly schemas?: ExportedStage['schemas'] }
  return {
    paths: document['paths'] as ExportedStage['paths'],
    schemas: schemas ?? {},
    isPrivate: snapshot.value.api.endpointConfiguration.types.includes('PRIVATE'),
  }
}

/** The schemas that a value names by `$ref`, at any depth, and those that these name. */
function schemasOf(value: unknown, all: ExportedStage['schemas']): ExportedStage['schemas'] {
  const found = new Map<string, unknown>()
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next !== 'object' || next === null) continue
    for (const [member, inner] of Object.entries(next)) {
      const name = member === '$ref' && typeof inner === 'string' ? inner.split('/').at(-1) : undefined
      const schema = name === undefined || found.has(name) ? undefined : own(all, name)
      if (name !== undefined && schema !== undefined) {
        found.set(name, schema)
        waiting.push(schema)
      } else waiting.push(inner)
    }
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** `https://api.example.com/v1` of an address, or of a domain name alone. @throws BadRequestException */
export function checkedAddress(text: string): string {
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (
    url !== undefined &&
    url.username === '' &&
    url.search === '' &&
    url.hash === '' &&
    // It goes into a policy of pages: nothing that ends a part of one.
    /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname) &&
    !/[\s\\]/.test(text)
  ) {
    return text
  }
  throw badRequest(
    `Invalid Overrides.Endpoint specified: ${text}. Expected an address such as https://api.example.com/v1`,
  )
}

/** What `checkedAddress` has let pass, as an address. */
export function addressOf(endpoint: string): string {
  const address = /^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`
  return new URL(address).href.replace(/\/$/, '')
}
