import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { checkIdentitySource } from '#languages/selection/identity-source.ts'
import type { Api, ApiAuthorizer, ProtocolType } from '#model/http-api.ts'
import { badRequest } from '../apigateway/errors.ts'
import { checkRoleArn, checkText, checkUnsupported, refuse } from './checks.ts'
import { givenText } from './merge.ts'

const nameCharactersMax = 128
/** Seconds that answers are kept: when nothing else is said, and at most (API reference, Authorizer). */
const resultTtlSecondsDefault = 300
const resultTtlSecondsMax = 3600
/** AWS does not say how many. */
const identitySourcesMax = 10
/** Developer guide, "HTTP API quotas". */
const audiencesMax = 50

/** What an owner says of an authorizer, by CreateAuthorizer or in a document. */
export type AuthorizerInput = Omit<ApiGatewayV2Operations['CreateAuthorizer']['input'], 'ApiId'>

/** The authorizer with the defaults that AWS adds, checked. @throws BadRequestException */
export function newAuthorizer(api: Api, authorizerId: string, input: AuthorizerInput): ApiAuthorizer {
  const ofHttp = api.protocolType === 'HTTP' && input.AuthorizerType === 'REQUEST'
  const identitySource = input.IdentitySource.filter((source) => source !== '')
  // What nothing tells apart cannot be kept.
  const ttl = identitySource.length === 0 ? 0 : resultTtlSecondsDefault
  return checkedAuthorizer(api, {
    authorizerId,
    name: input.Name,
    authorizerType: input.AuthorizerType,
    authorizerUri: givenText(input.AuthorizerUri),
    authorizerCredentialsArn: givenText(input.AuthorizerCredentialsArn),
    authorizerPayloadFormatVersion: payloadVersion(input.AuthorizerPayloadFormatVersion),
    authorizerResultTtlInSeconds: input.AuthorizerResultTtlInSeconds ?? (ofHttp ? ttl : undefined),
    enableSimpleResponses: input.EnableSimpleResponses ?? (ofHttp ? false : undefined),
    identitySource,
    identityValidationExpression: givenText(input.IdentityValidationExpression),
    jwtConfiguration: jwtConfigurationOf(input.JwtConfiguration),
  })
}

export function jwtConfigurationOf(
  input: AuthorizerInput['JwtConfiguration'],
): ApiAuthorizer['jwtConfiguration'] {
  const issuer = givenText(input?.Issuer)
  const audience = input?.Audience?.length ? input.Audience : undefined
  return issuer === undefined && audience === undefined ? undefined : { audience, issuer }
}

/** @throws BadRequestException */
export function payloadVersion(version: string | undefined): ApiAuthorizer['authorizerPayloadFormatVersion'] {
  const given = givenText(version)
  if (given === undefined || given === '1.0' || given === '2.0') return given
  throw badRequest(`Invalid AuthorizerPayloadFormatVersion specified: ${given}. Must be one of [1.0, 2.0]`)
}

/** @throws BadRequestException */
export function checkedAuthorizer(api: Api, authorizer: ApiAuthorizer): ApiAuthorizer {
  const { name, identitySource, authorizerResultTtlInSeconds: ttl = 0 } = authorizer
  if (name.trim() === '') throw badRequest('Authorizer name cannot be blank')
  checkText('name', name, nameCharactersMax)
  checkRoleArn('authorizerCredentialsArn', authorizer.authorizerCredentialsArn)
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > resultTtlSecondsMax) {
    throw badRequest(
      `Invalid authorizerResultTtlInSeconds specified: ${ttl}. Must be between 0 and ${resultTtlSecondsMax}`,
    )
  }
  if (identitySource.length > identitySourcesMax) {
    throw badRequest(`An authorizer can have at most ${identitySourcesMax} identity sources`)
  }
  for (const source of identitySource) {
    refuse('identity source', source, checkIdentitySource(source, api.protocolType))
  }
  checks[api.protocolType][authorizer.authorizerType](authorizer)
  return authorizer
}

const checks: Readonly<
  Record<ProtocolType, Readonly<Record<ApiAuthorizer['authorizerType'], (authorizer: ApiAuthorizer) => void>>>
> = {
  HTTP: {
    JWT: (authorizer) => {
      const { authorizerUri, authorizerCredentialsArn, authorizerPayloadFormatVersion } = authorizer
      const ofFunction = { authorizerUri, authorizerCredentialsArn, authorizerPayloadFormatVersion }
      const [given] = Object.entries(ofFunction).find(([, value]) => value !== undefined) ?? []
      if (given !== undefined) throw badRequest(`${given} is not supported for authorizers of type JWT`)
      checkToken(authorizer)
    },
    REQUEST: (authorizer) => {
      checkFunction(authorizer)
      const { authorizerPayloadFormatVersion: version, authorizerResultTtlInSeconds: ttl = 0 } = authorizer
      // Seen on AWS: getmoto/moto#5474.
      if (version === undefined) {
        throw badRequest('AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer')
      }
      if (authorizer.enableSimpleResponses === true && version !== '2.0') {
        throw badRequest('enableSimpleResponses is only supported with AuthorizerPayloadFormatVersion 2.0')
      }
      if (ttl > 0 && authorizer.identitySource.length === 0) {
        throw badRequest(
          'Answers can be kept by identity sources alone: expected some, or authorizerResultTtlInSeconds 0',
        )
      }
    },
  },
  WEBSOCKET: {
    JWT: () => {
      throw badRequest('Authorizer type JWT is not supported on protocolType WEBSOCKET')
    },
    REQUEST: (authorizer) => {
      const { authorizerPayloadFormatVersion, enableSimpleResponses, authorizerResultTtlInSeconds } =
        authorizer
      checkUnsupported('WEBSOCKET', {
        authorizerPayloadFormatVersion,
        enableSimpleResponses: enableSimpleResponses === true ? true : undefined,
        authorizerResultTtlInSeconds:
          authorizerResultTtlInSeconds === 0 ? undefined : authorizerResultTtlInSeconds,
      })
      checkFunction(authorizer)
    },
  },
}

/** A function by the ARN under which API Gateway invokes it; stage variables may name it. */
const functionUri = /^arn:[\w-]+:apigateway:[^:]+:lambda:path\/\d{4}-\d\d-\d\d\/functions\/.+\/invocations$/

function checkFunction({ authorizerUri = '', jwtConfiguration }: ApiAuthorizer): void {
  if (!functionUri.test(authorizerUri)) {
    throw badRequest(
      `Invalid Authorizer URI: ${authorizerUri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
    )
  }
  if (jwtConfiguration !== undefined) {
    throw badRequest('jwtConfiguration is not supported for authorizers of type REQUEST')
  }
}

function checkToken({ jwtConfiguration, identitySource }: ApiAuthorizer): void {
  const { issuer, audience = [] } = jwtConfiguration ?? {}
  // AWS takes issuers with https alone, and looks at them; at home they may be on the same machine, and not up yet.
  if (issuer === undefined || !/^https?:\/\/[^/?#\s]+[^?#\s]*$/.test(issuer)) {
    throw badRequest(
      `Invalid issuer: ${issuer ?? 'none'}. Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'`,
    )
  }
  if (audience.length === 0)
    throw badRequest('JwtConfiguration needs an audience for authorizers of type JWT')
  if (audience.length > audiencesMax)
    throw badRequest(`An authorizer can have at most ${audiencesMax} audiences`)
  const [source = '', ...others] = identitySource
  if (others.length > 0 || !/^\$\{?request\.(?:header|querystring)\./.test(source)) {
    throw badRequest(
      'An authorizer of type JWT has one identity source, a header or a query string parameter, such as $request.header.Authorization',
    )
  }
}
