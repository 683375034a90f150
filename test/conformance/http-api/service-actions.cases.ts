import type { BackendAnswer } from '../rest/support/backend.ts'
import type { RawRequest } from '../rest/support/raw-http.ts'

/** A service action: what the service is asked, and what becomes of its answer. */
export interface ServiceActionCase {
  readonly name: string
  readonly source?: string
  readonly subtype: string
  readonly parameters: Readonly<Record<string, string>>
  readonly responseParameters?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The route is `ANY /x/{id}`. */
  readonly request?: Partial<RawRequest>
  readonly answer?: BackendAnswer
  readonly expect: {
    readonly status?: number
    readonly body?: string
    readonly header?: Readonly<Record<string, string | null>>
    /** Of the access log: `$context.integrationErrorMessage`. */
    readonly error?: string
    /** Region and signing name; undefined: nothing was called. */
    readonly scope?: string
    readonly asked?: {
      readonly method?: string
      readonly target?: string
      readonly body?: string
      /** Header lines. */
      readonly headers?: readonly string[]
    }
  }
}

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/orders'
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:orders'
const BAD_REQUEST = { status: 400, body: '{"message":"Bad Request"}' }
const json = (value: unknown): Partial<RawRequest> => ({ method: 'POST', body: JSON.stringify(value) })
const record = {
  StreamName: '$request.body.streamName',
  Data: '$request.body.payload',
  PartitionKey: '$request.body.kinesisKey',
}

export const serviceActionCases: readonly ServiceActionCase[] = [
  {
    name: 'EventBridge-PutEvents',
    source: 'Amazon EventBridge API reference, "PutEvents"',
    subtype: 'EventBridge-PutEvents',
    parameters: {
      Detail: '$request.body',
      DetailType: '$request.header.X-Type',
      Source: 'shop.${stageVariables.env}',
      Time: '2026-01-31T12:00:00Z',
      EventBusName: 'bus',
      Resources: '["arn:a","arn:b"]',
      TraceHeader: '$context.stage',
    },
    request: { ...json({ a: 1 }), headers: ['X-Type: order'] },
    answer: {
      headers: ['Content-Type', 'application/x-amz-json-1.1', 'x-amzn-RequestId', 'r1'],
      body: '{"FailedEntryCount":0}',
    },
    expect: {
      status: 200,
      body: '{"FailedEntryCount":0}',
      header: { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': 'r1' },
      scope: 'us-east-1/events',
      asked: {
        method: 'POST',
        target: '/',
        headers: ['X-Amz-Target: AWSEvents.PutEvents', 'Content-Type: application/x-amz-json-1.1'],
        body:
          '{"Entries":[{"Detail":"{\\"a\\":1}","DetailType":"order","Source":"shop.blue","Time":1769860800,' +
          '"EventBusName":"bus","Resources":["arn:a","arn:b"],"TraceHeader":"$default"}]}',
      },
    },
  },
  {
    name: 'a time in seconds, and resources with commas between them',
    subtype: 'EventBridge-PutEvents',
    parameters: { Detail: '{}', DetailType: 'd', Source: 's', Time: '12.5', Resources: 'arn:a, arn:b' },
    expect: {
      scope: 'us-east-1/events',
      asked: {
        body: '{"Entries":[{"Detail":"{}","DetailType":"d","Source":"s","Time":12.5,"Resources":["arn:a","arn:b"]}]}',
      },
    },
  },
  {
    name: 'a time that is none',
    subtype: 'EventBridge-PutEvents',
    parameters: { Detail: '{}', DetailType: 'd', Source: 's', Time: 'soon' },
    expect: { ...BAD_REQUEST, error: 'Time: found "soon", expected a date such as 2026-01-31T12:00:00Z' },
  },
  {
    name: 'SQS-SendMessage',
    source: 'developer guide, "Create a first-class integration"',
    subtype: 'SQS-SendMessage',
    parameters: { QueueUrl: '$request.header.queueUrl', MessageBody: '$request.body.message' },
    request: { ...json({ message: 'a&b=c é' }), headers: [`queueUrl: ${QUEUE}`] },
    answer: { headers: ['Content-Type', 'text/xml'], body: '<SendMessageResponse/>' },
    expect: {
      status: 200,
      body: '<SendMessageResponse/>',
      header: { 'Content-Type': 'text/xml' },
      scope: 'us-east-1/sqs',
      asked: {
        method: 'POST',
        target: '/',
        headers: ['Content-Type: application/x-www-form-urlencoded', 'User-Agent: AmazonAPIGateway_<api>'],
        body: `Action=SendMessage&Version=2012-11-05&QueueUrl=${encodeURIComponent(QUEUE)}&MessageBody=a%26b%3Dc%20%EF%BF%BD`,
      },
    },
  },
  {
    name: 'SQS-SendMessage with attributes',
    subtype: 'SQS-SendMessage',
    parameters: {
      QueueUrl: QUEUE,
      MessageBody: 'm',
      DelaySeconds: '5',
      MessageAttributes:
        '{"id":{"DataType":"String","StringValue":"${request.path.id}"},"n":{"DataType":"Number","StringValue":"1"}}',
      MessageDeduplicationId: 'd',
      MessageGroupId: 'g',
    },
    expect: {
      scope: 'us-east-1/sqs',
      asked: {
        body:
          `Action=SendMessage&Version=2012-11-05&QueueUrl=${encodeURIComponent(QUEUE)}&MessageBody=m&DelaySeconds=5` +
          '&MessageAttribute.1.Name=id&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=7' +
          '&MessageAttribute.2.Name=n&MessageAttribute.2.Value.DataType=Number&MessageAttribute.2.Value.StringValue=1' +
          '&MessageDeduplicationId=d&MessageGroupId=g',
      },
    },
  },
  {
    name: 'attributes that are none',
    subtype: 'SQS-SendMessage',
    parameters: { QueueUrl: QUEUE, MessageBody: 'm', MessageAttributes: '{"id": "${request.path.id}"}' },
    expect: {
      ...BAD_REQUEST,
      error:
        'MessageAttributes: found "{\\"id\\": \\"7\\"}", expected an object such as ' +
        '{"name": {"DataType": "String", "StringValue": "value"}}',
    },
  },
  {
    name: 'SQS-ReceiveMessage',
    subtype: 'SQS-ReceiveMessage',
    parameters: {
      QueueUrl: QUEUE,
      AttributeNames: 'SentTimestamp,All',
      MaxNumberOfMessages: '$request.querystring.n',
      WaitTimeSeconds: '1',
    },
    request: { method: 'GET', target: '/x/7?n=10' },
    expect: {
      scope: 'us-east-1/sqs',
      asked: {
        method: 'POST',
        body:
          `Action=ReceiveMessage&Version=2012-11-05&QueueUrl=${encodeURIComponent(QUEUE)}` +
          '&AttributeName.1=SentTimestamp&AttributeName.2=All&MaxNumberOfMessages=10&WaitTimeSeconds=1',
      },
    },
  },
  {
    name: 'SQS-DeleteMessage',
    subtype: 'SQS-DeleteMessage',
    parameters: { QueueUrl: QUEUE, ReceiptHandle: '$request.path.id' },
    expect: {
      scope: 'us-east-1/sqs',
      asked: {
        body: `Action=DeleteMessage&Version=2012-11-05&ReceiptHandle=7&QueueUrl=${encodeURIComponent(QUEUE)}`,
      },
    },
  },
  {
    name: 'SQS-PurgeQueue, in another region',
    subtype: 'SQS-PurgeQueue',
    parameters: { QueueUrl: QUEUE, Region: '$request.querystring.region' },
    request: { target: '/x/7?region=eu-west-1' },
    expect: {
      scope: 'eu-west-1/sqs',
      asked: { body: `Action=PurgeQueue&Version=2012-11-05&QueueUrl=${encodeURIComponent(QUEUE)}` },
    },
  },
  {
    name: 'a region that would be another host',
    subtype: 'SQS-PurgeQueue',
    parameters: { QueueUrl: QUEUE, Region: '$request.querystring.region' },
    request: { target: '/x/7?region=evil.example/' },
    expect: { ...BAD_REQUEST, error: 'Region: found "evil.example/", expected a name such as us-east-1' },
  },
  {
    name: 'AppConfig-GetConfiguration',
    source: 'AWS AppConfig API reference, "GetConfiguration"',
    subtype: 'AppConfig-GetConfiguration',
    parameters: {
      Application: 'my app',
      Environment: '$stageVariables.env',
      Configuration: '$request.path.id',
      ClientId: '$context.identity.sourceIp',
      ClientConfigurationVersion: '3',
    },
    answer: { headers: ['Content-Type', 'text/plain', 'Configuration-Version', '4'], body: 'on' },
    expect: {
      body: 'on',
      header: { 'Configuration-Version': '4', 'Content-Type': 'text/plain' },
      scope: 'us-east-1/appconfig',
      asked: {
        method: 'GET',
        target:
          '/applications/my%20app/environments/blue/configurations/7?client_id=127.0.0.1&client_configuration_version=3',
        body: '',
      },
    },
  },
  {
    name: 'a segment that leads elsewhere',
    subtype: 'AppConfig-GetConfiguration',
    parameters: {
      Application: '$request.querystring.a',
      Environment: 'e',
      Configuration: 'c',
      ClientId: 'i',
    },
    request: { target: '/x/7?a=..' },
    expect: { ...BAD_REQUEST, error: 'Application: found "..", expected a name or an id' },
  },
  {
    name: 'Kinesis-PutRecord',
    source: 'recorded on AWS: localstack, tests of the subtype Kinesis-PutRecord',
    subtype: 'Kinesis-PutRecord',
    parameters: record,
    request: json({ payload: 'J0hlbGxvLCBXb3JsZCEnCg==', kinesisKey: 'p1', streamName: 's' }),
    answer: { body: '{"SequenceNumber":"1","ShardId":"shardId-0"}' },
    expect: {
      body: '{"SequenceNumber":"1","ShardId":"shardId-0"}',
      scope: 'us-east-1/kinesis',
      asked: {
        headers: ['X-Amz-Target: Kinesis_20131202.PutRecord', 'Content-Type: application/x-amz-json-1.1'],
        body: '{"StreamName":"s","Data":"J0hlbGxvLCBXb3JsZCEnCg==","PartitionKey":"p1"}',
      },
    },
  },
  {
    name: 'a required parameter that the request lacks',
    source: 'recorded on AWS, same tests',
    subtype: 'Kinesis-PutRecord',
    parameters: record,
    request: json({ payload: 'eA==', kinesisKey: 'p1' }),
    expect: {
      ...BAD_REQUEST,
      error: 'Unable to resolve property StreamName from source $request.body.streamName',
    },
  },
  {
    name: 'one that is empty',
    source: 'recorded on AWS, same tests',
    subtype: 'Kinesis-PutRecord',
    parameters: record,
    request: json({ payload: 'eA==', kinesisKey: 'p1', streamName: '' }),
    expect: BAD_REQUEST,
  },
  ...[{}, { hash: '' }].map((more): ServiceActionCase => ({
    name: `an optional parameter of ${JSON.stringify(more)}`,
    source: 'recorded on AWS, same tests',
    subtype: 'Kinesis-PutRecord',
    parameters: { ...record, ExplicitHashKey: '$request.body.hash' },
    request: json({ payload: 'eA==', kinesisKey: 'p1', streamName: 's', ...more }),
    expect: {
      ...BAD_REQUEST,
      error: 'Unable to resolve property ExplicitHashKey from source $request.body.hash',
    },
  })),
  {
    name: 'what the service refuses is 500',
    source: 'recorded on AWS, same tests',
    subtype: 'Kinesis-PutRecord',
    parameters: { ...record, StreamName: 'none' },
    request: json({ payload: 'eA==', kinesisKey: 'p1' }),
    answer: { status: 400, body: '{"__type":"ResourceNotFoundException","message":"Stream none not found"}' },
    expect: {
      status: 500,
      body: '{"message":"Internal Server Error"}',
      error: 'Stream none not found',
      scope: 'us-east-1/kinesis',
    },
  },
  {
    name: 'what it refuses in XML',
    subtype: 'SQS-PurgeQueue',
    parameters: { QueueUrl: QUEUE },
    answer: {
      status: 403,
      body: '<ErrorResponse><Error><Message>Access denied</Message></Error></ErrorResponse>',
    },
    expect: { status: 500, error: 'Access denied', scope: 'us-east-1/sqs' },
  },
  {
    name: 'a service that cannot be understood',
    subtype: 'SQS-PurgeQueue',
    parameters: { QueueUrl: QUEUE },
    answer: { instead: 'garbage' },
    expect: { status: 503, body: '{"message":"Service Unavailable"}', scope: 'us-east-1/sqs' },
  },
  {
    name: 'StepFunctions-StartExecution',
    source: 'AWS Step Functions API reference, "StartExecution"',
    subtype: 'StepFunctions-StartExecution',
    parameters: {
      StateMachineArn: MACHINE,
      Input: '{"path":"${request.path}","body":${request.body}}',
      Name: '$request.path.id',
    },
    request: json({ a: [1] }),
    answer: { body: '{"executionArn":"arn:e","startDate":1.726326538934E9}' },
    expect: {
      body: '{"executionArn":"arn:e","startDate":1.726326538934E9}',
      scope: 'us-east-1/states',
      asked: {
        headers: [
          'X-Amz-Target: AWSStepFunctions.StartExecution',
          'Content-Type: application/x-amz-json-1.0',
        ],
        body: `{"stateMachineArn":"${MACHINE}","name":"7","input":"{\\"path\\":\\"/x/7\\",\\"body\\":{\\"a\\":[1]}}"}`,
      },
    },
  },
  {
    name: 'StepFunctions-StartSyncExecution, its answer mapped',
    subtype: 'StepFunctions-StartSyncExecution',
    parameters: { StateMachineArn: MACHINE, TraceHeader: 't' },
    responseParameters: {
      '200': { 'append:header.X-Status': '$response.body.status', 'overwrite:statuscode': '202' },
    },
    answer: { body: '{"status":"SUCCEEDED"}' },
    expect: {
      status: 202,
      header: { 'X-Status': 'SUCCEEDED' },
      scope: 'us-east-1/states',
      asked: {
        headers: ['X-Amz-Target: AWSStepFunctions.StartSyncExecution'],
        body: `{"stateMachineArn":"${MACHINE}","traceHeader":"t"}`,
      },
    },
  },
  {
    name: 'StepFunctions-StopExecution',
    subtype: 'StepFunctions-StopExecution',
    parameters: { ExecutionArn: 'arn:e', Cause: 'c', Error: 'e' },
    expect: {
      scope: 'us-east-1/states',
      asked: {
        headers: ['X-Amz-Target: AWSStepFunctions.StopExecution'],
        body: '{"executionArn":"arn:e","cause":"c","error":"e"}',
      },
    },
  },
]
