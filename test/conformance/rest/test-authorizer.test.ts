import { describe, expect, test } from 'bun:test'
import { steadily } from '#base/clock.fixture.ts'
import { silentLog } from '#base/log.ts'
import { testAuthorizer, type AuthorizerTestInvocation } from '#data-plane/test-authorizer.ts'
import { createHttpClient } from '#http/client.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import { ACCOUNT, REGION } from './support/definition.ts'
import { answering, LocalFunctions, returning, throwing, unavailable } from './support/functions.ts'

// What an owner reads who tries a Lambda authorizer: what the function was asked, and the execution log, line by line.

const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect: 'Deny', Resource: '*' }],
}

const behaviours = {
  known: returning({ principalId: 'user-4711', policyDocument: POLICY, context: { a: 1 } }),
  refusing: throwing('Unauthorized'),
  failing: throwing('no database'),
  null: returning(null),
  proxy: returning({ statusCode: 401 }),
  text: answering('allow'),
  careless: returning({ principalId: 'u', policyDocument: { Version: '2012-10-17', Statement: [] } }),
  nested: returning({ principalId: 'u', policyDocument: POLICY, context: { roles: ['a'] } }),
  forbidden: unavailable('access-denied'),
  throttled: unavailable('throttled'),
}

const ENDPOINT = `https://lambda.${REGION}.amazonaws.com/2015-03-31/functions/arn:aws:lambda:${REGION}:${ACCOUNT}:function`

const STARTED = 'Starting authorizer: auth1 for request: ID'
const UNAUTHORIZED = [STARTED, 'Unauthorized request: ID', 'Unauthorized']

function asking(name: string, event: string, identity: string): readonly string[] {
  return [
    STARTED,
    `Incoming identity: ${identity}`,
    `Endpoint request URI: ${ENDPOINT}:${name}/invocations`,
    'Endpoint request headers: {x-amzn-lambda-integration-tag=ID, X-Amz-Date=20231114T221320Z, x-amzn-apigateway-api-id=api1, ' +
      `X-Amz-Source-Arn=arn:aws:execute-api:${REGION}:${ACCOUNT}:api1/authorizers/auth1, ` +
      `Accept=application/json, User-Agent=AmazonAPIGateway_api1, Host=lambda.${REGION}.amazonaws.com, ` +
      'X-Amzn-Trace-Id=TRACE, Content-Type=application/json}',
    `Endpoint request body after transformations: ${event}`,
    `Sending request to ${ENDPOINT}:${name}/invocations`,
  ]
}

const TOKEN_EVENT = `{"type":"TOKEN","authorizationToken":"abcdef","methodArn":"arn:aws:execute-api:${REGION}:${ACCOUNT}:api1/ESTestInvoke-stage/GET/"}`
const HIDDEN = '***def'

/** @param result what the function answers */
function unusable(name: keyof typeof behaviours, result: string, reason: string): Case {
  return {
    name: `an answer that decides nothing: ${name}`,
    function: name,
    status: 500,
    log: [
      ...asking(name, TOKEN_EVENT, HIDDEN),
      `Authorizer result body before parsing: ${result}`,
      `Execution failed due to configuration error: ${reason}`,
      'AuthorizerConfigurationException',
    ],
  }
}

interface Case {
  readonly name: string
  readonly function?: keyof typeof behaviours
  readonly authorizer?: Partial<Authorizer>
  readonly request?: Partial<AuthorizerTestInvocation>
  readonly stageVariables?: Readonly<Record<string, string>>
  readonly status: number
  readonly principalId?: string
  readonly log: readonly string[]
}

const KNOWN = [
  `Authorizer result body before parsing: ${JSON.stringify({ principalId: 'user-4711', policyDocument: POLICY, context: { a: 1 } })}`,
  'Using valid authorizer policy for principal: *****4711',
  'Successfully completed authorizer execution',
]

const cases: readonly Case[] = [
  {
    name: 'a token that is answered with a policy: what the policy says is for the owner to read',
    status: 0,
    principalId: 'user-4711',
    log: [...asking('known', TOKEN_EVENT, HIDDEN), ...KNOWN],
  },
  {
    name: 'a token under another spelling of the header',
    request: { headers: ['authorization', 'abcdef'] },
    status: 0,
    principalId: 'user-4711',
    log: [...asking('known', TOKEN_EVENT, HIDDEN), ...KNOWN],
  },
  { name: 'no token', request: { headers: [] }, status: 401, log: UNAUTHORIZED },
  { name: 'an empty token', request: { headers: ['Authorization', ''] }, status: 401, log: UNAUTHORIZED },
  {
    name: 'a token that the validation expression does not match as a whole',
    authorizer: { identityValidationExpression: 'abc' },
    status: 401,
    log: UNAUTHORIZED,
  },
  {
    name: 'a second token beside one that would match',
    authorizer: { identityValidationExpression: '[a-f]+' },
    request: { headers: ['Authorization', 'abcdef', 'authorization', 'abc'] },
    status: 401,
    log: UNAUTHORIZED,
  },
  {
    name: 'a validation expression that takes too long',
    authorizer: { identityValidationExpression: '(a+)+b' },
    request: { headers: ['Authorization', 'a'.repeat(200)] },
    status: 401,
    log: UNAUTHORIZED,
  },
  {
    name: 'a function that refuses',
    function: 'refusing',
    status: 401,
    log: [...asking('refusing', TOKEN_EVENT, HIDDEN), 'Unauthorized request: ID', 'Unauthorized'],
  },
  {
    name: 'a function that fails',
    function: 'failing',
    status: 500,
    log: [
      ...asking('failing', TOKEN_EVENT, HIDDEN),
      'Execution failed due to configuration error: Authorizer function failed with response body: {"errorMessage":"no database","errorType":"Error","trace":[]}',
      'AuthorizerConfigurationException',
    ],
  },
  unusable('null', 'null', 'Could not parse policy: found null, expected a map'),
  unusable(
    'proxy',
    '{"statusCode":401}',
    'Could not parse policy: policyDocument: found nothing, expected a map',
  ),
  unusable('text', 'allow', 'Invalid JSON in response'),
  unusable(
    'careless',
    '{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[]}}',
    'Could not parse policy: Statement: found no statement, expected at least one',
  ),
  unusable(
    'nested',
    JSON.stringify({ principalId: 'u', policyDocument: POLICY, context: { roles: ['a'] } }),
    'Authorizer context: roles: found a list, expected a text, number or boolean',
  ),
  {
    name: 'a function that may not be called',
    function: 'forbidden',
    status: 500,
    log: [
      ...asking('forbidden', TOKEN_EVENT, HIDDEN),
      'Execution failed due to configuration error: Invalid permissions on Lambda function: Lambda said access-denied',
      'AuthorizerConfigurationException',
    ],
  },
  {
    name: 'a function that is called too often',
    function: 'throttled',
    status: 500,
    log: [...asking('throttled', TOKEN_EVENT, HIDDEN), 'Lambda said throttled', 'AuthorizerFailureException'],
  },
  {
    name: 'a stage variable that names no function',
    authorizer: { authorizerUri: uriOf('${stageVariables.which}') },
    status: 500,
    log: [
      STARTED,
      `Execution failed due to configuration error: invalid Lambda uri: found path/2015-03-31/functions/arn:aws:lambda:${REGION}:${ACCOUNT}:function:/invocations, expected path/2015-03-31/functions/arn:aws:lambda:{region}:{account}:function:{name}/invocations`,
      'AuthorizerConfigurationException',
    ],
  },
  {
    name: 'a stage variable that names one',
    authorizer: { authorizerUri: uriOf('${stageVariables.which}') },
    stageVariables: { which: 'known' },
    status: 0,
    principalId: 'user-4711',
    log: [...asking('known', TOKEN_EVENT, HIDDEN), ...KNOWN],
  },
  {
    name: 'a whole request, of which every source is there',
    authorizer: {
      type: 'REQUEST',
      identitySource:
        'method.request.header.Hash, method.request.querystring.q, stageVariables.v, context.mine',
    },
    request: {
      target: '/pets/1?q=one&q=two',
      headers: ['Hash', 'aaaaaaaaaaaaaa', 'X', '1', 'x', '2'],
      context: { mine: 'more' },
    },
    stageVariables: { v: 'x' },
    status: 0,
    principalId: 'user-4711',
    log: [
      ...asking(
        'known',
        'EVENT',
        '{method.request.header.Hash=********aaaaaa, method.request.querystring.q=****two, stageVariables.v=*, context.mine=**re}',
      ),
      ...KNOWN,
    ],
  },
  {
    name: 'a whole request, of which one source is missing',
    authorizer: {
      type: 'REQUEST',
      identitySource: 'method.request.header.Hash,method.request.querystring.q',
    },
    request: { target: '/?q=one', headers: ['Other', '1'] },
    status: 401,
    log: UNAUTHORIZED,
  },
  {
    name: 'a whole request to an authorizer that needs no source',
    authorizer: { type: 'REQUEST', identitySource: undefined, authorizerResultTtlInSeconds: 0 },
    status: 0,
    principalId: 'user-4711',
    log: [...asking('known', 'EVENT', '{}'), ...KNOWN],
  },
]

function uriOf(name: string): string {
  return `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}/invocations`
}

async function tested({ function: name = 'known', authorizer, request, stageVariables = {} }: Case) {
  const functions = new LocalFunctions(behaviours)
  const httpClient = createHttpClient()
  const definition = {
    authorizer: {
      id: 'auth1',
      name: 'auth',
      type: 'TOKEN' as const,
      identitySource: 'method.request.header.Authorization',
      authorizerUri: uriOf(name),
      ...authorizer,
    },
    account: ACCOUNT,
    region: REGION,
    apiId: 'api1',
    stageVariables,
    timeoutMs: 1000,
  }
  const invocation = {
    method: 'GET',
    target: '/',
    headers: ['Authorization', 'abcdef'],
    body: '',
    context: {},
    ...request,
  }
  const ports = { functions, counters: new MemoryCounters() }
  const services = { ports, httpClient, log: silentLog, clock: steadily({ now: () => 1_700_000_000_000 }) }
  const result = await testAuthorizer(definition, invocation, services)
  httpClient.close()
  return { result, functions }
}

describe('an authorizer that is tested', () => {
  for (const example of cases) {
    test(example.name, async () => {
      const { result, functions } = await tested(example)
      const [first, ...lines] = result.log.split('\n')
      const id = first?.replace('Execution log for request ', '') as string
      const shown = lines.map((line) =>
        line
          .replaceAll(id, 'ID')
          .replace(/Root=[\w-]+/, 'TRACE')
          .replace(/transformations: \{"type":"REQUEST".*/, 'transformations: EVENT'),
      )
      const expected = example.log.map((line) => `Tue Nov 14 22:13:20 UTC 2023 : ${line}`)
      expect(shown).toEqual([...expected, ''])
      expect(result.clientStatus).toBe(example.status)
      expect(result.answer?.principalId).toBe(example.principalId)
      expect(result.answer?.policy).toBe(example.status === 0 ? JSON.stringify(POLICY) : undefined)
      expect(functions.calls).toHaveLength(example.log.some((line) => line.startsWith('Sending')) ? 1 : 0)
      for (const call of functions.calls) {
        expect(call).toMatchObject({
          sourceArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:api1/authorizers/auth1`,
          sourceAccount: ACCOUNT,
          invocationType: 'RequestResponse',
        })
      }
    })
  }

  test('gives a REQUEST function the whole request, in the order of members that AWS has', async () => {
    const { functions } = await tested({
      name: '',
      authorizer: { type: 'REQUEST', identitySource: 'method.request.header.Hash' },
      request: { target: '/a%20b?q=one&q=two', headers: ['Hash', 'h', 'X', '1', 'x', '2'] },
      stageVariables: { v: 'x' },
      status: 0,
      log: [],
    })
    const text = Buffer.from(functions.calls[0]?.payload as Uint8Array).toString('utf8')
    const { requestContext, ...event } = JSON.parse(text) as { requestContext: Record<string, unknown> }
    expect(JSON.stringify(event)).toBe(
      `{"type":"REQUEST","methodArn":"arn:aws:execute-api:${REGION}:${ACCOUNT}:api1/ESTestInvoke-stage/GET/a%20b",` +
        '"resource":"/a%20b","path":"/a%20b","httpMethod":"GET","headers":{"Hash":"h","X":"2"},' +
        '"multiValueHeaders":{"Hash":["h"],"X":["1","2"]},"queryStringParameters":{"q":"two"},' +
        '"multiValueQueryStringParameters":{"q":["one","two"]},"pathParameters":{},"stageVariables":{"v":"x"}}',
    )
    const { extendedRequestId, requestId, ...known } = requestContext
    expect([extendedRequestId, requestId].map((id) => typeof id)).toEqual(['string', 'string'])
    expect(known).toEqual({
      resourceId: 'test-invoke-resource-id',
      resourcePath: '/a%20b',
      httpMethod: 'GET',
      requestTime: '14/Nov/2023:22:13:20 +0000',
      path: '/a%20b',
      accountId: ACCOUNT,
      protocol: 'HTTP/1.1',
      stage: 'test-invoke-stage',
      domainPrefix: 'testPrefix',
      requestTimeEpoch: 1_700_000_000_000,
      identity: {
        accountId: null,
        accessKey: null,
        caller: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: 'test-invoke-source-ip',
        user: null,
        userAgent: null,
        userArn: null,
      },
      domainName: 'testPrefix.testDomainName',
      apiId: 'api1',
    })
  })
})
