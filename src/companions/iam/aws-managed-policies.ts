/** A policy that every account can attach and none can change. */
export interface AwsManagedPolicy {
  readonly name: string
  readonly path: string
  readonly document: string
}

const LOG_WRITES = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']

/** AWS Managed Policy Reference: those that a gateway, its functions and its callers lean on. */
const policies: readonly AwsManagedPolicy[] = [
  policy('/', 'AdministratorAccess', ['*'], '*'),
  policy('/', 'AmazonAPIGatewayAdministrator', ['apigateway:*'], 'arn:aws:apigateway:*::/*'),
  policy(
    '/',
    'AmazonAPIGatewayInvokeFullAccess',
    ['execute-api:Invoke', 'execute-api:ManageConnections'],
    'arn:aws:execute-api:*:*:*',
  ),
  policy(
    '/service-role/',
    'AmazonAPIGatewayPushToCloudWatchLogs',
    [
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:DescribeLogGroups',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'logs:GetLogEvents',
      'logs:FilterLogEvents',
    ],
    '*',
  ),
  policy('/service-role/', 'AWSLambdaBasicExecutionRole', LOG_WRITES, '*'),
  policy('/service-role/', 'AWSLambdaRole', ['lambda:InvokeFunction'], '*'),
  policy(
    '/service-role/',
    'AWSLambdaVPCAccessExecutionRole',
    [
      ...LOG_WRITES,
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    '*',
  ),
  policy('/', 'IAMReadOnlyAccess', ['iam:Get*', 'iam:List*', 'iam:Simulate*'], '*'),
]

export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  policies.map((one) => [`arn:aws:iam::aws:policy${one.path}${one.name}`, one]),
)

/** When they all were made, for their dates: epoch milliseconds. */
export const awsManagedSinceMs: number = Date.UTC(2015, 1, 6, 18, 39, 46)

function policy(path: string, name: string, actions: readonly string[], resource: string): AwsManagedPolicy {
  const statement = {
    Effect: 'Allow',
    Action: actions.length === 1 ? actions[0] : actions,
    Resource: resource,
  }
  return { name, path, document: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, null, 2) }
}
