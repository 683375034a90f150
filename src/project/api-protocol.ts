import { asMap, type Json } from './json.ts'

/** What kind of API a document is deployed as. */
export type ApiProtocol = 'REST' | 'HTTP'

/** Says that API Gateway exported an HTTP API, or its settings: REST APIs have neither (developer guide, "OpenAPI extensions"). */
const ofHttpApis = ['x-amazon-apigateway-importexport-version', 'x-amazon-apigateway-cors']

/** The kind of API that a document is for, by what REST APIs do not have. */
export function protocolOf(root: Json): ApiProtocol {
  if (ofHttpApis.some((name) => Object.hasOwn(root, name))) return 'HTTP'
  const components = asMap(root.components)
  const operations = Object.values(asMap(root.paths)).flatMap((path) => Object.values(asMap(path)))
  const integrations = [
    ...operations.map((operation) => asMap(operation)['x-amazon-apigateway-integration']),
    ...Object.values(asMap(components['x-amazon-apigateway-integrations'])),
  ]
  const schemes = Object.values(asMap(components.securitySchemes))
  const isHttp =
    operations.some((operation) => Object.hasOwn(asMap(operation), 'isDefaultRoute')) ||
    integrations.some((integration) => Object.hasOwn(asMap(integration), 'payloadFormatVersion')) ||
    schemes.some((scheme) =>
      Object.hasOwn(asMap(asMap(scheme)['x-amazon-apigateway-authorizer']), 'jwtConfiguration'),
    )
  return isHttp ? 'HTTP' : 'REST'
}
