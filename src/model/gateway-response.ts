/** The kinds of answer that API Gateway gives itself. */
export type GatewayResponseType =
  | 'REQUEST_TOO_LARGE'
  | 'RESOURCE_NOT_FOUND'
  | 'AUTHORIZER_CONFIGURATION_ERROR'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'BAD_REQUEST_BODY'
  | 'INVALID_SIGNATURE'
  | 'INVALID_API_KEY'
  | 'BAD_REQUEST_PARAMETERS'
  | 'AUTHORIZER_FAILURE'
  | 'UNAUTHORIZED'
  | 'INTEGRATION_TIMEOUT'
  | 'ACCESS_DENIED'
  | 'DEFAULT_4XX'
  | 'DEFAULT_5XX'
  | 'WAF_FILTERED'
  | 'QUOTA_EXCEEDED'
  | 'THROTTLED'
  | 'API_CONFIGURATION_ERROR'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'INTEGRATION_FAILURE'
  | 'EXPIRED_TOKEN'

/** What API Gateway itself answers when it cannot let a request through, before any customisation. */
export interface GatewayResponseDefault {
  /** HTTP status; undefined for the two fallbacks, which keep the status of what they stand in for. */
  readonly status: number | undefined
  /** `$context.error.message`. */
  readonly message: string | null
  /** `x-amzn-ErrorType`. */
  readonly errorType: string
  /**
   * How the built-in body begins, up to the message: errors of the front door are written without a space, those
   * raised while a method executes with one, and access denials with a capital letter (recorded on AWS).
   */
  readonly opening: '{"message":' | '{"message": ' | '{"Message":'
}

const INTERNAL = 'InternalServerErrorException'
const FRONT = '{"message":'
const EXECUTION = '{"message": '

/** Every gateway response type, in the order in which AWS lists them. */
export const gatewayResponseDefaults: Readonly<Record<GatewayResponseType, GatewayResponseDefault>> = {
  REQUEST_TOO_LARGE: row(413, 'Request Too Long', 'RequestTooLargeException', FRONT),
  RESOURCE_NOT_FOUND: row(404, 'Not Found', 'ResourceNotFoundException', FRONT),
  AUTHORIZER_CONFIGURATION_ERROR: row(500, null, 'AuthorizerConfigurationException', FRONT),
  MISSING_AUTHENTICATION_TOKEN: row(
    403,
    'Missing Authentication Token',
    'MissingAuthenticationTokenException',
    FRONT,
  ),
  BAD_REQUEST_BODY: row(400, 'Invalid request body', 'BadRequestException', EXECUTION),
  INVALID_SIGNATURE: row(
    403,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    'InvalidSignatureException',
    FRONT,
  ),
  INVALID_API_KEY: row(403, 'Forbidden', 'ForbiddenException', FRONT),
  BAD_REQUEST_PARAMETERS: row(400, 'Missing required request parameters', 'BadRequestException', EXECUTION),
  AUTHORIZER_FAILURE: row(500, null, 'AuthorizerFailureException', FRONT),
  UNAUTHORIZED: row(401, 'Unauthorized', 'UnauthorizedException', FRONT),
  INTEGRATION_TIMEOUT: row(504, 'Endpoint request timed out', INTERNAL, EXECUTION),
  ACCESS_DENIED: row(
    403,
    'User is not authorized to access this resource',
    'AccessDeniedException',
    '{"Message":',
  ),
  DEFAULT_4XX: row(undefined, null, 'BadRequestException', EXECUTION),
  DEFAULT_5XX: row(undefined, 'Internal server error', INTERNAL, EXECUTION),
  WAF_FILTERED: row(403, 'Forbidden', 'ForbiddenException', FRONT),
  QUOTA_EXCEEDED: row(429, 'Limit Exceeded', 'LimitExceededException', FRONT),
  THROTTLED: row(429, 'Too Many Requests', 'TooManyRequestsException', FRONT),
  API_CONFIGURATION_ERROR: row(500, 'Internal server error', INTERNAL, EXECUTION),
  UNSUPPORTED_MEDIA_TYPE: row(415, 'Unsupported Media Type', 'BadRequestException', EXECUTION),
  INTEGRATION_FAILURE: row(504, 'Network error communicating with endpoint', INTERNAL, EXECUTION),
  EXPIRED_TOKEN: row(
    403,
    'The security token included in the request is expired',
    'ExpiredTokenException',
    FRONT,
  ),
}

/** The template of every response type as GetGatewayResponse shows it. */
export const defaultResponseTemplates: Readonly<Record<string, string>> = {
  'application/json': '{"message":$context.error.messageString}',
}

function row(
  status: number | undefined,
  message: string | null,
  errorType: string,
  opening: GatewayResponseDefault['opening'],
): GatewayResponseDefault {
  return { status, message, errorType, opening }
}
