import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { compile } from '#compiler/compile.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { GatewayResponseType } from '#model/gateway-response.ts'
import { normalise } from './support/case.ts'
import { define, type ApiDefinition } from './support/definition.ts'
import { startHouse, type House } from './support/house.ts'
import type { RawReply } from './support/raw-http.ts'

let house: House
let count = 0

beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house.stop())

/** What a method of an API answers that ends with this error. */
async function answer(
  type: GatewayResponseType,
  gatewayResponses: NonNullable<ApiDefinition['gatewayResponses']> = [],
  headers: readonly string[] = [],
): Promise<RawReply> {
  const apiId = `error${++count}`
  const { snapshot, stage } = define(apiId, { paths: {}, gatewayResponses })
  const { plan } = compile(snapshot, stage)
  const fails = (): never => {
    throw new GatewayError(type)
  }
  house.planTable.swap({
    ...plan,
    match: () => ({
      route: {
        resourceId: 'r1',
        resourcePath: '/x',
        httpMethod: 'GET',
        operationName: undefined,
        pathParameterNames: [],
        stepNames: ['fails'],
        steps: [fails],
      },
      pathValues: [],
    }),
  })
  return house.send(apiId, { target: '/x?q=a%22b', headers })
}

const internal = '{"message": "Internal server error"}'

/** Developer guide, "Gateway response types"; bodies and error types recorded on AWS where they were. */
const types: readonly (readonly [
  type: Exclude<GatewayResponseType, 'DEFAULT_4XX' | 'DEFAULT_5XX'>,
  status: number,
  body: string,
  errorType: string,
])[] = [
  [
    'ACCESS_DENIED',
    403,
    '{"Message":"User is not authorized to access this resource"}',
    'AccessDeniedException',
  ],
  ['API_CONFIGURATION_ERROR', 500, internal, 'InternalServerErrorException'],
  ['AUTHORIZER_CONFIGURATION_ERROR', 500, '{"message":null}', 'AuthorizerConfigurationException'],
  ['AUTHORIZER_FAILURE', 500, '{"message":null}', 'AuthorizerFailureException'],
  ['BAD_REQUEST_BODY', 400, '{"message": "Invalid request body"}', 'BadRequestException'],
  [
    'BAD_REQUEST_PARAMETERS',
    400,
    '{"message": "Missing required request parameters"}',
    'BadRequestException',
  ],
  [
    'EXPIRED_TOKEN',
    403,
    '{"message":"The security token included in the request is expired"}',
    'ExpiredTokenException',
  ],
  [
    'INTEGRATION_FAILURE',
    504,
    '{"message": "Network error communicating with endpoint"}',
    'InternalServerErrorException',
  ],
  ['INTEGRATION_TIMEOUT', 504, '{"message": "Endpoint request timed out"}', 'InternalServerErrorException'],
  ['INVALID_API_KEY', 403, '{"message":"Forbidden"}', 'ForbiddenException'],
  [
    'INVALID_SIGNATURE',
    403,
    '{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}',
    'InvalidSignatureException',
  ],
  [
    'MISSING_AUTHENTICATION_TOKEN',
    403,
    '{"message":"Missing Authentication Token"}',
    'MissingAuthenticationTokenException',
  ],
  ['QUOTA_EXCEEDED', 429, '{"message":"Limit Exceeded"}', 'LimitExceededException'],
  ['REQUEST_TOO_LARGE', 413, '{"message":"Request Too Long"}', 'RequestTooLargeException'],
  ['RESOURCE_NOT_FOUND', 404, '{"message":"Not Found"}', 'ResourceNotFoundException'],
  ['THROTTLED', 429, '{"message":"Too Many Requests"}', 'TooManyRequestsException'],
  ['UNAUTHORIZED', 401, '{"message":"Unauthorized"}', 'UnauthorizedException'],
  ['UNSUPPORTED_MEDIA_TYPE', 415, '{"message": "Unsupported Media Type"}', 'BadRequestException'],
  ['WAF_FILTERED', 403, '{"message":"Forbidden"}', 'ForbiddenException'],
]

describe.each(types)('%s', (type, status, body, errorType) => {
  const customisable = type !== 'REQUEST_TOO_LARGE'
  const fallback = status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'
  const other = status < 500 ? 'DEFAULT_5XX' : 'DEFAULT_4XX'
  const template = {
    'application/json': '{"m":$context.error.messageString,"t":"$context.error.responseType"}',
  }
  const message = JSON.stringify(Object.values(JSON.parse(body) as object)[0])
  const rendered = `{"m":${message},"t":"${type}"}`

  test('built in', async () => {
    const reply = await answer(type)
    expect([reply.status, reply.body]).toEqual([status, body])
    const lines = reply.headers.filter((line) => !/^(date|connection):/i.test(line)).map(normalise)
    expect(lines).toEqual([
      'Content-Type: application/json',
      'x-amzn-RequestId: <uuid>',
      `x-amzn-ErrorType: ${errorType}`,
      'x-amz-apigw-id: <id>',
      `Content-Length: ${body.length}`,
    ])
  })

  test('its own', async () => {
    const reply = await answer(type, [
      { responseType: type, statusCode: '418', responseTemplates: template },
      { responseType: fallback, statusCode: '499' },
    ])
    expect([reply.status, reply.body]).toEqual(customisable ? [418, rendered] : [status, body])
  })

  test('its own without status', async () => {
    const reply = await answer(type, [{ responseType: type, responseTemplates: template }])
    expect([reply.status, reply.body]).toEqual([status, customisable ? rendered : body])
  })

  test(`${fallback}`, async () => {
    const reply = await answer(type, [
      { responseType: fallback, statusCode: '499', responseTemplates: template },
      { responseType: other, statusCode: '498' },
    ])
    expect([reply.status, reply.body]).toEqual(customisable ? [499, rendered] : [status, body])
  })

  test(`${fallback} without status`, async () => {
    const reply = await answer(type, [{ responseType: fallback, responseTemplates: template }])
    expect([reply.status, reply.body]).toEqual([status, customisable ? rendered : body])
    expect(reply.header('x-amzn-ErrorType')).toBe(errorType)
  })

  test(`${other} is not for it`, async () => {
    const reply = await answer(type, [{ responseType: other, statusCode: '498' }])
    expect([reply.status, reply.body]).toEqual([status, body])
  })
})

const templates = {
  'text/html': 'html',
  'application/json': 'json',
  'application/xml': 'xml',
}

/** Developer guide, "Gateway responses in API Gateway". */
test.each([
  ['nothing', [], templates, 'application/json', 'json'],
  ['a type', ['Accept: text/html'], templates, 'text/html', 'html'],
  ['a type with parameters', ['Accept: application/xml;q=0.9'], templates, 'application/xml', 'xml'],
  ['the first of several', ['Accept: text/html,application/xml'], templates, 'text/html', 'html'],
  ['another type', ['Accept: image/png'], templates, 'application/json', 'json'],
  ['whatever', ['Accept: */*'], templates, 'application/json', 'json'],
  ['another type, and there is no JSON', ['Accept: image/png'], { 'text/html': 'html' }, 'text/html', 'html'],
  [
    'another type, and there is no template',
    ['Accept: text/html'],
    {},
    'application/json',
    '{"message":"Unauthorized"}',
  ],
])('the template for a client that accepts %s', async (_, headers, responseTemplates, type, body) => {
  const reply = await answer('UNAUTHORIZED', [{ responseType: 'UNAUTHORIZED', responseTemplates }], headers)
  expect([reply.header('content-type'), reply.body]).toEqual([type, body])
})

test('headers of a gateway response: from the request, the context, the stage, and as they are', async () => {
  const reply = await answer(
    'THROTTLED',
    [
      {
        responseType: 'THROTTLED',
        responseParameters: {
          'gatewayresponse.header.Content-Type': "'text/plain'",
          'gatewayresponse.header.Access-Control-Allow-Origin': 'method.request.header.Origin',
          'gatewayresponse.header.X-Query': 'method.request.querystring.q',
          'gatewayresponse.header.X-Multi': 'method.request.multivalueheader.X-M',
          'gatewayresponse.header.X-Type': 'context.error.responseType',
          'gatewayresponse.header.X-Message': 'context.error.message',
          'gatewayresponse.header.X-Id': 'context.requestId',
          'gatewayresponse.header.X-None': 'stageVariables.none',
          'gatewayresponse.header.x-amzn-ErrorType': "'mine'",
        },
      },
    ],
    ['Origin: https://a.example', 'X-M: 1', 'X-M: 2'],
  )
  expect(reply.headers.filter((line) => !/^(date|connection):/i.test(line)).map(normalise)).toEqual([
    'Content-Type: text/plain',
    'x-amzn-RequestId: <uuid>',
    'x-amzn-ErrorType: mine',
    'x-amz-apigw-id: <id>',
    'Access-Control-Allow-Origin: https://a.example',
    'X-Query: a"b',
    'X-Multi: 1,2',
    'X-Type: THROTTLED',
    'X-Message: Too Many Requests',
    'X-Id: <uuid>',
    'Content-Length: 31',
  ])
})

test('a template is no Velocity: what is known is replaced as it is, the rest stays', async () => {
  const reply = await answer('UNAUTHORIZED', [
    {
      responseType: 'UNAUTHORIZED',
      responseTemplates: {
        'application/json':
          '#set($a = 1)$a|$context.error.message|$context.error.messageString|$context.error.validationErrorString|' +
          '$method.request.querystring.q|method.request.querystring.q|$context.stage|$context.nothing|$input.body',
      },
    },
  ])
  expect(reply.body).toBe('#set($a = 1)$a|Unauthorized|"Unauthorized"||a"b|a"b|prod||$input.body')
})
