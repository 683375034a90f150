import { describe, expect, test } from 'bun:test'
import type { Diagnostic } from '#base/diagnostic.ts'
import {
  define,
  functionUri,
  mock,
  type ApiDefinition,
  type MethodDefinition,
} from '../../test/conformance/rest/support/definition.ts'
import { Address } from '#data-plane/address.ts'
import { awsLimits } from '#data-plane/limits.ts'
import { parseHost } from '#data-plane/host-name.ts'
import { compile, type CompileOptions } from './compile.ts'

const PETS_1 = new Address('api', parseHost('api.execute-api.us-east-1.localhost'), '/prod/pets/1', 0)

function diagnose(definition: ApiDefinition, options?: CompileOptions): readonly Diagnostic[] {
  const { snapshot, stage } = define('abc', definition)
  return compile(snapshot, stage, options).diagnostics
}

const one = (method: MethodDefinition): ApiDefinition => ({ paths: { '/pets/{id}': { GET: method } } })

/** What is found, how bad, and where. */
const cases: readonly {
  readonly name: string
  readonly api: ApiDefinition
  readonly severity: Diagnostic['severity']
  readonly where: string | undefined
  readonly message: string
}[] = [
  {
    name: 'no integration',
    api: one({}),
    severity: 'error',
    where: '/pets/{id}/GET',
    message: 'no integration is defined for the method',
  },
  {
    name: 'a broken request template',
    api: one({ integration: mock('', { requestTemplates: { 'application/json': 'a\n #if(' } }) }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/requestTemplates/application/json',
    message: 'invalid mapping template',
  },
  {
    name: 'a broken response template',
    api: one({ integration: mock('#foreach') }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/integrationResponses/200/responseTemplates/application/json',
    message: 'invalid mapping template',
  },
  {
    name: 'a broken selection pattern',
    api: one({ integration: mock('', { integrationResponses: { 400: { selectionPattern: '(' } } }) }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/integrationResponses/400/selectionPattern',
    message: 'selection pattern (',
  },
  {
    name: 'a broken request mapping',
    api: one({
      integration: mock('', {
        requestParameters: { 'integration.request.header.X': 'method.request.nowhere.x' },
      }),
    }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/requestParameters/integration.request.header.X',
    message: 'invalid mapping expression method.request.nowhere.x: expected method.request.path.{name}',
  },
  {
    name: 'a broken response mapping',
    api: one({
      integration: mock('', {
        integrationResponses: { 200: { responseParameters: { 'method.response.body': "'x'" } } },
      }),
    }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/integrationResponses/200/responseParameters/method.response.body',
    message: 'invalid mapping parameter method.response.body: expected method.response.header.{name}',
  },
  {
    name: 'an endpoint that is none',
    api: one({ integration: { type: 'HTTP_PROXY', uri: 'ftp://x' } }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/uri',
    message: 'invalid HTTP endpoint "ftp://x"',
  },
  {
    name: 'a VPC link that is none',
    api: one({
      integration: {
        type: 'HTTP',
        uri: 'http://x/',
        connectionType: 'VPC_LINK',
        connectionId: '${stageVariables.none}',
      },
    }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/connectionId',
    message: 'connectionId "${stageVariables.none}" names no VPC link',
  },
  {
    name: 'a streamed answer of a type that has none',
    api: one({ integration: mock('', { responseTransferMode: 'STREAM' }) }),
    severity: 'warning',
    where: '/pets/{id}/GET/integration/responseTransferMode',
    message: 'MOCK answers are not streamed',
  },
  {
    name: 'a proxy for another AWS service',
    api: one({
      integration: {
        type: 'AWS_PROXY',
        httpMethod: 'POST',
        uri: 'arn:aws:apigateway:us-east-1:sqs:path/1/q',
      },
    }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/uri',
    message: 'AWS_PROXY with the service sqs is not supported: only Lambda functions are',
  },
  {
    name: 'an AWS service without path or action',
    api: one({ integration: { type: 'AWS', uri: 'arn:aws:apigateway:us-east-1:sqs:q' } }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/uri',
    message: 'invalid integration uri "arn:aws:apigateway:us-east-1:sqs:q": expected arn:aws:apigateway',
  },
  {
    name: 'a service that is not told its action',
    api: one({ integration: { type: 'AWS', uri: 'arn:aws:apigateway:us-east-1:events:action/PutEvents' } }),
    severity: 'warning',
    where: '/pets/{id}/GET/integration/requestParameters',
    message:
      'events is told the action by headers that API Gateway does not add: ' +
      "map X-Amz-Target to 'AWSEvents.PutEvents' and Content-Type to 'application/x-amz-json-1.1'",
  },
  {
    name: 'credentials that are no role',
    api: one({
      integration: {
        type: 'AWS',
        uri: 'arn:aws:apigateway:us-east-1:sqs:path/1/q',
        credentials: 'arn:aws:iam::123456789012:user/me',
      },
    }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/credentials',
    message: 'invalid integration credentials "arn:aws:iam::123456789012:user/me": expected arn:aws:iam',
  },
  {
    name: 'the credentials of callers who have none',
    api: one({
      integration: {
        type: 'AWS',
        uri: 'arn:aws:apigateway:us-east-1:sqs:path/1/q',
        credentials: 'arn:aws:iam::*:user/*',
      },
    }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/credentials',
    message:
      'credentials arn:aws:iam::*:user/*: only callers of methods with authorization type AWS_IAM have credentials, found NONE',
  },
  {
    name: 'a function’s name without ARN',
    api: one({
      integration: {
        type: 'AWS_PROXY',
        httpMethod: 'POST',
        uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations',
      },
    }),
    severity: 'error',
    where: '/pets/{id}/GET/integration/uri',
    message: 'invalid Lambda uri',
  },
  {
    name: 'a function that is not invoked with POST',
    api: one({ integration: { type: 'AWS_PROXY', httpMethod: 'GET', uri: functionUri('f') } }),
    severity: 'warning',
    where: '/pets/{id}/GET/integration/httpMethod',
    message: 'functions are invoked with POST, found GET',
  },
  {
    name: 'a timeout beyond the limit',
    api: one({ integration: mock('', { timeoutInMillis: 60_000 }) }),
    severity: 'warning',
    where: '/pets/{id}/GET/integration/timeoutInMillis',
    message: 'a timeout of 60000 ms is cut to the limit of 29000 ms',
  },
  {
    name: 'a user pool',
    api: one({ authorizationType: 'COGNITO_USER_POOLS', integration: mock('') }),
    severity: 'warning',
    where: '/pets/{id}/GET/authorizerId',
    message: 'there is no authorizer (none named)',
  },
  {
    name: 'an authorizer that is none',
    api: one({ authorizationType: 'CUSTOM', authorizerId: 'gone', integration: mock('') }),
    severity: 'warning',
    where: '/pets/{id}/GET/authorizerId',
    message: 'there is no authorizer gone',
  },
  {
    name: 'a user pool as a Lambda authorizer',
    api: {
      ...one({ authorizationType: 'CUSTOM', authorizerId: 'pool', integration: mock('') }),
      authorizers: [{ id: 'pool', type: 'COGNITO_USER_POOLS' }],
    },
    severity: 'warning',
    where: '/pets/{id}/GET/authorizerId',
    message: 'authorizer pool is of type COGNITO_USER_POOLS, expected TOKEN or REQUEST',
  },
  {
    name: 'a private API without a policy, once',
    api: {
      paths: { '/a': { GET: { integration: mock('') }, PUT: { integration: mock('') } } },
      api: { endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'dualstack' } },
    },
    severity: 'warning',
    where: undefined,
    message: 'a PRIVATE API without a resource policy: every request is answered 403',
  },
  {
    name: 'a model that is none',
    api: {
      ...one({
        requestValidatorId: 'v',
        requestModels: { 'application/json': 'Pet' },
        integration: mock(''),
      }),
      models: { Pet: { type: 'thing' } },
      requestValidators: [
        { id: 'v', name: 'v', validateRequestBody: true, validateRequestParameters: false },
      ],
    },
    severity: 'error',
    where: '/pets/{id}/GET/requestModels/application/json',
    message: 'model Pet, /type: found "thing"',
  },
  {
    name: 'a gateway response that cannot be',
    api: {
      ...one({ integration: mock('') }),
      gatewayResponses: [
        {
          responseType: 'DEFAULT_4XX',
          responseParameters: { 'gatewayresponse.header.X': 'method.request.body' },
        },
      ],
    },
    severity: 'warning',
    where: 'gatewayResponses/DEFAULT_4XX/responseParameters/gatewayresponse.header.X',
    message: 'gateway responses cannot read the request body',
  },
]

describe('compile reports', () => {
  for (const { name, api, severity, where, message } of cases) {
    test(name, () => {
      const diagnostics = diagnose(api)
      expect(diagnostics.map((found) => [found.severity, found.where])).toEqual([[severity, where]])
      expect(diagnostics[0]?.message).toStartWith(message)
    })
  }

  test('the line of a broken template', () => {
    const [found] = diagnose(one({ integration: mock('first\n#if($a)\nthird') }))
    expect(found?.line).toBeGreaterThan(0)
  })

  test('nothing about what works', () => {
    expect(diagnose(one({ integration: mock('{}') }))).toEqual([])
  })

  test('long timeouts that are allowed here alone', () => {
    const limits = { ...awsLimits, integrationTimeoutMsMax: 3_600_000 }
    expect(diagnose(one({ integration: mock('', { timeoutInMillis: 60_000 }) }), { limits })).toEqual([
      {
        severity: 'warning',
        where: '/pets/{id}/GET/integration/timeoutInMillis',
        message:
          'AWS would refuse the timeout in milliseconds: found 60000, at most 29000 without a raised quota',
      },
    ])
  })

  test('what else AWS would refuse', () => {
    const many = Array.from({ length: 301 }, (_, at) => [`/r${at}`, { GET: { integration: mock('') } }])
    const messages = diagnose({
      paths: Object.fromEntries(many) as ApiDefinition['paths'],
      variables: { long: 'x'.repeat(513), ['n'.repeat(65)]: '' },
    }).map(({ message }) => message)
    expect(messages).toEqual([
      "AWS would refuse the API's resources: found 301, at most 300 without a raised quota",
      'AWS would refuse the length of the stage variable long: found 513, at most 512 without a raised quota',
      `AWS would refuse the length of the stage variable's name ${'n'.repeat(65)}: found 65, at most 64 without a raised quota`,
    ])
  })
})

test('what a method or its API does not ask for has no step', () => {
  const steps = (method: MethodDefinition, api: ApiDefinition['api'] = {}): number => {
    const { snapshot, stage } = define('abc', { ...one(method), api })
    return compile(snapshot, stage).plan.match('GET', PETS_1)?.route.steps.length ?? 0
  }
  const open = steps({ integration: mock('') })
  expect(steps({ integration: mock(''), authorizationType: 'AWS_IAM' })).toBe(open + 1)
  expect(steps({ integration: mock(''), authorizationType: 'AWS_IAM', apiKeyRequired: true })).toBe(open + 2)
  expect(steps({ integration: mock('') }, { minimumCompressionSize: 0 })).toBe(open + 1)
})
