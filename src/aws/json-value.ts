import { AwsError } from './error.ts'
import type { Overlay } from './overlay.ts'
import { formatTimestamp, parseTimestamp, type TimestampFormat } from './timestamp.ts'
import type { Member, Shape, Structure } from './table.ts'

/** How a protocol writes its JSON. */
export interface JsonDialect {
  /** restJson1 has names of its own (`jsonName`); awsJson uses the members'. */
  nameOf(member: Member): string
  readonly overlay: Overlay
}

/** Nothing in AWS's shapes nests this deep: bodies that do are refused before they cost stack. */
const DEPTH_MAX = 64

/**
 * JSON value → the shape's value. Unknown members are ignored and null ones absent, as AWS does.
 * @throws AwsError SerializationException for a wrong type
 */
export function fromJson(shape: Shape, value: unknown, dialect: JsonDialect, depth = 0): unknown {
  if (depth > DEPTH_MAX) throw serialization(`Body nested deeper than ${DEPTH_MAX} levels`)
  const wrong = (): AwsError => wrongType(shape, value, dialect.overlay)
  switch (shape.kind) {
    case 'structure':
      if (!isObject(value)) throw wrong()
      return structureFromJson(shape, value, dialect, depth)
    case 'list':
      if (!Array.isArray(value)) throw wrong()
      return value
        .filter((entry) => entry !== null)
        .map((entry) => fromJson(shape.of, entry, dialect, depth + 1))
    case 'map':
      if (!isObject(value)) throw wrong()
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, entry]) => entry !== null)
          .map(([key, entry]) => [key, fromJson(shape.of, entry, dialect, depth + 1)]),
      )
    case 'string':
      if (typeof value !== 'string') throw wrong()
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong()
      return value
    case 'integer':
    case 'long':
      if (typeof value !== 'number' || !Number.isSafeInteger(Math.trunc(value))) throw wrong()
      return Math.trunc(value)
    case 'float':
    case 'double':
      if (typeof value !== 'number') throw wrong()
      return value
    case 'timestamp':
    case 'date-time':
    case 'http-date':
    case 'epoch-seconds': {
      const time = parseTimestamp(value)
      if (time === undefined) throw wrong()
      return time
    }
    case 'blob': {
      const bytes = typeof value === 'string' ? fromBase64(value) : undefined
      if (bytes === undefined) throw wrong()
      return bytes
    }
    case 'document':
      return value
  }
}

/** Members of `shape` that `keep` holds for: the rest of a restJson1 input is elsewhere in the request. */
export function structureFromJson(
  shape: Structure,
  value: object,
  dialect: JsonDialect,
  depth: number,
  keep: (member: Member) => boolean = () => true,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const member of shape.members) {
    const name = dialect.nameOf(member)
    if (!keep(member) || !Object.hasOwn(value, name)) continue
    const given = (value as Record<string, unknown>)[name]
    if (given === null) continue
    const wanted = hasNullTexts(member, dialect) ? withTexts(given) : given
    result[member.name] = fromJson(member.shape, wanted, dialect, depth + 1)
  }
  return result
}

/** The shape's value → what `JSON.stringify` takes. */
export function toJson(shape: Shape, value: unknown, dialect: JsonDialect): unknown {
  switch (shape.kind) {
    case 'structure':
      return structureToJson(shape, value as object, dialect)
    case 'list':
      return (value as readonly unknown[]).map((entry) => toJson(shape.of, entry, dialect))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object)
          .filter(([, entry]) => entry !== undefined && entry !== null)
          .map(([key, entry]) => [key, toJson(shape.of, entry, dialect)]),
      )
    case 'timestamp':
    case 'date-time':
    case 'http-date':
    case 'epoch-seconds': {
      const format: TimestampFormat = shape.kind === 'timestamp' ? 'epoch-seconds' : shape.kind
      return format === 'epoch-seconds'
        ? epochSeconds(value as number, dialect.overlay)
        : formatTimestamp(shownTime(value as number, dialect.overlay), format)
    }
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    case 'string':
    case 'boolean':
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
    case 'document':
      return value
  }
}

export function structureToJson(
  shape: Structure,
  value: object,
  dialect: JsonDialect,
  keep: (member: Member) => boolean = () => true,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const member of shape.members) {
    const given = (value as Record<string, unknown>)[member.name]
    if (given === undefined || given === null || !keep(member)) continue
    const written = toJson(member.shape, given, dialect)
    result[dialect.nameOf(member)] = hasNullTexts(member, dialect) ? withNulls(written) : written
  }
  return result
}

function hasNullTexts({ name }: Member, { overlay }: JsonDialect): boolean {
  return overlay.nullTexts?.includes(name) ?? false
}

function withTexts(value: unknown): unknown {
  return isObject(value) ? mapEntries(value, (entry) => entry ?? '') : value
}

function withNulls(value: unknown): unknown {
  return isObject(value) ? mapEntries(value, (entry) => (entry === '' ? null : entry)) : value
}

function mapEntries(map: object, change: (entry: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(map).map(([key, entry]) => [key, change(entry)]))
}

/**
 * The body as JSON object; nothing, white space and `null` are `{}`.
 * @throws AwsError
 */
export function parseJsonBody(body: Uint8Array, overlay: Overlay): object {
  const text = Buffer.from(body).toString('utf8')
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AwsError(overlay.malformedCode, `Could not parse request body into json: ${reason}`)
  }
  if (value === null) return {}
  if (!isObject(value)) throw wrongType({ kind: 'map', of: { kind: 'document' } }, value, overlay)
  return value
}

function shownTime(time: number, overlay: Overlay): number {
  return overlay.wholeSeconds === true ? Math.floor(time / 1000) * 1000 : time
}

function epochSeconds(time: number, overlay: Overlay): number {
  return shownTime(time, overlay) / 1000
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fromBase64(text: string): Uint8Array | undefined {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

const JAVA_TYPES: Readonly<Record<Exclude<Shape['kind'], 'structure' | 'list' | 'map'>, string>> = {
  string: 'String',
  boolean: 'Boolean',
  integer: 'Integer',
  long: 'Long',
  float: 'Float',
  double: 'Double',
  timestamp: 'Timestamp',
  'date-time': 'Timestamp',
  'http-date': 'Timestamp',
  'epoch-seconds': 'Timestamp',
  blob: 'Blob',
  document: 'Document',
}

/**
 * The texts are the service framework's. Recorded on API Gateway: `class java.lang.Boolean can not be converted to an
 * String`; on services with the newer framework: `TRUE_VALUE can not be converted to a String`.
 */
function wrongType(shape: Shape, value: unknown, overlay: Overlay): AwsError {
  if (shape.kind === 'structure' || shape.kind === 'list' || shape.kind === 'map') {
    if (isObject(value)) return serialization('Start of structure or map found where not expected.')
    if (Array.isArray(value)) return serialization('Start of list found where not expected')
    return serialization(shape.kind === 'list' ? 'Expected list or null' : 'Expected map or null')
  }
  const type = JAVA_TYPES[shape.kind]
  if (Array.isArray(value)) return serialization(`Unrecognized collection type class java.lang.${type}`)
  if (isObject(value)) return serialization('Start of structure or map found where not expected.')
  return serialization(
    overlay.typeMessages === 'class'
      ? `class ${javaClass(value)} can not be converted to an ${type}`
      : `${token(value)} can not be converted to a ${type}`,
  )
}

function javaClass(value: unknown): string {
  if (typeof value === 'boolean') return 'java.lang.Boolean'
  return typeof value === 'number'
    ? 'com.amazon.coral.value.json.numbers.TruncatingBigNumber'
    : 'java.lang.String'
}

function token(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE'
  if (typeof value !== 'number') return 'STRING_VALUE'
  return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE'
}

export function serialization(message: string): AwsError {
  return new AwsError('SerializationException', message)
}
