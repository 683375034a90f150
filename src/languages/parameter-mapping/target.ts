import { MappingError } from './expression.ts'

/** Where a mapping puts its value. */
export interface MappingTarget<Place extends string> {
  readonly place: Place
  readonly name: string
}

export type RequestPlace = 'header' | 'querystring' | 'path'

/** `integration.request.{header|querystring|path}.{name}`. @throws MappingError */
export function parseRequestTarget(key: string): MappingTarget<RequestPlace> {
  return parseTarget(key, 'integration.request', ['header', 'querystring', 'path'])
}

/** `method.response.header.{name}`. @throws MappingError */
export function parseResponseTarget(key: string): MappingTarget<'header'> {
  return parseTarget(key, 'method.response', ['header'])
}

/** `gatewayresponse.header.{name}`. @throws MappingError */
export function parseGatewayResponseTarget(key: string): MappingTarget<'header'> {
  return parseTarget(key, 'gatewayresponse', ['header'])
}

function parseTarget<Place extends string>(
  key: string,
  message: string,
  places: readonly Place[],
): MappingTarget<Place> {
  for (const place of places) {
    const prefix = `${message}.${place}.`
    if (!key.startsWith(prefix)) continue
    const name = key.slice(prefix.length)
    if (/^[a-zA-Z0-9._$-]+$/.test(name)) return { place, name }
  }
  throw new MappingError(
    `invalid mapping parameter ${key}: expected ${places.map((place) => `${message}.${place}.{name}`).join(' or ')}`,
  )
}
