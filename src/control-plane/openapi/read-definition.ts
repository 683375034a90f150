import type { Diagnostic } from '#base/diagnostic.ts'
import { gatewayResponseDefaults } from '#model/gateway-response.ts'
import type { GatewayResponse } from '#model/rest-api.ts'
import { securityPolicies } from '#model/security-policy.ts'
import { own } from '../apigateway/find.ts'
import type { ApiDefinition, MethodDefinition, PathDefinition } from './definition.ts'
import { dialectOf, type Dialect } from './dialect.ts'
import { DocumentReader, type Cursor } from './document-reader.ts'
import { basePathPrefix, type BasePathMode } from './import-options.ts'
import type { ParsedDocument } from './parse-document.ts'
import { readDocumentation } from './read-documentation.ts'
import { ModelReader } from './read-models.ts'
import { readOperation, type OperationContext } from './read-operation.ts'
import { readTrafficExtension } from './read-traffic-extension.ts'
import { SecurityReader } from './read-security.ts'
import { endpointExtension, readTags } from './read-api-extensions.ts'

/** Members of a path that are operations, and the methods they are. */
const operationMethods: Readonly<Record<string, string>> = {
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  options: 'OPTIONS',
  head: 'HEAD',
  patch: 'PATCH',
  'x-amazon-apigateway-any-method': 'ANY',
}

export interface ReadDefinition {
  /** Undefined when nothing could be made of the document. */
  readonly definition: ApiDefinition | undefined
  readonly findings: readonly Diagnostic[]
}

/** The API that a document describes, and everything that is wrong with it. */
export function readDefinition(document: ParsedDocument, basePath: BasePathMode): ReadDefinition {
  const reader = new DocumentReader(document)
  const dialect = dialectOf(reader)
  const definition = dialect && readApi(reader, dialect, basePath)
  return { definition, findings: reader.findings }
}

function readApi(reader: DocumentReader, dialect: Dialect, basePath: BasePathMode): ApiDefinition {
  const { root } = reader
  const info = reader.member(root, 'info')
  const name = info && reader.textMember(info, 'title')
  if (!name?.trim())
    reader.error(info ?? root, 'the document has no info.title: it becomes the name of the API')
  const models = new ModelReader(reader, dialect)
  const security = new SecurityReader(reader, dialect)
  const paths = readPaths(
    { reader, dialect, models, security },
    basePathPrefix(dialect.basePath(reader), basePath),
  )
  const endpoint = endpointExtension(reader)
  const policy = reader.member(root, 'x-amazon-apigateway-policy')
  return {
    name: name ?? '',
    description: info && reader.textMember(info, 'description'),
    version: info && reader.textMember(info, 'version'),
    binaryMediaTypes: reader.textItems(reader.member(root, 'x-amazon-apigateway-binary-media-types')),
    minimumCompressionSize: reader.integerMember(root, 'x-amazon-apigateway-minimum-compression-size'),
    apiKeySource: reader.choiceMember(root, 'x-amazon-apigateway-api-key-source', [
      'HEADER',
      'AUTHORIZER',
    ] as const),
    policy: policy && JSON.stringify(policy.value),
    securityPolicy: reader.choiceMember(root, 'x-amazon-apigateway-security-policy', securityPolicies),
    endpointAccessMode: reader.choiceMember(root, 'x-amazon-apigateway-endpoint-access-mode', [
      'BASIC',
      'STRICT',
    ] as const),
    endpointConfiguration:
      endpoint === undefined
        ? {}
        : {
            vpcEndpointIds: reader.textItems(reader.member(endpoint, 'vpcEndpointIds')),
            ...present(
              'ipAddressType',
              reader.choiceMember(endpoint, 'ipAddressType', ['ipv4', 'dualstack'] as const),
            ),
          },
    disableExecuteApiEndpoint: endpoint && reader.booleanMember(endpoint, 'disableExecuteApiEndpoint'),
    tags: readTags(reader),
    models: models.models,
    requestValidators: reader
      .members(reader.member(root, 'x-amazon-apigateway-request-validators'))
      .map(([validator, at]) => ({
        name: validator,
        validateRequestBody: reader.booleanMember(at, 'validateRequestBody') ?? false,
        validateRequestParameters: reader.booleanMember(at, 'validateRequestParameters') ?? false,
      })),
    authorizers: security.authorizers,
    gatewayResponses: readGatewayResponses(reader),
    documentation: readDocumentation(reader),
    paths,
    traffic: readTrafficExtension(reader, root),
  }
}

function present<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in K]?: V })
}

function readPaths(context: OperationContext, prefix: string): readonly PathDefinition[] {
  const { reader } = context
  const paths = reader.member(reader.root, 'paths')
  if (paths === undefined) {
    reader.error(reader.root, 'the document has no paths')
    return []
  }
  return reader.members(paths).flatMap(([path, at]) => {
    if (path.startsWith('x-')) return []
    if (!path.startsWith('/')) {
      reader.error(at, `expected a path that begins with a slash, found ${path}`)
      return []
    }
    const joined = `${prefix}${path}`.replace(/(?<=.)\/+$/, '')
    return [
      {
        path: joined,
        methods: readMethods(context, joined, at),
        traffic: readTrafficExtension(reader, at),
        at,
      },
    ]
  })
}

function readMethods(context: OperationContext, path: string, at: Cursor): readonly MethodDefinition[] {
  const { reader } = context
  const shared = reader.items(reader.member(at, 'parameters'))
  return reader.members(at).flatMap(([name, operation]) => {
    const httpMethod = own(operationMethods, name)
    return httpMethod === undefined ? [] : [readOperation(context, path, httpMethod, operation, shared)]
  })
}

function readGatewayResponses(reader: DocumentReader): readonly GatewayResponse[] {
  const responses = reader.member(reader.root, 'x-amazon-apigateway-gateway-responses')
  return reader.members(responses).flatMap(([responseType, at]) => {
    if (!Object.hasOwn(gatewayResponseDefaults, responseType)) {
      const types = Object.keys(gatewayResponseDefaults).join(', ')
      reader.error(at, `unknown gateway response ${responseType}: expected one of ${types}`)
      return []
    }
    return [
      {
        responseType,
        statusCode: reader.textMember(at, 'statusCode'),
        responseParameters: reader.texts(reader.member(at, 'responseParameters')) ?? {},
        responseTemplates: reader.texts(reader.member(at, 'responseTemplates')) ?? {},
      },
    ]
  })
}
