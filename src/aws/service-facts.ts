/** What is odd about a service: whatever is left out follows from its name. */
export interface ServiceFacts {
  /** Its id in `AWS_ENDPOINT_URL_<ID>`; the name in upper case. */
  readonly id?: string
  /** The service of the credential scope; the name. */
  readonly signingName?: string
  /** Of its host, before the region; the name. */
  readonly hostPrefix?: string
  /** The host of a service that is in no region. */
  readonly globalHost?: string
  /** Whether a configured endpoint takes what would be a subdomain as the first piece of the path. */
  readonly subdomainIsPath?: boolean
}

/** By the name that an integration's uri has; from the service models of the AWS SDKs (endpointPrefix, serviceId). */
export const serviceFacts: Readonly<Record<string, ServiceFacts>> = {
  apigateway: { id: 'API_GATEWAY' },
  'appsync-api': { id: 'APPSYNC', signingName: 'appsync' },
  'api.ecr': { id: 'ECR', signingName: 'ecr' },
  autoscaling: { id: 'AUTO_SCALING' },
  'bedrock-runtime': { signingName: 'bedrock' },
  'bedrock-agent-runtime': { signingName: 'bedrock' },
  cloudfront: { globalHost: 'cloudfront.amazonaws.com' },
  'cognito-identity': { id: 'COGNITO_IDENTITY' },
  'cognito-idp': { id: 'COGNITO_IDENTITY_PROVIDER' },
  elasticloadbalancing: { id: 'ELASTIC_LOAD_BALANCING' },
  elasticmapreduce: { id: 'EMR' },
  email: { id: 'SES', signingName: 'ses' },
  events: { id: 'EVENTBRIDGE' },
  'execute-api': { id: 'APIGATEWAYMANAGEMENTAPI' },
  iam: { globalHost: 'iam.amazonaws.com' },
  iot: {},
  iotdata: { id: 'IOT_DATA_PLANE', hostPrefix: 'data-ats.iot' },
  logs: { id: 'CLOUDWATCH_LOGS' },
  monitoring: { id: 'CLOUDWATCH' },
  organizations: { globalHost: 'organizations.us-east-1.amazonaws.com' },
  pinpoint: { signingName: 'mobiletargeting' },
  route53: { id: 'ROUTE_53', globalHost: 'route53.amazonaws.com' },
  'runtime.lex': { id: 'LEX_RUNTIME_SERVICE', signingName: 'lex' },
  'runtime-v2-lex': { id: 'LEX_RUNTIME_V2', signingName: 'lex' },
  'runtime.sagemaker': { id: 'SAGEMAKER_RUNTIME', signingName: 'sagemaker' },
  s3: { subdomainIsPath: true },
  secretsmanager: { id: 'SECRETS_MANAGER' },
  servicecatalog: { id: 'SERVICE_CATALOG' },
  states: { id: 'SFN' },
  // Where the SDKs send StartSyncExecution.
  'sync-states': { id: 'SFN', signingName: 'states' },
  'streams.dynamodb': { id: 'DYNAMODB_STREAMS', signingName: 'dynamodb' },
}

/** Services whose actions are named by `X-Amz-Target`: its prefix, and the version of their JSON. */
export interface JsonProtocol {
  readonly targetPrefix: string
  readonly version: '1.0' | '1.1'
}

/**
 * Those for which API Gateway names the action itself: seen for DynamoDB in logs of executions, recorded for Kinesis and
 * Step Functions, which answer integrations that map no target.
 */
export const targetedServices: Readonly<Record<string, JsonProtocol>> = {
  dynamodb: { targetPrefix: 'DynamoDB_20120810', version: '1.0' },
  firehose: { targetPrefix: 'Firehose_20150804', version: '1.1' },
  kinesis: { targetPrefix: 'Kinesis_20131202', version: '1.1' },
  states: { targetPrefix: 'AWSStepFunctions', version: '1.0' },
  'streams.dynamodb': { targetPrefix: 'DynamoDBStreams_20120810', version: '1.0' },
}

/** Those for which the owner of the API has to: recorded for EventBridge. */
export const untargetedServices: Readonly<Record<string, JsonProtocol>> = {
  'cognito-idp': { targetPrefix: 'AWSCognitoIdentityProviderService', version: '1.1' },
  events: { targetPrefix: 'AWSEvents', version: '1.1' },
  kms: { targetPrefix: 'TrentService', version: '1.1' },
  logs: { targetPrefix: 'Logs_20140328', version: '1.1' },
  secretsmanager: { targetPrefix: 'secretsmanager', version: '1.1' },
}
