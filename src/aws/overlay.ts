/** What the SDK packages do not tell of a service: constraints, the order of enum values, codes of its framework. */
export interface Overlay {
  /**
   * Where a failed constraint is said to be: `createRestApiInput.endpointConfiguration.types` (`operation`, only for
   * members of the body) or `functionName` (`bare`).
   */
  readonly memberPaths: 'operation' | 'bare'
  /** Enum shape → its values as the service prints them in messages, where that is known. */
  readonly enumOrder?: Readonly<Record<string, readonly string[]>>
  /** By `{structure}.{member}`, or by `{member}` for every structure that has it. */
  readonly constraints?: Readonly<Record<string, Constraint>>
  readonly validationCode: string
  /** Answer to a body that is no JSON. */
  readonly malformedCode: string
  /** Answer to our own bugs. */
  readonly internalCode: string
  /** How a member of the wrong type is told: by the Java class or by the parser's token. */
  readonly typeMessages: 'class' | 'token'
  /** Members, of any structure, that are maps of texts in which an empty one is written as null, and null read as one. */
  readonly nullTexts?: readonly string[]
  /** Timestamps in JSON bodies carry no fraction. */
  readonly wholeSeconds?: boolean
  /** Error member that tells whose fault it was: `User` below 500, else `Service`. */
  readonly faultMember?: string
  /** Content-Type of a blob payload that has none of its own. */
  readonly payloadType?: string
}

export interface Constraint {
  /** Java regular expression over the whole value, as messages print it. */
  readonly pattern?: string
  readonly min?: number
  readonly max?: number
  readonly lengthMin?: number
  readonly lengthMax?: number
}

const FUNCTION_NAME =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?' +
  '([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?'
const NAMESPACED_FUNCTION_NAME =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?' +
  '([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?'
const NEW_FUNCTION_NAME: Constraint = { pattern: FUNCTION_NAME, lengthMin: 1, lengthMax: 140 }

const IAM_NAME = '[\\w+=,.@-]+'
const IAM_PATH: Constraint = {
  pattern: '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)',
  lengthMin: 1,
  lengthMax: 512,
}
const IAM_ARN: Constraint = { lengthMin: 20, lengthMax: 2048 }
const IAM_DOCUMENT: Constraint = {
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
  lengthMin: 1,
  lengthMax: 131_072,
}

/** Table name → overlay; a service without one gets DEFAULT_OVERLAY. */
export const OVERLAYS: Readonly<Record<string, Overlay>> = {
  apigateway: {
    memberPaths: 'operation',
    validationCode: 'ValidationException',
    malformedCode: 'SerializationException',
    internalCode: 'InternalFailure',
    typeMessages: 'class',
    wholeSeconds: true,
    // Recorded on AWS for PutIntegrationResponse; Terraform's provider makes '' of null in both.
    nullTexts: ['requestTemplates', 'responseTemplates'],
    // Recorded on AWS: validation messages print these sets neither sorted nor in model order.
    enumOrder: {
      Op: ['add', 'remove', 'move', 'test', 'replace', 'copy'],
      IntegrationType: ['HTTP', 'MOCK', 'AWS_PROXY', 'HTTP_PROXY', 'AWS'],
      EndpointType: ['PRIVATE', 'EDGE', 'REGIONAL'],
      IpAddressType: ['ipv4', 'dualstack'],
      DocumentationPartType: [
        'RESPONSE_BODY',
        'RESPONSE',
        'METHOD',
        'MODEL',
        'AUTHORIZER',
        'RESPONSE_HEADER',
        'RESOURCE',
        'PATH_PARAMETER',
        'REQUEST_BODY',
        'QUERY_PARAMETER',
        'API',
        'REQUEST_HEADER',
      ],
      GatewayResponseType: [
        'REQUEST_TOO_LARGE',
        'RESOURCE_NOT_FOUND',
        'AUTHORIZER_CONFIGURATION_ERROR',
        'MISSING_AUTHENTICATION_TOKEN',
        'BAD_REQUEST_BODY',
        'INVALID_SIGNATURE',
        'INVALID_API_KEY',
        'BAD_REQUEST_PARAMETERS',
        'AUTHORIZER_FAILURE',
        'UNAUTHORIZED',
        'INTEGRATION_TIMEOUT',
        'ACCESS_DENIED',
        'DEFAULT_4XX',
        'DEFAULT_5XX',
        'WAF_FILTERED',
        'QUOTA_EXCEEDED',
        'THROTTLED',
        'API_CONFIGURATION_ERROR',
        'UNSUPPORTED_MEDIA_TYPE',
        'INTEGRATION_FAILURE',
        'EXPIRED_TOKEN',
      ],
    },
    constraints: {
      statusCode: { pattern: '[1-5]\\d\\d' },
      'DocumentationPartLocation.statusCode': { pattern: '^([1-5]\\d\\d|\\*|\\s*)$' },
    },
  },
  apigatewayv2: {
    memberPaths: 'operation',
    // Its model has no other error of who calls.
    validationCode: 'BadRequestException',
    malformedCode: 'BadRequestException',
    internalCode: 'InternalFailure',
    typeMessages: 'class',
    wholeSeconds: true,
  },
  lambda: {
    memberPaths: 'bare',
    validationCode: 'ValidationException',
    malformedCode: 'InvalidRequestContentException',
    internalCode: 'ServiceException',
    typeMessages: 'token',
    faultMember: 'Type',
    payloadType: 'application/json',
    // Lambda API reference, the request parameters of each operation.
    constraints: {
      FunctionName: { pattern: NAMESPACED_FUNCTION_NAME, lengthMin: 1, lengthMax: 256 },
      'CreateFunctionRequest.FunctionName': NEW_FUNCTION_NAME,
      'UpdateFunctionCodeRequest.FunctionName': NEW_FUNCTION_NAME,
      'UpdateFunctionConfigurationRequest.FunctionName': NEW_FUNCTION_NAME,
      Role: { pattern: 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+' },
      Handler: { pattern: '[^\\s]+', lengthMax: 128 },
      Description: { lengthMax: 256 },
      Timeout: { min: 1 },
      MemorySize: { min: 128, max: 32_768 },
      'EphemeralStorage.Size': { min: 512, max: 10_240 },
      Qualifier: { pattern: '\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+', lengthMin: 1, lengthMax: 128 },
      StatementId: { pattern: '([a-zA-Z0-9-_.]+)', lengthMin: 1, lengthMax: 100 },
      'AddPermissionRequest.StatementId': { pattern: '([a-zA-Z0-9-_]+)', lengthMin: 1, lengthMax: 100 },
      'AddPermissionRequest.Action': { pattern: '(lambda:[*]|lambda:[a-zA-Z]+|[*])' },
      'AddPermissionRequest.Principal': { pattern: '[^\\s]+' },
      'AddPermissionRequest.SourceArn': {
        pattern: 'arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
      },
      'AddPermissionRequest.SourceAccount': { pattern: '\\d{12}', lengthMax: 12 },
      'AddPermissionRequest.EventSourceToken': { pattern: '[a-zA-Z0-9._\\-]+', lengthMax: 256 },
      'AddPermissionRequest.PrincipalOrgID': { pattern: 'o-[a-z0-9]{10,32}', lengthMin: 12, lengthMax: 34 },
      MaxItems: { min: 1, max: 10_000 },
    },
  },
  iam: {
    memberPaths: 'bare',
    validationCode: 'ValidationError',
    malformedCode: 'MalformedInput',
    internalCode: 'ServiceFailure',
    typeMessages: 'token',
    // IAM API reference, the request parameters of each operation.
    constraints: {
      UserName: { pattern: IAM_NAME, lengthMin: 1, lengthMax: 64 },
      NewUserName: { pattern: IAM_NAME, lengthMin: 1, lengthMax: 64 },
      GroupName: { pattern: IAM_NAME, lengthMin: 1, lengthMax: 128 },
      NewGroupName: { pattern: IAM_NAME, lengthMin: 1, lengthMax: 128 },
      RoleName: { pattern: IAM_NAME, lengthMin: 1, lengthMax: 64 },
      PolicyName: { pattern: IAM_NAME, lengthMin: 1, lengthMax: 128 },
      Path: IAM_PATH,
      NewPath: IAM_PATH,
      PathPrefix: { pattern: '\\u002F[\\u0021-\\u007F]*', lengthMin: 1, lengthMax: 512 },
      PolicyArn: IAM_ARN,
      PermissionsBoundary: IAM_ARN,
      PolicySourceArn: IAM_ARN,
      PolicyDocument: IAM_DOCUMENT,
      AssumeRolePolicyDocument: IAM_DOCUMENT,
      VersionId: { pattern: 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?' },
      AccessKeyId: { pattern: '[\\w]+', lengthMin: 16, lengthMax: 128 },
      MaxItems: { min: 1, max: 1000 },
      Marker: { lengthMin: 1, lengthMax: 4096 },
      MaxSessionDuration: { min: 3600, max: 43_200 },
      'CreateRoleRequest.Description': { lengthMax: 1000 },
      'UpdateRoleRequest.Description': { lengthMax: 1000 },
      'CreatePolicyRequest.Description': { lengthMax: 1000 },
      'Tag.Key': { pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+', lengthMin: 1, lengthMax: 128 },
      'Tag.Value': { pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*', lengthMax: 256 },
    },
  },
  sts: {
    memberPaths: 'bare',
    validationCode: 'ValidationError',
    malformedCode: 'MalformedInput',
    internalCode: 'InternalFailure',
    typeMessages: 'token',
    // STS API reference.
    constraints: {
      RoleArn: { lengthMin: 20, lengthMax: 2048 },
      RoleSessionName: { pattern: '[\\w+=,.@-]*', lengthMin: 2, lengthMax: 64 },
      'AssumeRoleRequest.DurationSeconds': { min: 900, max: 43_200 },
      'AssumeRoleWithWebIdentityRequest.DurationSeconds': { min: 900, max: 43_200 },
      ExternalId: { pattern: '[\\w+=,.@:/-]*', lengthMin: 2, lengthMax: 1224 },
      SourceIdentity: { pattern: '[\\w+=,.@-]*', lengthMin: 2, lengthMax: 64 },
      'Tag.Key': { pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+', lengthMin: 1, lengthMax: 128 },
      'Tag.Value': { pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*', lengthMax: 256 },
      'GetSessionTokenRequest.DurationSeconds': { min: 900, max: 129_600 },
      'GetAccessKeyInfoRequest.AccessKeyId': { pattern: '[\\w]*', lengthMin: 16, lengthMax: 128 },
    },
  },
}

export const DEFAULT_OVERLAY: Overlay = {
  memberPaths: 'bare',
  validationCode: 'ValidationException',
  malformedCode: 'SerializationException',
  internalCode: 'InternalFailure',
  typeMessages: 'token',
}
