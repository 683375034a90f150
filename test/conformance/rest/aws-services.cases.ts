import type { BackendAnswer } from './support/backend.ts'
import type { ApiDefinition, IntegrationDefinition } from './support/definition.ts'
import type { RawRequest } from './support/raw-http.ts'

/** An integration with an AWS service: what it is called with, and what comes of its answer. */
export interface ServiceCase {
  readonly name: string
  readonly source?: string
  /** After `arn:aws:apigateway:`. */
  readonly uri: string
  readonly integration?: Partial<IntegrationDefinition>
  readonly api?: Partial<ApiDefinition>
  /** The resource is `/x/{id+}`. */
  readonly request: RawRequest
  readonly answer?: BackendAnswer
  readonly expect: ServiceExpected
}

export interface ServiceExpected {
  readonly status?: number
  readonly body?: string
  readonly header?: Readonly<Record<string, string | null>>
  /** Region and signing name; undefined: nothing was called. */
  readonly scope: string | undefined
  readonly method?: string
  readonly target?: string
  readonly sent?: string
  /** Header lines among those sent; null: not sent. */
  readonly sentHeader?: Readonly<Record<string, string | null>>
}

const json = 'Content-Type: application/json'
const form = { 'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'" }
const INTERNAL = '{"message": "Internal server error"}'

export const serviceCases: readonly ServiceCase[] = [
  {
    name: 'SQS by path, a form by template',
    source: 'recorded on AWS: answers are JSON because Accept is application/json',
    uri: 'us-west-2:sqs:path/123456789012/orders',
    integration: {
      requestParameters: form,
      requestTemplates: { 'application/json': 'Action=SendMessage&MessageBody=$util.urlEncode($input.body)' },
      integrationResponses: {
        200: {
          responseTemplates: {
            'application/json':
              '{"id": "$input.path(\'$.SendMessageResponse.SendMessageResult.MessageId\')"}',
          },
        },
      },
    },
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{"a": "b&c"}' },
    answer: {
      headers: ['Content-Type', 'application/json'],
      body: '{"SendMessageResponse":{"SendMessageResult":{"MessageId":"m1"}}}',
    },
    expect: {
      scope: 'us-west-2/sqs',
      method: 'POST',
      target: '/123456789012/orders',
      sent: 'Action=SendMessage&MessageBody=%7B%22a%22%3A+%22b%26c%22%7D',
      sentHeader: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
        'User-Agent': 'AmazonAPIGateway_<api>',
        'x-amzn-apigateway-api-id': '<api>',
        'X-Amz-Source-Arn': 'arn:aws:execute-api:us-east-1:123456789012:<api>/prod/ANY/x/{id+}',
        'X-Amzn-Trace-Id': '<trace>',
        'X-Amz-Target': null,
      },
      body: '{"id": "m1"}',
    },
  },
  {
    name: 'SQS without a body: the template sees an empty map',
    source: 'recorded on AWS',
    uri: 'us-west-2:sqs:path/123456789012/orders',
    integration: {
      requestParameters: form,
      requestTemplates: { 'application/json': 'Action=SendMessage&MessageBody=$input.body' },
    },
    request: { method: 'POST', target: '/x/1' },
    expect: { scope: 'us-west-2/sqs', sent: 'Action=SendMessage&MessageBody={}' },
  },
  {
    name: 'SQS in JSON',
    source: 'recorded on AWS',
    uri: 'us-west-2:sqs:path/123456789012/orders',
    integration: {
      requestParameters: {
        'integration.request.header.Content-Type': "'application/x-amz-json-1.0'",
        'integration.request.header.X-Amz-Target': "'AmazonSQS.SendMessage'",
      },
      requestTemplates: {
        'application/json': '{"QueueUrl": "https://q/orders", "MessageBody": $input.json(\'$.m\')}',
      },
    },
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{"m": "hello"}' },
    expect: {
      scope: 'us-west-2/sqs',
      sent: '{"QueueUrl": "https://q/orders", "MessageBody": "hello"}',
      sentHeader: {
        'X-Amz-Target': 'AmazonSQS.SendMessage',
        'Content-Type': 'application/x-amz-json-1.0',
      },
    },
  },
  {
    name: 'an action is a query, what is mapped comes behind',
    source: 'seen in logs of executions',
    uri: 'eu-west-2:sns:action/Publish&Version=2010-03-31',
    integration: {
      requestParameters: {
        'integration.request.querystring.Message': 'method.request.body.text',
        'integration.request.querystring.TopicArn': "'arn:aws:sns:eu-west-2:123456789012:t'",
      },
    },
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{"text": "a b&c=\xc3\xbc"}' },
    answer: { headers: ['Content-Type', 'application/json'], body: '{"PublishResponse":{}}' },
    expect: {
      scope: 'eu-west-2/sns',
      method: 'POST',
      target:
        '/?Action=Publish&Version=2010-03-31&Message=a%20b%26c%3D%C3%BC&TopicArn=arn%3Aaws%3Asns%3Aeu-west-2%3A123456789012%3At',
      sentHeader: { 'Content-Type': 'application/json', 'X-Amz-Target': null },
      body: '{"PublishResponse":{}}',
    },
  },
  {
    name: 'SSM is spoken to in queries',
    source: 'recorded on AWS',
    uri: 'us-east-1:ssm:action/GetParameter',
    integration: { requestParameters: { 'integration.request.querystring.Name': "'param-1'" } },
    request: { target: '/x/1' },
    expect: {
      scope: 'us-east-1/ssm',
      method: 'POST',
      target: '/?Action=GetParameter&Name=param-1',
      sent: '',
      sentHeader: { Accept: 'application/json', 'X-Amz-Target': null },
    },
  },
  {
    name: 'path parameters and stage variables in an action cannot add to it',
    uri: 'us-east-1:sns:action/${stageVariables.action}&Message={m}',
    api: { variables: { action: 'Publish' } },
    integration: { requestParameters: { 'integration.request.path.m': 'method.request.path.id' } },
    request: { target: '/x/a&TopicArn=b+c' },
    expect: { scope: 'us-east-1/sns', target: '/?Action=Publish&Message=a%26TopicArn%3Db%2Bc' },
  },
  ...(
    [
      ['dynamodb', 'PutItem', 'DynamoDB_20120810', '1.0', 'dynamodb'],
      ['streams.dynamodb', 'ListStreams', 'DynamoDBStreams_20120810', '1.0', 'dynamodb'],
      ['kinesis', 'PutRecord', 'Kinesis_20131202', '1.1', 'kinesis'],
      ['firehose', 'PutRecord', 'Firehose_20150804', '1.1', 'firehose'],
      ['states', 'StartExecution', 'AWSStepFunctions', '1.0', 'states'],
      ['states', 'StartSyncExecution', 'AWSStepFunctions', '1.0', 'states'],
    ] as const
  ).map(([service, action, prefix, version, signingName]): ServiceCase => ({
    name: `${service} is told the action ${action}`,
    source: 'recorded on AWS: integrations of DynamoDB, Kinesis and Step Functions that map no target',
    uri: `us-east-1:${service}:action/${action}`,
    integration: { requestTemplates: { 'application/json': '{"Data": "$util.base64Encode($input.body)"}' } },
    request: { method: 'PUT', target: '/x/1', headers: [json], body: '\xc3\xbc' },
    expect: {
      scope: `us-east-1/${signingName}`,
      method: 'POST',
      target: `/?Action=${action}`,
      sent: '{"Data": "w7w="}',
      sentHeader: {
        'X-Amz-Target': `${prefix}.${action}`,
        'Content-Type': `application/x-amz-json-${version}`,
      },
    },
  })),
  {
    name: 'EventBridge is told the action by the API’s owner',
    source: 'recorded on AWS',
    uri: 'us-east-1:events:action/PutEvents',
    integration: {
      requestTemplates: {
        'application/json':
          '#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")' +
          '#set($context.requestOverride.header.Content-Type = "application/x-amz-json-1.1")' +
          '{"Entries": []}',
      },
    },
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{}' },
    expect: {
      scope: 'us-east-1/events',
      target: '/?Action=PutEvents',
      sent: '{"Entries": []}',
      sentHeader: {
        'X-Amz-Target': 'AWSEvents.PutEvents',
        'Content-Type': 'application/x-amz-json-1.1',
      },
    },
  },
  {
    name: 'S3: a key keeps its slashes, and is escaped as S3 signs it',
    source: 'Amazon S3 API Reference, "Signature Calculations for the Authorization Header"',
    uri: 'us-west-2:s3:path/{bucket}/{key}',
    integration: {
      httpMethod: 'GET',
      requestParameters: {
        'integration.request.path.bucket': "'photos'",
        'integration.request.path.key': 'method.request.path.id',
        'integration.request.header.x-amz-expected-bucket-owner': "'123456789012'",
      },
    },
    request: { target: "/x/2024/a%2Bb+c%20(1)=:@$,!'%c3%bc" },
    expect: {
      scope: 'us-west-2/s3',
      method: 'GET',
      target: '/photos/2024/a%2Bb%2Bc%20%281%29%3D%3A%40%24%2C%21%27%C3%BC',
      sentHeader: { 'x-amz-expected-bucket-owner': '123456789012', 'Content-Type': null },
    },
  },
  {
    name: 'a client cannot lead to another bucket',
    uri: 'us-west-2:s3:path/photos/{key}',
    integration: {
      httpMethod: 'GET',
      requestParameters: { 'integration.request.path.key': 'method.request.querystring.key' },
    },
    request: { target: '/x/1?key=../secrets/a' },
    expect: { scope: undefined, status: 500, body: INTERNAL },
  },
  {
    name: 'S3: a bucket as subdomain is a path where AWS is another',
    uri: 'us-west-2:photos.s3:path/{key}?versionId=7',
    integration: {
      httpMethod: 'ANY',
      requestParameters: {
        'integration.request.path.key': 'method.request.path.id',
        'integration.request.querystring.response-content-type': "'text/plain'",
      },
    },
    request: { method: 'DELETE', target: '/x/a.png' },
    expect: {
      scope: 'us-west-2/s3',
      method: 'DELETE',
      target: '/photos/a.png?versionId=7&response-content-type=text%2Fplain',
    },
  },
  {
    name: 'a whole service: every slash before the path is one',
    source: 'developer guide, "Create a REST API as an Amazon S3 proxy": s3:path//',
    uri: 'us-west-2:s3:path//',
    integration: { httpMethod: 'GET' },
    request: { target: '/x/1' },
    expect: { scope: 'us-west-2/s3', target: '/' },
  },
  {
    name: 'another service by its subdomain',
    uri: 'us-east-1:a1b2c3.execute-api:path/dev/pets',
    integration: { httpMethod: 'GET' },
    request: { target: '/x/1' },
    expect: {
      scope: 'us-east-1/execute-api',
      target: '/dev/pets',
      sentHeader: { Host: 'a1b2c3.<host>' },
    },
  },
  {
    name: 'a uri without a region is for the API’s',
    uri: ':iam:action/ListRoles&Version=2010-05-08',
    request: { target: '/x/1' },
    expect: { scope: 'us-east-1/iam', target: '/?Action=ListRoles&Version=2010-05-08' },
  },
  {
    name: 'the status chooses the response; its headers and body are mapped',
    source: 'developer guide, "Set up integration responses"',
    uri: 'us-west-2:s3:path/photos/none',
    integration: {
      httpMethod: 'GET',
      integrationResponses: {
        200: {},
        404: {
          selectionPattern: '4\\d{2}',
          responseParameters: {
            'method.response.header.ETag': 'integration.response.header.etag',
            'method.response.header.X-Code': 'integration.response.body.code',
          },
        },
      },
    },
    request: { target: '/x/1' },
    answer: {
      status: 403,
      headers: ['Content-Type', 'application/json', 'ETag', '"1"', 'x-amz-id-2', 'hidden'],
      body: '{"code": "AccessDenied"}',
    },
    expect: {
      scope: 'us-west-2/s3',
      status: 404,
      header: { ETag: '"1"', 'X-Code': 'AccessDenied', 'x-amz-id-2': null },
      body: '{"code": "AccessDenied"}',
    },
  },
  {
    name: 'what signs a request cannot be mapped or overridden',
    uri: 'us-east-1:dynamodb:action/Scan',
    integration: {
      requestParameters: {
        'integration.request.header.X-Amz-Date': "'20200101T000000Z'",
        'integration.request.header.X-Amz-Security-Token': "'mine'",
        'integration.request.header.X-Amz-Content-Sha256': "'UNSIGNED-PAYLOAD'",
        'integration.request.header.Host': "'elsewhere.example'",
        'integration.request.header.Referer': "'dropped'",
        'integration.request.header.X-Kept': "'a  b'",
      },
      requestTemplates: {
        'application/json':
          '#set($context.requestOverride.header.Authorization = "mine")' +
          '#set($context.requestOverride.header.Content-Length = "3")' +
          '#set($context.requestOverride.header.Transfer-Encoding = "chunked"){}',
      },
    },
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{}' },
    expect: {
      scope: 'us-east-1/dynamodb',
      sent: '{}',
      sentHeader: {
        Host: '<host>',
        Referer: null,
        'Transfer-Encoding': null,
        'X-Amz-Security-Token': null,
        'X-Kept': 'a  b',
      },
    },
  },
  {
    name: 'a header that mappings may not set',
    source: 'recorded on AWS',
    uri: 'us-east-1:sqs:path/1/q',
    integration: { requestParameters: { 'integration.request.header.Authorization': "'mine'" } },
    request: { target: '/x/1' },
    expect: { scope: undefined, status: 500, body: INTERNAL },
  },
  {
    name: 'a service that answers no HTTP',
    uri: 'us-east-1:sqs:path/1/q',
    request: { target: '/x/1' },
    answer: { instead: 'garbage' },
    expect: { scope: 'us-east-1/sqs', status: 504 },
  },
  {
    name: 'a service that takes too long',
    uri: 'us-east-1:sqs:path/1/q',
    integration: { timeoutInMillis: 50 },
    request: { target: '/x/1' },
    answer: { instead: 'silence' },
    expect: {
      scope: 'us-east-1/sqs',
      status: 504,
      body: '{"message": "Endpoint request timed out"}',
    },
  },
  {
    name: 'binary both ways: bytes as they are',
    uri: 'us-west-2:s3:path/photos/a.png',
    api: { api: { binaryMediaTypes: ['image/*'] } },
    integration: {
      httpMethod: 'PUT',
      requestParameters: { 'integration.request.header.Content-Type': "'image/png'" },
      integrationResponses: {
        200: {
          responseParameters: {
            'method.response.header.Content-Type': 'integration.response.header.Content-Type',
          },
        },
      },
    },
    request: {
      method: 'POST',
      target: '/x/1',
      headers: ['Content-Type: image/png', 'Accept: image/png'],
      body: '\x89PNG\xff\x00',
    },
    answer: { headers: ['Content-Type', 'image/png'], body: ['\x89P', 'NG\xff\x00'] },
    expect: {
      scope: 'us-west-2/s3',
      sent: '\x89PNG\xff\x00',
      header: { 'Content-Type': 'image/png' },
      body: '\x89PNG\xff\x00',
    },
  },
  {
    name: 'binary to a client that takes text is base64',
    source: 'developer guide, "Content type conversions in API Gateway"',
    uri: 'us-west-2:s3:path/photos/a.png',
    api: { api: { binaryMediaTypes: ['image/*'] } },
    integration: { httpMethod: 'GET' },
    request: { target: '/x/1' },
    answer: { headers: ['Content-Type', 'image/png'], body: '\x89PNG\xff\x00' },
    expect: { scope: 'us-west-2/s3', body: 'iVBOR/8A' },
  },
]
