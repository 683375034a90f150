import type { Api, Cors, Route } from '#model/http-api.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import { filled, present, type Written } from '../../openapi/export/written.ts'
import { trafficExtension } from '../../openapi/read-traffic-extension.ts'
import { exportHttpIntegration } from './export-http-integration.ts'
import { exportHttpSecuritySchemes, exportRouteSecurity } from './export-http-security.ts'

export interface HttpExportOptions {
  /** Where the API is reached, without a slash at the end. */
  readonly endpoint: string
  /** What the paths of a stage begin with, without slashes; '' for the stage at the root. */
  readonly basePath: string
  /** Whether API Gateway's extensions are in it: without them it is no API to import. */
  readonly extensions: boolean
}

/** An HTTP API as an OpenAPI 3.0 document, its members in AWS's order. */
export function exportHttpApi(snapshot: RoutedApiSnapshot, options: HttpExportOptions): Written {
  const { api, authorizers } = snapshot
  const { endpoint, basePath, extensions } = options
  return present({
    openapi: '3.0.1',
    info: present({ title: api.name, description: api.description, version: versionOf(api) }),
    servers: [{ url: `${endpoint}/{basePath}`, variables: { basePath: { default: basePath } } }],
    tags: extensions ? exportTags(api) : undefined,
    paths: exportPaths(snapshot, extensions),
    components: filled(present({ securitySchemes: exportHttpSecuritySchemes(authorizers, extensions) })),
    ...(extensions ? exportSettings(api) : {}),
  })
}

function exportTags({ tags }: Api): readonly Written[] | undefined {
  const entries = Object.entries(tags ?? {})
  return entries.length === 0
    ? undefined
    : entries.map(([name, value]) => ({ name, 'x-amazon-apigateway-tag-value': value }))
}

function exportSettings(api: Api): Written {
  const { corsConfiguration, disableExecuteApiEndpoint, ipAddressType, traffic } = api
  return present({
    'x-amazon-apigateway-cors': corsConfiguration && exportCors(corsConfiguration),
    'x-amazon-apigateway-endpoint-configuration': filled(
      present({
        disableExecuteApiEndpoint: disableExecuteApiEndpoint ? true : undefined,
        ipAddressType: ipAddressType === 'ipv4' ? undefined : ipAddressType,
      }),
    ),
    'x-amazon-apigateway-importexport-version': '1.0',
    [trafficExtension]: traffic,
  })
}

function exportCors(cors: Cors): Written {
  const { allowMethods, allowHeaders, exposeHeaders, maxAge, allowCredentials, allowOrigins } = cors
  return present({ allowMethods, allowHeaders, exposeHeaders, maxAge, allowCredentials, allowOrigins })
}

/** An API without a version has the time of its creation (seen in AWS's exports): `2022-02-11 12:44:34UTC`. */
function versionOf({ version, createdDate }: Api): string {
  return version ?? `${new Date(createdDate).toISOString().slice(0, 19).replace('T', ' ')}UTC`
}

function exportPaths(snapshot: RoutedApiSnapshot, extensions: boolean): Written {
  const paths = new Map<string, Record<string, unknown>>()
  for (const route of snapshot.routes.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const { path, member } = placeOf(route)
    const item = paths.get(path) ?? {}
    item[member] = exportRoute(route, snapshot, extensions)
    paths.set(path, item)
  }
  return Object.fromEntries(
    [...paths].map(([path, item]) => [path, present({ ...item, parameters: pathParameters(path) })]),
  )
}

/** By path first, for whoever reads it. */
function keyOf(route: Route): string {
  const { path, member } = placeOf(route)
  return `${path} ${member}`
}

function placeOf({ routeKey }: Route): { readonly path: string; readonly member: string } {
  if (routeKey === '$default') return { path: '/$default', member: 'x-amazon-apigateway-any-method' }
  const [method = '', path = ''] = routeKey.split(' ')
  return { path, member: method === 'ANY' ? 'x-amazon-apigateway-any-method' : method.toLowerCase() }
}

function exportRoute(
  route: Route,
  { authorizers, integrations }: RoutedApiSnapshot,
  extensions: boolean,
): Written {
  const { routeKey, operationName, target, traffic } = route
  const integration = integrations.find(({ integrationId }) => target === `integrations/${integrationId}`)
  return present({
    operationId: operationName,
    responses: { default: { description: `Default response for ${routeKey}` } },
    ...exportRouteSecurity(route, authorizers, extensions),
    isDefaultRoute: routeKey === '$default' ? true : undefined,
    'x-amazon-apigateway-integration':
      extensions && integration !== undefined ? exportHttpIntegration(integration) : undefined,
    [trafficExtension]: extensions ? traffic : undefined,
  })
}

/** As AWS makes them of what a path has in braces, a `+` among it. */
function pathParameters(path: string): readonly Written[] | undefined {
  const names = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name)
  if (names.length === 0) return undefined
  return names.map((name) => ({
    name,
    in: 'path',
    description: `Generated path parameter for ${name}`,
    required: true,
    schema: { type: 'string' },
  }))
}
