import type { RestCase } from './support/case.ts'
import { lambdaProxy, mock, type ApiDefinition } from './support/definition.ts'
import { returning } from './support/functions.ts'

const source = 'developer guide, "Enabling CORS for a REST API resource"'

/** As the console and the CDK write a preflight: a MOCK whose answer is all in its parameters. */
const api: ApiDefinition = {
  paths: {
    '/pets': {
      GET: { integration: lambdaProxy('f') },
      OPTIONS: {
        methodResponses: { 204: { statusCode: '204' } },
        integration: {
          type: 'MOCK',
          requestTemplates: { 'application/json': '{ statusCode: 200 }' },
          integrationResponses: {
            204: {
              responseParameters: {
                'method.response.header.Access-Control-Allow-Headers':
                  "'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token'",
                'method.response.header.Access-Control-Allow-Origin': "'*'",
                'method.response.header.Access-Control-Allow-Methods': "'OPTIONS,GET'",
              },
            },
          },
        },
      },
    },
    '/plain': { GET: { integration: mock('plain') } },
    '/several': {
      OPTIONS: {
        integration: mock('', {
          integrationResponses: {
            200: {
              responseParameters: {
                'method.response.header.Access-Control-Allow-Origin': "'https://a.example'",
              },
              responseTemplates: {
                'application/json':
                  '#set($origin = $input.params().header.get("Origin"))' +
                  '#if($origin == "https://b.example")#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end',
              },
            },
          },
        }),
      },
    },
  },
  gatewayResponses: [
    {
      responseType: 'DEFAULT_4XX',
      responseParameters: {
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
        'gatewayresponse.header.Access-Control-Allow-Headers': "'*'",
      },
    },
  ],
}

/** REST APIs do nothing of their own for CORS: methods, mappings and gateway responses do. */
export const corsCases: readonly RestCase[] = [
  {
    name: 'a preflight is a MOCK',
    source,
    api,
    request: {
      method: 'OPTIONS',
      target: '/pets',
      headers: ['Origin: https://a.example', 'Access-Control-Request-Method: GET'],
    },
    expect: {
      status: 204,
      body: '',
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'Access-Control-Allow-Headers: Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token',
        'Access-Control-Allow-Origin: *',
        'Access-Control-Allow-Methods: OPTIONS,GET',
      ],
    },
  },
  {
    name: 'one with a Content-Type that no template is for passes its empty body, which has no status',
    source,
    api,
    request: { method: 'OPTIONS', target: '/pets', headers: ['Content-Type: text/plain'] },
    expect: { status: 500 },
  },
  {
    name: 'one of several origins, chosen by the template',
    source: 'developer guide, "Enabling CORS for a REST API resource", several origins',
    api,
    request: { method: 'OPTIONS', target: '/several', headers: ['Origin: https://b.example'] },
    expect: { status: 200, header: { 'Access-Control-Allow-Origin': 'https://b.example' } },
  },
  {
    name: 'the others get the first',
    source: 'developer guide, "Enabling CORS for a REST API resource", several origins',
    api,
    request: { method: 'OPTIONS', target: '/several', headers: ['Origin: https://c.example'] },
    expect: { status: 200, header: { 'Access-Control-Allow-Origin': 'https://a.example' } },
  },
  {
    name: 'a proxied function answers for itself',
    source,
    api,
    functions: { f: returning({ headers: { 'Access-Control-Allow-Origin': 'https://f.example' } }) },
    request: { target: '/pets', headers: ['Origin: https://a.example'] },
    expect: { status: 200, header: { 'Access-Control-Allow-Origin': 'https://f.example' } },
  },
  {
    name: 'nothing is added to the answer of a method',
    source,
    api,
    request: { target: '/plain', headers: ['Origin: https://a.example'] },
    expect: { status: 200, body: 'plain', header: { 'Access-Control-Allow-Origin': null } },
  },
  {
    name: 'OPTIONS is a method like any other: where it is not defined it is refused',
    source,
    api,
    request: { method: 'OPTIONS', target: '/plain' },
    expect: { status: 403, body: '{"message":"Missing Authentication Token"}' },
  },
  {
    name: 'errors of the gateway have the headers of their gateway response',
    source: 'developer guide, "Gateway responses in API Gateway"',
    api,
    request: { target: '/nothing', headers: ['Origin: https://a.example'] },
    expect: {
      status: 403,
      header: { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' },
    },
  },
  {
    name: 'and no others',
    source: 'developer guide, "Gateway responses in API Gateway"',
    api,
    functions: { f: returning('no response') },
    request: { target: '/pets', headers: ['Origin: https://a.example'] },
    expect: { status: 502, header: { 'Access-Control-Allow-Origin': null } },
  },
]
