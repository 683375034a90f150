import { AwsError } from '#aws/error.ts'
import type { Diagnostic } from '#base/diagnostic.ts'
import type { Cors } from '#model/http-api.ts'
import { own } from '../../apigateway/find.ts'
import { openapi3 } from '../../openapi/dialect.ts'
import { DocumentReader, type Cursor } from '../../openapi/document-reader.ts'
import { basePathPrefix, type BasePathMode } from '../../openapi/import-options.ts'
import { isRecord, type ParsedDocument } from '../../openapi/parse-document.ts'
import { endpointExtension, readTags } from '../../openapi/read-api-extensions.ts'
import { readTrafficExtension } from '../../openapi/read-traffic-extension.ts'
import { checkCors } from '../cors.ts'
import type { HttpApiDefinition, RouteDefinition } from './http-api-definition.ts'
import { ignoredMembers } from './ignored-members.ts'
import { HttpOperationReader } from './read-http-operation.ts'
import { HttpSecurityReader } from './read-http-security.ts'

/** Members of a path that are routes, and their methods. */
const routeMethods: Readonly<Record<string, string>> = {
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  options: 'OPTIONS',
  head: 'HEAD',
  patch: 'PATCH',
  'x-amazon-apigateway-any-method': 'ANY',
}

/** References make many operations of few bytes: more are not read, whatever the quota of routes is. */
export const routesReadMax = 20_000

export interface ReadHttpApi {
  /** Undefined when nothing could be made of the document. */
  readonly definition: HttpApiDefinition | undefined
  readonly findings: readonly Diagnostic[]
}

/** The HTTP API that a document describes, and everything that is wrong with it. */
export function readHttpApi(document: ParsedDocument, basePath: BasePathMode): ReadHttpApi {
  const reader = new DocumentReader(document)
  const definition = isOpenApi30(reader) ? readApi(reader, basePath) : undefined
  return { definition, findings: reader.findings }
}

/** HTTP APIs have no other (developer guide, "Working with OpenAPI definitions for HTTP APIs"). */
function isOpenApi30(reader: DocumentReader): boolean {
  const { root } = reader
  const version = reader.textMember(root, 'openapi')
  if (version !== undefined && /^3\.0(?:\.\d+)?$/.test(version)) return true
  const swagger = reader.textMember(root, 'swagger')
  const found = version !== undefined ? `OpenAPI ${version}` : swagger && `Swagger ${swagger}`
  reader.error(
    root,
    `HTTP APIs are defined by OpenAPI 3.0: expected "openapi": "3.0.x", found ${found ?? 'none'}`,
  )
  return false
}

function readApi(reader: DocumentReader, basePath: BasePathMode): HttpApiDefinition {
  const { root } = reader
  const info = reader.member(root, 'info')
  const name = info && reader.textMember(info, 'title')
  if (!name?.trim()) {
    reader.error(info ?? root, 'the document has no info.title: it becomes the name of the API')
  }
  const components = reader.member(root, 'components')
  const importInfo = [
    ...ignoredMembers('document', '', root),
    ...(components === undefined ? [] : ignoredMembers('components', 'components', components)),
  ]
  const security = new HttpSecurityReader(reader)
  const endpoint = endpointExtension(reader)
  const prefix = basePathPrefix(openapi3.basePath(reader), basePath)
  return {
    name: name ?? '',
    description: info && reader.textMember(info, 'description'),
    version: info && reader.textMember(info, 'version'),
    corsConfiguration: readCors(reader),
    disableExecuteApiEndpoint: endpoint && reader.booleanMember(endpoint, 'disableExecuteApiEndpoint'),
    ipAddressType: endpoint && reader.choiceMember(endpoint, 'ipAddressType', ['ipv4', 'dualstack'] as const),
    tags: readTags(reader),
    traffic: readTrafficExtension(reader, root),
    authorizers: security.authorizers,
    routes: readRoutes(reader, security, prefix, importInfo),
    importInfo,
  }
}

/** @param importInfo what is ignored on the way is added to it */
function readRoutes(
  reader: DocumentReader,
  security: HttpSecurityReader,
  prefix: string,
  importInfo: string[],
): readonly RouteDefinition[] {
  const paths = reader.member(reader.root, 'paths')
  if (paths === undefined) {
    reader.error(reader.root, 'the document has no paths')
    return []
  }
  const operations = new HttpOperationReader(reader, security)
  const routes: RouteDefinition[] = []
  for (const [path, at] of reader.members(paths)) {
    if (path.startsWith('x-')) continue
    // The wording is AWS's: aws/serverless-application-model 2297. The route is made nevertheless.
    if (!path.startsWith('/')) {
      reader.warn(at, `Parse issue: attribute paths. Resource ${path} should start with /`)
    }
    importInfo.push(...ignoredMembers('path', `paths.${path}`, at))
    const traffic = readTrafficExtension(reader, at)
    for (const [member, operation] of reader.members(at)) {
      const method = own(routeMethods, member)
      if (method === undefined) continue
      if (routes.length === routesReadMax) {
        reader.error(operation, `the document has more than ${routesReadMax} operations`)
        return []
      }
      const { isDefault, ignored, ...route } = operations.read(operation, { path, member })
      const where = `paths.${path}.${member}`
      importInfo.push(...ignored.map((text) => `${where}${text}`))
      const key = `${method} ${path === '/' && prefix !== '' ? prefix : prefix + path}`
      routes.push({
        ...route,
        // Each policy of an operation holds whole, in place of its path's.
        traffic: traffic === undefined ? route.traffic : { ...traffic, ...route.traffic },
        routeKey: isDefault && method === 'ANY' ? '$default' : key,
      })
    }
  }
  return routes
}

function readCors(reader: DocumentReader): Cors | undefined {
  const at = reader.member(reader.root, 'x-amazon-apigateway-cors')
  if (at === undefined) return undefined
  if (!isRecord(at.value)) {
    reader.warn(at, 'CORS Scheme is malformed, ignoring.')
    return undefined
  }
  const before = reader.findings.length
  const list = (name: string): readonly string[] | undefined => reader.textItems(reader.member(at, name))
  const cors: Cors = withoutAbsent({
    allowCredentials: reader.booleanMember(at, 'allowCredentials'),
    allowHeaders: list('allowHeaders'),
    allowMethods: list('allowMethods'),
    allowOrigins: list('allowOrigins'),
    exposeHeaders: list('exposeHeaders'),
    maxAge: reader.integerMember(at, 'maxAge'),
  })
  if (reader.findings.length > before || Object.keys(cors).length === 0) return undefined
  return isGood(reader, at, cors) ? cors : undefined
}

function isGood(reader: DocumentReader, at: Cursor, cors: Cors): boolean {
  try {
    checkCors(cors)
    return true
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    reader.warn(at, `CORS Scheme is malformed, ignoring. ${error.message}`)
    return false
  }
}

function withoutAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}
