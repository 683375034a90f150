import { afterAll, describe, expect, test } from 'bun:test'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { Headers } from '#http/headers.ts'
import { defineService } from './define-service.ts'
import { createAwsEndpoint } from './service.ts'
import { sign } from './sigv4.ts'
import { bytes, CREATED, logged, start } from './endpoint.fixture.ts'
import { tables } from './tables/index.ts'

const open = start({ kind: 'any' })
const keyed = start({
  kind: 'keys',
  find: (id) => (id === 'AKIAKNOWN' ? { secret: 'right', account: '111122223333' } : undefined),
})
const small = start({ kind: 'any' }, 1000)
afterAll(() => Promise.all([open.stop(), keyed.stop(), small.stop()]))

interface Raw {
  readonly method?: string
  readonly target: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Signing name; undefined: unsigned. */
  readonly service?: string
  readonly origin?: string
}

interface Answer {
  readonly status: number
  readonly headers: Response['headers']
  readonly text: string
}

async function raw({
  method = 'GET',
  target,
  body = '',
  headers = {},
  service,
  origin = open.origin,
}: Raw): Promise<Answer> {
  const sent = new Headers(['Host', new URL(origin).host])
  for (const [name, value] of Object.entries(headers)) sent.set(name, value)
  if (service !== undefined) {
    const keys = { accessKeyId: 'AKIAKNOWN', secretAccessKey: 'right' }
    sign(
      { method, target, headers: sent, body: bytes(body) },
      keys,
      { region: 'us-east-1', service },
      Date.now(),
    )
  }
  const response = await fetch(origin + target, { method, headers: [...sent], ...(body !== '' && { body }) })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

describe('on the wire', () => {
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const presigned =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20260101%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0&X-Amz-Expires=60'
  const json = (value: object): string => JSON.stringify(value)
  const cases: readonly (readonly [
    name: string,
    request: Raw,
    status: number,
    errorType: string | null,
    body: string | RegExp,
  ])[] = [
    [
      'no signature',
      { target: '/restapis' },
      403,
      'MissingAuthenticationTokenException',
      '{"message":"Missing Authentication Token"}',
    ],
    [
      'no signature, a form of another site',
      { method: 'POST', target: '/', body: 'Action=GetCallerIdentity', headers: form },
      403,
      null,
      /<Code>MissingAuthenticationToken<\/Code>/,
    ],
    [
      'a form of another site, to a REST path',
      { method: 'POST', target: '/restapis', body: 'name=x', headers: form },
      400,
      null,
      /<Code>MissingAction<\/Code>/,
    ],
    [
      'no signature, text of another site',
      {
        method: 'POST',
        target: '/restapis',
        body: '{"name":"x"}',
        headers: { 'Content-Type': 'text/plain' },
      },
      403,
      'MissingAuthenticationTokenException',
      /Missing/,
    ],
    [
      'no signature, a body larger than unsigned ones may be',
      { method: 'POST', target: '/restapis', body: 'x'.repeat(300_000) },
      403,
      'MissingAuthenticationTokenException',
      /Missing/,
    ],
    [
      'an address as signature, from a page',
      {
        method: 'POST',
        target: `/?Action=GetCallerIdentity&${presigned}`,
        headers: { Origin: 'https://evil.example' },
      },
      403,
      null,
      /<Code>MissingAuthenticationToken<\/Code><Message>Request is missing Authentication Token</,
    ],
    [
      'an address as signature',
      { target: `/?Action=GetCallerIdentity&Version=2011-06-15&${presigned}` },
      200,
      null,
      /^<GetCallerIdentityResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/"><GetCallerIdentityResult><UserId>000000000000<\/UserId><Account>000000000000<\/Account>/,
    ],
    [
      'an Authorization that is none',
      { target: '/restapis', headers: { Authorization: 'Bearer x' } },
      403,
      'IncompleteSignatureException',
      /Invalid key=value pair/,
    ],
    [
      'a service that is not here',
      { target: '/bucket', service: 's3' },
      501,
      'NotImplementedException',
      /AWS service 's3' is not implemented by Gatehouse yet/,
    ],
    [
      'a path that is not there',
      { target: '/nothing', service: 'apigateway' },
      403,
      'AccessDeniedException',
      '{"message":"Unable to determine service/operation name to be authorized"}',
    ],
    [
      'a method that is not there',
      { method: 'PATCH', target: '/restapis', service: 'apigateway' },
      403,
      'AccessDeniedException',
      /Unable to determine/,
    ],
    [
      'an operation without handler',
      { target: '/vpclinks', service: 'apigateway' },
      501,
      'NotImplementedException',
      '{"message":"GetVpcLinks is not implemented by Gatehouse yet"}',
    ],
    [
      'no JSON',
      { method: 'POST', target: '/restapis', body: '{"name":', service: 'apigateway' },
      400,
      'SerializationException',
      /Could not parse request body into json/,
    ],
    [
      'no JSON for Lambda',
      { method: 'POST', target: '/2015-03-31/functions', body: 'x', service: 'lambda' },
      400,
      'InvalidRequestContentException',
      /"message":"Could not parse request body into json/i,
    ],
    [
      'JSON nested without end',
      { method: 'POST', target: '/restapis', body: '['.repeat(200_000), service: 'apigateway' },
      400,
      'SerializationException',
      /Could not parse request body into json/,
    ],
    [
      'JSON nested very deep in an unknown member',
      {
        method: 'POST',
        target: '/restapis',
        body: `{"name":"x","y":${'['.repeat(5000)}${']'.repeat(5000)}}`,
        service: 'apigateway',
      },
      201,
      null,
      /"name":"x"/,
    ],
    [
      'a list as body',
      { method: 'POST', target: '/restapis', body: '[1]', service: 'apigateway' },
      400,
      'SerializationException',
      '{"message":"Start of list found where not expected"}',
    ],
    [
      'a boolean for a string',
      { method: 'POST', target: '/restapis', body: json({ name: true }), service: 'apigateway' },
      400,
      'SerializationException',
      '{"message":"class java.lang.Boolean can not be converted to an String"}',
    ],
    [
      'a number for a string',
      { method: 'POST', target: '/restapis', body: json({ name: 5 }), service: 'apigateway' },
      400,
      'SerializationException',
      '{"message":"class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"}',
    ],
    [
      'a number for a string in a map',
      {
        method: 'POST',
        target: '/restapis',
        body: json({ name: 'x', tags: { a: 1 } }),
        service: 'apigateway',
      },
      400,
      'SerializationException',
      /TruncatingBigNumber/,
    ],
    [
      'a string for a list',
      {
        method: 'POST',
        target: '/restapis',
        body: json({ name: 'x', binaryMediaTypes: '*/*' }),
        service: 'apigateway',
      },
      400,
      'SerializationException',
      /Expected list or null/,
    ],
    [
      'a number for a string, Lambda',
      { method: 'POST', target: '/2015-03-31/functions', body: json({ FunctionName: 5 }), service: 'lambda' },
      400,
      'SerializationException',
      /NUMBER_VALUE can not be converted to a String/,
    ],
    [
      'a query parameter that is no number',
      { target: '/restapis?limit=ten', service: 'apigateway' },
      400,
      'SerializationException',
      /'ten' can not be converted to an Integer/,
    ],
    [
      'nothing where a name must be',
      { method: 'POST', target: '/restapis', service: 'apigateway' },
      400,
      'ValidationException',
      json({
        message:
          "1 validation error detected: Value null at 'createRestApiInput.name' failed to satisfy constraint: Member must not be null",
      }),
    ],
    [
      'null is nothing',
      {
        method: 'PUT',
        target: '/restapis/a/resources/r/methods/GET',
        body: '{"authorizationType":null}',
        service: 'apigateway',
      },
      400,
      'ValidationException',
      /Value null at 'putMethodInput.authorizationType' failed to satisfy constraint: Member must not be null/,
    ],
    [
      'an enum in a list',
      {
        method: 'POST',
        target: '/restapis',
        body: json({ name: 'x', endpointConfiguration: { types: ['wrong'], ipAddressType: 'wrong' } }),
        service: 'apigateway',
      },
      400,
      'ValidationException',
      json({
        message:
          "2 validation errors detected: Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]; Value 'wrong' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]",
      }),
    ],
    [
      'failures without end',
      {
        method: 'PATCH',
        target: '/restapis/a',
        body: json({ patchOperations: Array.from({ length: 20_000 }, () => ({ op: 'x' })) }),
        service: 'apigateway',
      },
      400,
      'ValidationException',
      /^.{0,40}100 validation errors detected/,
    ],
    [
      'unknown members are ignored',
      {
        method: 'POST',
        target: '/restapis',
        body: json({ name: 'x', nonsense: [1] }),
        service: 'apigateway',
      },
      201,
      null,
      /"name":"x"/,
    ],
    [
      'an empty JSON body and none',
      { method: 'POST', target: '/restapis/a/deployments', body: ' ', service: 'apigateway' },
      201,
      null,
      '{"id":"dep123"}',
    ],
    [
      'a fraction of a second is not written',
      { target: '/restapis', service: 'apigateway' },
      200,
      null,
      json({ item: [{ id: 'one' }, { id: 'two', createdDate: Math.floor(CREATED / 1000) }] }),
    ],
    [
      'static query before others and after',
      {
        method: 'POST',
        target: '/restapis?ignore=documentation&mode=import',
        body: 'doc',
        service: 'apigateway',
      },
      201,
      null,
      /"id":"imported","name":"doc"/,
    ],
    [
      'another value of the static query',
      { method: 'POST', target: '/restapis?mode=other', body: '{"name":"plain"}', service: 'apigateway' },
      201,
      null,
      /"name":"plain"/,
    ],
    ['a trailing slash', { target: '/restapis/', service: 'apigateway' }, 200, null, /"id":"one"/],
    [
      'an unreadable label',
      { target: '/restapis/%E0%A4%A', service: 'apigateway' },
      403,
      'AccessDeniedException',
      /Unable to determine/,
    ],
    [
      'an unknown action',
      {
        method: 'POST',
        target: '/',
        body: 'Action=Nothing&Version=2011-06-15',
        headers: form,
        service: 'sts',
      },
      400,
      null,
      /<Error><Type>Sender<\/Type><Code>InvalidAction<\/Code><Message>Could not find operation Nothing for version 2011-06-15<\/Message><\/Error><RequestId>/,
    ],
    [
      'no action',
      { method: 'POST', target: '/', body: 'x=1', headers: form, service: 'sts' },
      400,
      null,
      /<Code>MissingAction<\/Code>/,
    ],
    [
      'an action of STS with prototype names',
      { method: 'POST', target: '/', body: 'Action=constructor', headers: form, service: 'sts' },
      400,
      null,
      /<Code>InvalidAction<\/Code>/,
    ],
    [
      'a target of nobody',
      {
        method: 'POST',
        target: '/',
        body: '{}',
        headers: {
          'X-Amz-Target': 'Logs_20140328.CreateLogGroup',
          'Content-Type': 'application/x-amz-json-1.1',
        },
        service: 'logs',
      },
      501,
      null,
      /"__type":"NotImplementedException","message":"AWS service 'logs'/,
    ],
    [
      'a wrong secret is not asked about where any is good',
      { target: '/restapis', service: 'apigateway' },
      200,
      null,
      /one/,
    ],
    [
      'our own bug',
      { target: '/restapis/broken', service: 'apigateway' },
      500,
      'InternalFailure',
      '{"message":"The request processing has failed because of an unknown error, exception or failure."}',
    ],
    [
      'a body past the limit',
      {
        method: 'POST',
        target: '/restapis',
        body: json({ name: 'x'.repeat(2000) }),
        service: 'apigateway',
        origin: small.origin,
      },
      413,
      'RequestEntityTooLargeException',
      '{"message":"Request must be smaller than 1000 bytes"}',
    ],
    [
      'configured keys: the right one',
      { target: '/restapis', service: 'apigateway', origin: keyed.origin },
      200,
      null,
      /one/,
    ],
    [
      'configured keys: a body altered',
      {
        method: 'POST',
        target: '/restapis',
        body: '{"name":"x"}',
        headers: { 'X-Amz-Content-Sha256': '0'.repeat(64) },
        service: 'apigateway',
        origin: keyed.origin,
      },
      403,
      'InvalidSignatureException',
      /does not match the signature you provided/,
    ],
    [
      'configured keys: no signature',
      { target: '/restapis', origin: keyed.origin },
      403,
      'MissingAuthenticationTokenException',
      /Missing/,
    ],
    [
      'configured keys: presigned long ago',
      {
        target: `/?Action=GetCallerIdentity&${presigned.replace('test', 'AKIAKNOWN')}`,
        origin: keyed.origin,
      },
      403,
      null,
      /<Code>SignatureDoesNotMatch<\/Code><Message>Signature expired: 20260101T000000Z is now earlier than /,
    ],
    [
      'configured keys: an unknown one',
      { target: `/?Action=GetCallerIdentity&${presigned}`, origin: keyed.origin },
      403,
      null,
      /<Code>InvalidClientTokenId<\/Code><Message>The security token included in the request is invalid\.</,
    ],
  ]
  for (const [name, request, status, errorType, body] of cases) {
    test(name, async () => {
      const answer = await raw(request)
      expect({ status: answer.status, errorType: answer.headers.get('x-amzn-errortype') }).toEqual({
        status,
        errorType,
      })
      if (typeof body === 'string') expect(answer.text).toBe(body)
      else expect(answer.text).toMatch(body)
      expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f]{8}-/)
    })
  }

  test('our own bug is logged under its request id, and its detail stays there', async () => {
    const answer = await raw({ target: '/restapis/broken', service: 'apigateway' })
    const line = logged.find((each) => each.includes(answer.headers.get('x-amzn-requestid') as string))
    expect(line).toContain('secret detail')
    expect(JSON.stringify(Object.fromEntries(answer.headers)) + answer.text).not.toContain('secret')
  })

  test('a service whose table does not exist is refused at once', () => {
    const options = {
      credentials: { kind: 'any' },
      defaultAccount: '',
      defaultRegion: '',
      clock: systemClock,
      log: silentLog,
    } as const
    expect(() => createAwsEndpoint({ ...options, services: [defineService('nothing', {})] })).toThrow(
      `no wire table 'nothing': there are ${Object.keys(tables).join(', ')}`,
    )
  })
})
