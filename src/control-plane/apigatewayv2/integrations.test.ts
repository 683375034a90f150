import { test } from 'bun:test'
import { liftedRoutedTimeoutMs } from '#model/quotas.ts'
import type { PlayedCall } from '../../../test/support/play-calls.ts'
import {
  playV2Calls,
  withBackend,
  withHttpApi,
  withWebSocketApi,
} from '../../../test/support/play-v2-calls.ts'

const bad = 'BadRequestException'
const lambda =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:hello/invocations'
const role = 'arn:aws:iam::111111111111:role/caller'
const create = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'CreateIntegration',
  with: { ApiId: '$api.ApiId', ...input },
})
const update = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateIntegration',
  with: { ApiId: '$api.ApiId', IntegrationId: '$integration.IntegrationId', ...input },
})
const get = {
  call: 'GetIntegration',
  with: { ApiId: '$api.ApiId', IntegrationId: '$integration.IntegrationId' },
}
const url = {
  IntegrationType: 'HTTP_PROXY',
  IntegrationMethod: 'GET',
  IntegrationUri: 'https://backend.example',
  PayloadFormatVersion: '1.0',
}
const listener =
  'arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/lb/50dc6c495c0c9188/0467ef3c8400ae65'
const ofLink = { ...url, ConnectionType: 'VPC_LINK', ConnectionId: 'link12', IntegrationUri: listener }
const queue = {
  IntegrationType: 'AWS_PROXY',
  IntegrationSubtype: 'SQS-SendMessage',
  PayloadFormatVersion: '1.0',
  CredentialsArn: role,
  RequestParameters: { QueueUrl: 'https://queue.example/q', MessageBody: '$request.body.message' },
}
const mock = { IntegrationType: 'MOCK' }

/** What is given, and what AWS answers beside an id: seen in Terraform's tests on AWS. */
const defaultsHttp: readonly (readonly [name: string, given: object, added: object])[] = [
  ['a URL', url, {}],
  [
    'a function',
    { IntegrationType: 'AWS_PROXY', IntegrationUri: lambda, PayloadFormatVersion: '2.0' },
    { IntegrationMethod: 'POST' },
  ],
  ['a private one', { ...ofLink, TlsConfig: { ServerNameToVerify: 'lb.example' } }, {}],
  ['an action', queue, {}],
  // Developer guide, "API Gateway stage variables reference".
  [
    'a role of each stage',
    { ...queue, CredentialsArn: 'arn:aws:iam::123456789012:${stageVariables.role}' },
    {},
  ],
]
test.each(defaultsHttp)('an HTTP API: defaults of %s', (_, given, added) =>
  playV2Calls([
    ...withHttpApi,
    { ...create(given), as: 'integration' },
    {
      ...get,
      gives: {
        ConnectionType: 'INTERNET',
        TimeoutInMillis: 30_000,
        ...given,
        ...added,
        IntegrationId: '$integration.IntegrationId',
      },
    },
  ]),
)

const ofStatus = { IntegrationResponseSelectionExpression: '${integration.response.statuscode}' }
const ofError = { IntegrationResponseSelectionExpression: '${integration.response.body.errorMessage}' }
const defaultsMessages: readonly (readonly [name: string, given: object, added: object])[] = [
  ['a mock', mock, ofStatus],
  [
    'a URL with templates',
    { ...url, IntegrationType: 'HTTP', RequestTemplates: { 'application/json': '' } },
    ofStatus,
  ],
  ['a URL', url, {}],
  [
    'an AWS service',
    { IntegrationType: 'AWS', IntegrationUri: lambda },
    { IntegrationMethod: 'POST', ...ofError },
  ],
  [
    'a function',
    { IntegrationType: 'AWS_PROXY', IntegrationUri: lambda, ContentHandlingStrategy: 'CONVERT_TO_TEXT' },
    { IntegrationMethod: 'POST' },
  ],
]
test.each(defaultsMessages)('a WebSocket API: defaults of %s', (_, given, added) =>
  playV2Calls([
    ...withWebSocketApi,
    { ...create(given), as: 'integration' },
    {
      ...get,
      gives: {
        ConnectionType: 'INTERNET',
        TimeoutInMillis: 29_000,
        PayloadFormatVersion: '1.0',
        PassthroughBehavior: 'WHEN_NO_MATCH',
        ...given,
        ...added,
        IntegrationId: '$integration.IntegrationId',
      },
    },
  ]),
)

const response = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'CreateIntegrationResponse',
  with: { ApiId: '$api.ApiId', IntegrationId: '$integration.IntegrationId', ...input },
})
const ofResponse = {
  ApiId: '$api.ApiId',
  IntegrationId: '$integration.IntegrationId',
  IntegrationResponseId: '$response.IntegrationResponseId',
}

const plays: Readonly<Record<string, readonly PlayedCall[]>> = {
  'parameters are changed one by one, an empty one is taken away': [
    ...withHttpApi,
    {
      ...create({
        ...url,
        RequestParameters: { 'append:header.a': '$context.requestId', 'remove:querystring.b': "''" },
        ResponseParameters: { '500': { 'overwrite:statuscode': '403' }, '404': { 'append:header.e': 'x' } },
      }),
      as: 'integration',
    },
    {
      ...update({
        RequestParameters: { 'remove:querystring.b': '', 'overwrite:path': '/x' },
        ResponseParameters: { '404': {} },
        Description: 'new',
      }),
      has: {
        Description: 'new',
        RequestParameters: { 'append:header.a': '$context.requestId', 'overwrite:path': '/x' },
        ResponseParameters: { '500': { 'overwrite:statuscode': '403' } },
      },
    },
    {
      ...update({
        RequestParameters: { 'append:header.a': '', 'overwrite:path': '' },
        ResponseParameters: { '500': {} },
        Description: '',
      }),
      gives: {
        ...url,
        ConnectionType: 'INTERNET',
        TimeoutInMillis: 30_000,
        IntegrationId: '$integration.IntegrationId',
      },
    },
  ],
  'what is private may become public': [
    ...withHttpApi,
    { ...create({ ...ofLink, TlsConfig: { ServerNameToVerify: 'lb.example' } }), as: 'integration' },
    {
      ...update({
        ConnectionType: 'INTERNET',
        ConnectionId: '',
        TlsConfig: {},
        IntegrationUri: 'https://lb.example',
        PassthroughBehavior: 'NEVER',
      }),
      gives: {
        ...url,
        IntegrationUri: 'https://lb.example',
        ConnectionType: 'INTERNET',
        TimeoutInMillis: 30_000,
        IntegrationId: '$integration.IntegrationId',
      },
    },
  ],
  'an integration with routes stays': [
    ...withBackend,
    {
      call: 'CreateRoute',
      with: { ApiId: '$api.ApiId', RouteKey: 'GET /', Target: 'integrations/$integration.IntegrationId' },
      as: 'route',
    },
    {
      call: 'DeleteIntegration',
      with: get.with,
      fails: [
        'ConflictException',
        'Cannot delete Integration because it is referenced by the following Routes with Ids: [$route.RouteId]',
      ],
    },
    { call: 'DeleteRoute', with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId' } },
    { call: 'DeleteIntegration', with: get.with },
    {
      ...get,
      fails: ['NotFoundException', 'Invalid Integration identifier specified $integration.IntegrationId'],
    },
  ],
  'integrations are listed': [
    ...withBackend,
    { call: 'GetIntegrations', with: { ApiId: '$api.ApiId' }, has: { Items: [url] } },
  ],
  'an integration of messages has responses': [
    ...withWebSocketApi,
    { ...create(mock), as: 'integration' },
    {
      ...response({
        IntegrationResponseKey: '/2\\d\\d/',
        ResponseTemplates: { ok: '{}' },
        ResponseParameters: { 'method.response.header.a': "'b'" },
      }),
      as: 'response',
      gives: {
        IntegrationResponseId: '$response.IntegrationResponseId',
        IntegrationResponseKey: '/2\\d\\d/',
        ResponseTemplates: { ok: '{}' },
        ResponseParameters: { 'method.response.header.a': "'b'" },
      },
    },
    response({ IntegrationResponseKey: '$default' }),
    {
      ...response({ IntegrationResponseKey: '$default' }),
      fails: [
        'ConflictException',
        'IntegrationResponse with key $default already exists for this integration',
      ],
    },
    {
      ...response({ IntegrationResponseKey: '/(/' }),
      as: 'none',
      fails: [
        bad,
        'Invalid integrationResponseKey specified: /(/. unclosed group at offset 1 of the regular expression "("',
      ],
    },
    {
      ...response({ IntegrationResponseKey: '200', ResponseParameters: { a: "'b'" } }),
      fails: [
        bad,
        'Invalid mapping expression parameter specified: a. Expected method.response.header.{name}',
      ],
    },
    {
      call: 'UpdateIntegrationResponse',
      with: {
        ...ofResponse,
        IntegrationResponseKey: '200',
        ContentHandlingStrategy: 'CONVERT_TO_TEXT',
        ResponseParameters: { 'method.response.header.a': '' },
      },
      gives: {
        IntegrationResponseId: '$response.IntegrationResponseId',
        IntegrationResponseKey: '200',
        ContentHandlingStrategy: 'CONVERT_TO_TEXT',
        ResponseTemplates: { ok: '{}' },
      },
    },
    { call: 'GetIntegrationResponse', with: ofResponse, has: { IntegrationResponseKey: '200' } },
    {
      call: 'GetIntegrationResponses',
      with: { ApiId: '$api.ApiId', IntegrationId: '$integration.IntegrationId', MaxResults: '1' },
      as: 'page',
    },
    {
      call: 'GetIntegrationResponses',
      with: {
        ApiId: '$api.ApiId',
        IntegrationId: '$integration.IntegrationId',
        NextToken: '$page.NextToken',
      },
      has: { Items: [{}] },
    },
    { call: 'DeleteIntegrationResponse', with: ofResponse },
    {
      call: 'DeleteIntegrationResponse',
      with: ofResponse,
      fails: [
        'NotFoundException',
        'Invalid IntegrationResponse identifier specified $response.IntegrationResponseId',
      ],
    },
  ],
  'HTTP APIs have none': [
    ...withBackend,
    {
      ...response({ IntegrationResponseKey: '$default' }),
      fails: [bad, 'IntegrationResponse is not supported on protocolType HTTP'],
    },
  ],
}
for (const [name, calls] of Object.entries(plays)) test(name, () => playV2Calls(calls))

const refusedHttp: readonly (readonly [input: object, message: string])[] = [
  [
    mock,
    'Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)',
  ],
  [
    { ...url, PayloadFormatVersion: undefined },
    'PayloadFormatVersion is a required parameter for integration',
  ],
  [{ ...url, PayloadFormatVersion: '2.0' }, 'Unsupported PayloadFormatVersion: 2.0'],
  [{ ...url, IntegrationMethod: undefined }, 'HttpMethod must be specified'],
  [
    { ...url, IntegrationMethod: 'BREW' },
    'Invalid HttpMethod specified. Valid options are ANY,GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS',
  ],
  [{ ...url, IntegrationUri: 'backend.example' }, 'Invalid HTTP endpoint specified for URI'],
  [{ ...url, TimeoutInMillis: 49 }, 'Timeout should be between 50 ms and 30000 ms'],
  [{ ...url, TimeoutInMillis: 30_001 }, 'Timeout should be between 50 ms and 30000 ms'],
  [
    { ...url, CredentialsArn: 'caller' },
    'Invalid credentialsArn specified: caller. Expected the ARN of an IAM role',
  ],
  [
    { ...url, CredentialsArn: '${stageVariables.role}' },
    'Invalid credentialsArn specified: ${stageVariables.role}. Expected the ARN of an IAM role',
  ],
  [{ ...url, RequestTemplates: { a: 'b' } }, 'requestTemplates is not supported on protocolType HTTP'],
  [
    { ...url, ContentHandlingStrategy: 'CONVERT_TO_TEXT' },
    'contentHandlingStrategy is not supported on protocolType HTTP',
  ],
  [
    { ...url, TlsConfig: { ServerNameToVerify: 'a' } },
    'tlsConfig is of private integrations: expected connectionType VPC_LINK',
  ],
  [{ ...url, ConnectionType: 'VPC_LINK' }, 'connectionId must be specified when connectionType is VPC_LINK'],
  [
    { ...url, ConnectionId: 'link12' },
    'connectionId is the id of a VPC link: expected connectionType VPC_LINK beside it',
  ],
  [
    { ...ofLink, IntegrationUri: 'https://a' },
    "Invalid integrationUri specified: https://a. Expected the ARN of a load balancer's listener or of a Cloud Map service behind the VPC link",
  ],
  [
    { ...url, ResponseParameters: { '199': { 'append:header.a': 'b' } } },
    'Invalid responseParameters specified: 199. Expected a status code from 200 to 599',
  ],
  [
    { ...url, RequestParameters: { 'append:header.Via': 'b' } },
    'Invalid requestParameters specified: append:header.Via. operations on header Via are restricted: it is reserved',
  ],
  [
    { ...url, ResponseParameters: { '200': { 'overwrite:path': 'b' } } },
    'Invalid responseParameters specified: 200: overwrite:path. invalid mapping key "overwrite:path": expected append|overwrite|remove:header.{name} or overwrite:statuscode',
  ],
  [
    { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: 'hello' },
    'Invalid function ARN or invalid uri: hello',
  ],
  [
    { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '3.0', IntegrationUri: lambda },
    'Unsupported PayloadFormatVersion: 3.0',
  ],
  [
    { ...queue, IntegrationType: 'HTTP_PROXY' },
    'Invalid IntegrationSubtype specified: SQS-SendMessage of type HTTP_PROXY. Integrations of type AWS_PROXY have one of [EventBridge-PutEvents, SQS-SendMessage, SQS-ReceiveMessage, SQS-DeleteMessage, SQS-PurgeQueue, AppConfig-GetConfiguration, Kinesis-PutRecord, StepFunctions-StartExecution, StepFunctions-StartSyncExecution, StepFunctions-StopExecution]',
  ],
  [
    { ...queue, IntegrationUri: lambda },
    'An integration with SQS-SendMessage has neither integrationUri nor integrationMethod nor VPC link',
  ],
  [{ ...queue, CredentialsArn: undefined }, 'CredentialsArn is a required parameter for SQS-SendMessage'],
  [
    { ...queue, RequestParameters: { QueueUrl: 'q' } },
    'MessageBody is a required request parameter of SQS-SendMessage',
  ],
  [
    { ...queue, RequestParameters: { ...queue.RequestParameters, Color: 'red' } },
    'Invalid request parameter of SQS-SendMessage: Color. Must be one of [QueueUrl, MessageBody, DelaySeconds, MessageAttributes, MessageDeduplicationId, MessageGroupId, MessageSystemAttributes, Region]',
  ],
]
test.each(refusedHttp)('an HTTP API refuses the integration %j', (input, message) =>
  playV2Calls([...withHttpApi, { ...create(input), fails: [bad, message] }]),
)

const refusedMessages: readonly (readonly [input: object, message: string])[] = [
  [{ ...mock, TimeoutInMillis: 29_001 }, 'Timeout should be between 50 ms and 29000 ms'],
  [{ ...mock, PayloadFormatVersion: '2.0' }, 'Unsupported PayloadFormatVersion: 2.0'],
  [
    { ...mock, ResponseParameters: { '200': { 'append:header.a': 'b' } } },
    'responseParameters is not supported on protocolType WEBSOCKET',
  ],
  [{ ...queue }, 'integrationSubtype is not supported on protocolType WEBSOCKET'],
  [
    { ...mock, RequestParameters: { 'append:header.a': 'b' } },
    'Invalid mapping expression specified: append:header.a: b. invalid mapping parameter append:header.a: expected integration.request.header.{name} or integration.request.querystring.{name} or integration.request.path.{name}',
  ],
  [
    { ...mock, TemplateSelectionExpression: '$request.path' },
    'Invalid templateSelectionExpression specified: $request.path. unknown variable request.path: expected request.body, request.body.{JSONPath}, context.{name} or stageVariables.{name}',
  ],
  [
    { IntegrationType: 'AWS', IntegrationUri: 'https://a' },
    'AWS ARN for integration must contain path or action',
  ],
  [{ IntegrationType: 'HTTP', IntegrationMethod: 'GET' }, 'Invalid HTTP endpoint specified for URI'],
]
test.each(refusedMessages)('a WebSocket API refuses the integration %j', (input, message) =>
  playV2Calls([...withWebSocketApi, { ...create(input), fails: [bad, message] }]),
)

test('where the owner lifts limits, a backend may take longer; the default stays', () =>
  playV2Calls(
    [
      ...withHttpApi,
      { ...create({ ...url, TimeoutInMillis: 60_000 }), has: { TimeoutInMillis: 60_000 } },
      { ...create(url), has: { TimeoutInMillis: 30_000 } },
    ],
    { timeouts: liftedRoutedTimeoutMs },
  ))
