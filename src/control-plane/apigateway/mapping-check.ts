import {
  MappingError,
  parseMapping,
  type MappingExpression,
} from '#languages/parameter-mapping/expression.ts'
import {
  parseGatewayResponseTarget,
  parseRequestTarget,
  parseResponseTarget,
} from '#languages/parameter-mapping/target.ts'
import type { Method } from '#model/rest-api.ts'
import { badRequest } from './errors.ts'
import { own } from './find.ts'

type Mappings = Readonly<Record<string, string>> | undefined

/** Where the request side may read what the method must have declared, and how a declaration names it. */
const declaredAs: Partial<Readonly<Record<MappingExpression['kind'], string>>> = {
  path: 'path',
  querystring: 'querystring',
  multivaluequerystring: 'querystring',
  header: 'header',
  multivalueheader: 'header',
}

/**
 * Integration request parameters: targets and expressions that can be read, sources that the method declares.
 * @throws BadRequestException
 */
export function checkRequestMappings(mappings: Mappings, method: Method): void {
  for (const [target, text] of Object.entries(mappings ?? {})) {
    readOr(() => parseRequestTarget(target), `Invalid mapping expression parameter specified: ${target}`)
    const expression = readOr(
      () => parseMapping(text, 'method.request'),
      `Invalid mapping expression specified: ${text}`,
    )
    const place = declaredAs[expression.kind]
    if (place === undefined || !('name' in expression)) continue
    if (own(method.requestParameters, `method.request.${place}.${expression.name}`) === undefined) {
      throw invalidMapping(`Invalid mapping expression parameter specified: ${text}`)
    }
  }
}

/**
 * Integration response parameters: targets that the method response of `statusCode` declares.
 * @throws BadRequestException
 */
export function checkResponseMappings(mappings: Mappings, method: Method, statusCode: string): void {
  const declared = own(method.methodResponses, statusCode)?.responseParameters
  for (const [target, text] of Object.entries(mappings ?? {})) {
    const unknown = `Invalid mapping expression parameter specified: ${target}`
    readOr(() => parseResponseTarget(target), unknown)
    if (own(declared, target) === undefined) throw invalidMapping(unknown)
    readOr(() => parseMapping(text, 'integration.response'), `Invalid mapping expression specified: ${text}`)
  }
}

/** Gateway response parameters: headers that are set from the request. @throws BadRequestException */
export function checkGatewayResponseMappings(mappings: Mappings): void {
  for (const [target, text] of Object.entries(mappings ?? {})) {
    readOr(
      () => parseGatewayResponseTarget(target),
      `Invalid mapping expression parameter specified: ${target}`,
    )
    const expression = readOr(
      () => parseMapping(text, 'method.request'),
      `Invalid mapping expression specified: ${text}`,
    )
    if (expression.kind === 'body') throw invalidMapping(`Invalid mapping expression specified: ${text}`)
  }
}

/** Keys of template and model maps. @throws BadRequestException */
export function checkContentTypes(map: Readonly<Record<string, unknown>> | undefined): void {
  for (const type of Object.keys(map ?? {})) {
    // `$default` stands for whatever type has no template of its own.
    if (type === '$default' || /^[^\s/]+\/[^\s/]+(?:\s*;.*)?$/.test(type)) continue
    throw badRequest(`Validation Result: warnings : [], errors : [Invalid content type specified: ${type}]`)
  }
}

const REQUEST_PARAMETER = /^method\.request\.(?:header|path|querystring)\.[a-zA-Z0-9._$-]+$/
const RESPONSE_PARAMETER = /^method\.response\.header\.[a-zA-Z0-9._$-]+$/

/** A method's own declarations. @throws BadRequestException */
export function checkRequestDeclarations(parameters: Readonly<Record<string, boolean>> | undefined): void {
  const names = new Set<string>()
  for (const key of Object.keys(parameters ?? {})) {
    if (!REQUEST_PARAMETER.test(key)) {
      throw invalidMapping(`Invalid mapping expression specified: ${key}`)
    }
    const name = key.slice('method.request.'.length).replace(/^\w+\./, '')
    if (names.has(name)) {
      throw badRequest('Parameter names must be unique across querystring, header and path')
    }
    names.add(name)
  }
}

/** @throws BadRequestException */
export function checkResponseDeclarations(parameters: Readonly<Record<string, boolean>> | undefined): void {
  for (const key of Object.keys(parameters ?? {})) {
    if (!RESPONSE_PARAMETER.test(key)) {
      throw invalidMapping(`Invalid mapping expression specified: ${key}`)
    }
  }
}

function readOr<T>(read: () => T, message: string): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof MappingError) throw invalidMapping(message)
    throw error
  }
}

function invalidMapping(message: string) {
  return badRequest(
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${message}]`,
  )
}
