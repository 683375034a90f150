import { describe, expect, test } from 'bun:test'
import { Glob } from 'bun'
import { join } from 'node:path'
import { playCalls, type PlayedCall } from '../../../test/support/play-calls.ts'

// Every extension of the developer guide ("OpenAPI extensions for API Gateway"), and where an import puts it.

const LAMBDA =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:f/invocations'

const api = (has: object): PlayedCall => ({ call: 'GetRestApi', with: { restApiId: '$api.id' }, has })
const listed = (call: string, ...items: object[]): PlayedCall => ({
  call,
  with: { restApiId: '$api.id' },
  has: { items },
})
const method = (has: object, httpMethod = 'GET'): PlayedCall => ({
  call: 'GetMethod',
  with: { restApiId: '$api.id', resourceId: '$api.rootResourceId', httpMethod },
  has,
})
const operation = (members: object, rest: object = {}): object => ({
  paths: { '/': { get: members } },
  ...rest,
})
const guarded = (scheme: object): object =>
  operation(
    { security: [{ guard: [] }] },
    {
      components: {
        securitySchemes: { guard: { type: 'apiKey', name: 'X-Token', in: 'header', ...scheme } },
      },
    },
  )

interface Case {
  /** Members of the document. */
  readonly document: object
  /** What is there then. */
  readonly leaves: readonly PlayedCall[]
}

const INTEGRATION = {
  type: 'http',
  httpMethod: 'POST',
  uri: 'https://backend.example/{id}',
  connectionType: 'INTERNET',
  credentials: 'arn:aws:iam::111111111111:role/backend',
  requestParameters: { 'integration.request.header.X-A': "'a'" },
  requestTemplates: { 'application/json': '{}' },
  passthroughBehavior: 'when_no_templates',
  contentHandling: 'CONVERT_TO_TEXT',
  timeoutInMillis: 1000,
  cacheNamespace: 'space',
  tlsConfig: { insecureSkipVerification: true },
  responseTransferMode: 'BUFFERED',
  responses: {
    '5..': {
      statusCode: '502',
      contentHandling: 'CONVERT_TO_BINARY',
      responseParameters: { 'method.response.header.X-B': "'b'" },
      responseTemplates: { 'text/plain': 'no' },
    },
  },
}

const SHOWN_INTEGRATION = {
  type: 'HTTP',
  httpMethod: 'POST',
  uri: 'https://backend.example/{id}',
  connectionType: 'INTERNET',
  credentials: 'arn:aws:iam::111111111111:role/backend',
  requestParameters: { 'integration.request.header.X-A': "'a'" },
  requestTemplates: { 'application/json': '{}' },
  passthroughBehavior: 'WHEN_NO_TEMPLATES',
  contentHandling: 'CONVERT_TO_TEXT',
  timeoutInMillis: 1000,
  cacheNamespace: 'space',
  tlsConfig: { insecureSkipVerification: true },
  integrationResponses: {
    '502': {
      statusCode: '502',
      selectionPattern: '5..',
      contentHandling: 'CONVERT_TO_BINARY',
      responseParameters: { 'method.response.header.X-B': "'b'" },
      responseTemplates: { 'text/plain': 'no' },
    },
  },
}

const RESPONDED = { responses: { 502: { description: 'no' } } }
const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: '*' }],
}

const cases: Readonly<Record<string, Case>> = {
  'x-amazon-apigateway-any-method': {
    document: { paths: { '/': { 'x-amazon-apigateway-any-method': {} } } },
    leaves: [method({ httpMethod: 'ANY' }, 'ANY')],
  },
  'x-amazon-apigateway-api-key-source': {
    document: { 'x-amazon-apigateway-api-key-source': 'AUTHORIZER' },
    leaves: [api({ apiKeySource: 'AUTHORIZER' })],
  },
  'x-amazon-apigateway-auth': {
    document: operation({ 'x-amazon-apigateway-auth': { type: 'AWS_IAM' } }),
    leaves: [method({ authorizationType: 'AWS_IAM' })],
  },
  'x-amazon-apigateway-authorizer': {
    document: guarded({
      'x-amazon-apigateway-authorizer': {
        type: 'request',
        authorizerUri: LAMBDA,
        authorizerCredentials: 'arn:aws:iam::111111111111:role/guard',
        identitySource: 'method.request.querystring.q',
        authorizerResultTtlInSeconds: 60,
      },
    }),
    leaves: [
      listed('GetAuthorizers', {
        name: 'guard',
        type: 'REQUEST',
        authorizerUri: LAMBDA,
        authorizerCredentials: 'arn:aws:iam::111111111111:role/guard',
        identitySource: 'method.request.querystring.q',
        authorizerResultTtlInSeconds: 60,
      }),
      method({ authorizationType: 'CUSTOM' }),
    ],
  },
  'x-amazon-apigateway-authtype': {
    document: guarded({ 'x-amazon-apigateway-authtype': 'awsSigv4' }),
    leaves: [method({ authorizationType: 'AWS_IAM' })],
  },
  'x-amazon-apigateway-binary-media-types': {
    document: { 'x-amazon-apigateway-binary-media-types': ['image/png'] },
    leaves: [api({ binaryMediaTypes: ['image/png'] })],
  },
  'x-amazon-apigateway-documentation': {
    document: {
      'x-amazon-apigateway-documentation': {
        version: '1',
        documentationParts: [{ location: { type: 'API' }, properties: { description: 'told' } }],
      },
    },
    leaves: [
      listed('GetDocumentationParts', { location: { type: 'API' }, properties: '{"description":"told"}' }),
    ],
  },
  'x-amazon-apigateway-endpoint-access-mode': {
    document: { 'x-amazon-apigateway-endpoint-access-mode': 'STRICT' },
    leaves: [api({ endpointAccessMode: 'STRICT' })],
  },
  'x-amazon-apigateway-endpoint-configuration': {
    document: {
      servers: [
        { url: '/', 'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true } },
      ],
    },
    leaves: [api({ disableExecuteApiEndpoint: true })],
  },
  'x-amazon-apigateway-gateway-responses': {
    document: {
      'x-amazon-apigateway-gateway-responses': {
        THROTTLED: {
          statusCode: 503,
          responseParameters: { 'gatewayresponse.header.Retry-After': "'1'" },
          responseTemplates: { 'application/json': '{}' },
        },
      },
    },
    leaves: [
      {
        call: 'GetGatewayResponse',
        with: { restApiId: '$api.id', responseType: 'THROTTLED' },
        has: {
          statusCode: '503',
          responseParameters: { 'gatewayresponse.header.Retry-After': "'1'" },
          responseTemplates: { 'application/json': '{}' },
        },
      },
    ],
  },
  'x-amazon-apigateway-integration': {
    document: operation({ 'x-amazon-apigateway-integration': INTEGRATION, ...RESPONDED }),
    leaves: [method({ methodIntegration: SHOWN_INTEGRATION })],
  },
  'x-amazon-apigateway-integrations': {
    document: operation(
      {
        'x-amazon-apigateway-integration': { $ref: '#/components/x-amazon-apigateway-integrations/backend' },
        ...RESPONDED,
      },
      { components: { 'x-amazon-apigateway-integrations': { backend: INTEGRATION } } },
    ),
    leaves: [method({ methodIntegration: SHOWN_INTEGRATION })],
  },
  'x-amazon-apigateway-minimum-compression-size': {
    document: { 'x-amazon-apigateway-minimum-compression-size': 10 },
    leaves: [api({ minimumCompressionSize: 10 })],
  },
  'x-amazon-apigateway-policy': {
    document: { 'x-amazon-apigateway-policy': POLICY },
    leaves: [api({ policy: JSON.stringify(POLICY).replaceAll('"', '\\"') })],
  },
  'x-amazon-apigateway-request-validator': {
    document: operation(
      { 'x-amazon-apigateway-request-validator': 'body' },
      { 'x-amazon-apigateway-request-validators': { body: { validateRequestBody: true } } },
    ),
    leaves: [
      { call: 'GetRequestValidators', with: { restApiId: '$api.id' }, as: 'validators' },
      method({ requestValidatorId: '$validators.items.0.id' }),
    ],
  },
  'x-amazon-apigateway-request-validators': {
    document: {
      'x-amazon-apigateway-request-validators': { parameters: { validateRequestParameters: true } },
    },
    leaves: [
      listed('GetRequestValidators', {
        name: 'parameters',
        validateRequestBody: false,
        validateRequestParameters: true,
      }),
    ],
  },
  'x-amazon-apigateway-security-policy': {
    document: { 'x-amazon-apigateway-security-policy': 'SecurityPolicy_TLS13_1_3_2025_09' },
    leaves: [api({ securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' })],
  },
  'x-amazon-apigateway-tag-value': {
    document: { tags: [{ name: 'owner', 'x-amazon-apigateway-tag-value': 'me' }] },
    leaves: [api({ tags: { owner: 'me' } })],
  },
  // Of HTTP APIs alone: a REST API answers preflights by OPTIONS methods.
  'x-amazon-apigateway-cors': {
    document: { paths: { '/': {} }, 'x-amazon-apigateway-cors': { allowOrigins: ['*'] } },
    leaves: [
      {
        call: 'GetMethod',
        with: { restApiId: '$api.id', resourceId: '$api.rootResourceId', httpMethod: 'OPTIONS' },
        fails: ['NotFoundException', 'Invalid Method identifier specified'],
      },
    ],
  },
  'x-amazon-apigateway-importexport-version': {
    document: { 'x-amazon-apigateway-importexport-version': '1.0' },
    leaves: [api({ name: 'extended' })],
  },
}

describe('an import', () => {
  for (const [extension, { document, leaves }] of Object.entries(cases)) {
    test(`takes ${extension}`, () => {
      const body = Buffer.from(
        JSON.stringify({
          openapi: '3.0.1',
          info: { title: 'extended', version: '1' },
          paths: {},
          ...document,
        }),
      )
      return playCalls([
        { call: 'ImportRestApi', with: { body, failOnWarnings: true }, as: 'api' },
        ...leaves,
      ])
    })
  }
})

test('every extension that is read or written is in the table', async () => {
  const named = new Set<string>()
  for await (const file of new Glob('**/*.ts').scan(import.meta.dir)) {
    if (file.endsWith('.test.ts')) continue
    const text = await Bun.file(join(import.meta.dir, file)).text()
    for (const [name] of text.matchAll(/x-amazon-apigateway-[a-z-]+/g)) named.add(name)
  }
  expect([...named].filter((name) => !(name in cases))).toEqual([])
})
