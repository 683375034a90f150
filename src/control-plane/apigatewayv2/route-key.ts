import { PathPatternError } from '#languages/path-patterns/pattern.ts'
import { parseHttpRouteKey } from '#languages/path-patterns/route-key.ts'
import type { Api, Route } from '#model/http-api.ts'
import { badRequest, conflict } from '../apigateway/errors.ts'

/** AWS does not say where keys of WebSocket APIs end. */
const keyCharactersMax = 1024
/** The keys that AWS keeps for itself (developer guide, "Working with routes for WebSocket APIs"). */
const reserved = ['$connect', '$disconnect', '$default']

/** @returns the key. @throws BadRequestException */
export function checkRouteKey({ protocolType }: Api, key: string): string {
  if (key.length > keyCharactersMax) {
    throw badRequest(`Invalid routeKey specified: expected at most ${keyCharactersMax} characters`)
  }
  protocols[protocolType](key)
  return key
}

const protocols: Readonly<Record<Api['protocolType'], (key: string) => void>> = {
  HTTP: (key) => {
    try {
      parseHttpRouteKey(key)
    } catch (error) {
      if (!(error instanceof PathPatternError)) throw error
      throw badRequest(
        `The provided route key is not formatted properly for HTTP protocol: ${error.message}. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"`,
      )
    }
  },
  WEBSOCKET: (key) => {
    if (key.trim() === '' || (key.startsWith('$') && !reserved.includes(key))) {
      throw badRequest(
        `The provided route key is not formatted properly for WEBSOCKET protocol: found ${JSON.stringify(key)}, expected ${reserved.join(', ')} or what the route selection expression gives`,
      )
    }
  },
}

/** Among the other routes of an API. @throws ConflictException */
export function checkUniqueKey({ protocolType }: Api, key: string, others: readonly Route[]): void {
  if (others.some(({ routeKey }) => routeKey === key)) {
    throw conflict(`Route with key ${key} already exists for this API`)
  }
  if (protocolType !== 'HTTP') return
  const shape = routeShape(key)
  const hidden = others.find(({ routeKey }) => routeShape(routeKey) === shape)
  if (hidden !== undefined) {
    // Seen on AWS: plutomi/plutomi#271.
    throw conflict(
      `The provided route key "${key}" has a conflicting variable on the same hierarchical level as "${hidden.routeKey}"`,
    )
  }
}

/** The same for keys whose parameters differ in nothing but their names. */
export function routeShape(key: string): string {
  return key.replaceAll(/\{[^{}]*?(\+?)\}/g, '{$1}')
}
