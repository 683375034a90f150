import { MappingError } from './expression.ts'

/** Which message of an HTTP API a mapping changes. */
export type HttpSide = 'request' | 'response'

export type HttpAction = 'append' | 'overwrite' | 'remove'

export type HttpPlace = 'header' | 'querystring' | 'path' | 'statuscode'

/** `append:header.X`, `remove:querystring.q`, `overwrite:path`, `overwrite:statuscode`. */
export interface HttpTarget {
  readonly action: HttpAction
  readonly place: HttpPlace
  /** Empty where the place has no names. */
  readonly name: string
}

interface PlaceRow {
  readonly actions: readonly HttpAction[]
  /** What a name must be; undefined when there is none. */
  readonly name: RegExp | undefined
}

const all: readonly HttpAction[] = ['append', 'overwrite', 'remove']
const header: PlaceRow = { actions: all, name: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/ }

/** Developer guide, "Transforming API requests and responses": supported keys. */
const places: Readonly<Record<HttpSide, Partial<Readonly<Record<HttpPlace, PlaceRow>>>>> = {
  request: {
    header,
    querystring: { actions: all, name: /^\S+$/ },
    path: { actions: ['overwrite'], name: undefined },
  },
  response: {
    header,
    statuscode: { actions: ['overwrite'], name: undefined },
  },
}

/** @throws MappingError, also for a header that cannot be mapped */
export function parseHttpTarget(key: string, side: HttpSide): HttpTarget {
  const [, action, place = '', name = ''] = /^(\w+):(\w+)(?:\.(.*))?$/s.exec(key) ?? []
  const row = Object.hasOwn(places[side], place) ? places[side][place as HttpPlace] : undefined
  const named = name === '' ? !key.endsWith('.') && row?.name === undefined : row?.name?.test(name) === true
  if (row === undefined || !row.actions.includes(action as HttpAction) || !named) {
    throw new MappingError(`invalid mapping key "${key}": expected ${expected(side)}`)
  }
  if (place === 'header' && isReservedHeader(name)) {
    throw new MappingError(
      `operations on header ${name} are restricted: it is reserved`,
      key.length - name.length,
    )
  }
  return { action: action as HttpAction, place: place as HttpPlace, name }
}

function expected(side: HttpSide): string {
  return Object.entries(places[side])
    .map(
      ([place, { actions, name }]) => `${actions.join('|')}:${place}${name === undefined ? '' : '.{name}'}`,
    )
    .join(' or ')
}

/** Developer guide, "Transforming API requests and responses": reserved headers. In lower case. */
const RESERVED: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-location',
  'forwarded',
  'keep-alive',
  'origin',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailers',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'via',
])
const RESERVED_PREFIX = /^(?:access-control-|apigw-|x-amz-|x-amzn-)/

/** Whether no mapping of an HTTP API may touch a header. */
export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase()
  return RESERVED.has(lower) || RESERVED_PREFIX.test(lower)
}
