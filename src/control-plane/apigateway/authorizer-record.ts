import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { parseRegex, RegexSyntaxError } from '#languages/java-regex/parse.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { badRequest } from './errors.ts'
import { patchText, plainDialect, type PatchRow, type PatchTable } from './patch.ts'

/** Seconds that an authorizer's answer is kept: when nothing else is said, and at most (API reference, Authorizer). */
const resultTtlSecondsDefault = 300
const resultTtlSecondsMax = 3600

/** A Lambda function behind API Gateway's own ARN form; the function may be named by stage variables. */
const lambdaUri = /^arn:[^:]+:apigateway:[^:]+:lambda:path\/\s*2015-03-31\/functions\/.+\/invocations$/
const userPoolArn = /^arn:[^:]+:cognito-idp:[^:]+:\d{12}:userpool\/[^/]+$/
const credentialsArn = /^arn:[^:]+:iam::(?:\d{12}|\*):(?:role|user)\/.+$/
const headerSource = /^method\.request\.header\.[a-zA-Z0-9._-]+$/
const requestSource =
  /^(?:method\.request\.(?:header|querystring)\.[a-zA-Z0-9._-]+|stageVariables\.\w+|context\.[\w.]+)$/

/** What an authorizer of one type must have. */
interface TypeRules {
  readonly authType: string
  /** @throws BadRequestException */
  readonly check: (authorizer: Authorizer) => void
}

const types: Readonly<Record<Authorizer['type'], TypeRules>> = {
  TOKEN: {
    authType: 'custom',
    check: (authorizer) => {
      checkUri(authorizer)
      checkHeaderSource(authorizer)
    },
  },
  REQUEST: {
    authType: 'custom',
    check: (authorizer) => {
      checkUri(authorizer)
      checkRequestSources(authorizer)
    },
  },
  COGNITO_USER_POOLS: {
    authType: 'cognito_user_pools',
    check: (authorizer) => {
      checkProviders(authorizer)
      if (authorizer.identitySource !== undefined) checkHeaderSource(authorizer)
    },
  },
}

type Input = ApiGatewayOperations['CreateAuthorizer']['input']

/** @throws BadRequestException */
export function newAuthorizer(id: string, input: Input): Authorizer {
  return checkedAuthorizer({
    id,
    name: input.name,
    type: input.type,
    providerARNs: input.providerARNs?.length ? input.providerARNs : undefined,
    authType: patchText(input.authType) ?? types[input.type].authType,
    authorizerUri: patchText(input.authorizerUri),
    authorizerCredentials: patchText(input.authorizerCredentials),
    identitySource: patchText(input.identitySource),
    identityValidationExpression: patchText(input.identityValidationExpression),
    // The default is not shown (recorded on AWS).
    authorizerResultTtlInSeconds: input.authorizerResultTtlInSeconds,
  })
}

/** @throws BadRequestException */
export function checkedAuthorizer(authorizer: Authorizer): Authorizer {
  if (authorizer.name.trim() === '') throw badRequest('Authorizer name cannot be blank')
  const ttl = authorizer.authorizerResultTtlInSeconds ?? resultTtlSecondsDefault
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > resultTtlSecondsMax) {
    throw badRequest(
      `Invalid authorizerResultTtlInSeconds specified: ${ttl}. Must be between 0 and ${resultTtlSecondsMax}`,
    )
  }
  const { authorizerCredentials, identityValidationExpression } = authorizer
  if (authorizerCredentials !== undefined && !credentialsArn.test(authorizerCredentials)) {
    throw badRequest(`Invalid ARN specified in the request: ${authorizerCredentials}. Expected an IAM role`)
  }
  if (identityValidationExpression !== undefined) checkExpression(identityValidationExpression)
  types[authorizer.type].check(authorizer)
  return authorizer
}

function checkUri({ authorizerUri = '' }: Authorizer): void {
  if (!lambdaUri.test(authorizerUri)) {
    throw badRequest(
      `Invalid Authorizer URI: ${authorizerUri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
    )
  }
}

function checkHeaderSource({ type, identitySource }: Authorizer): void {
  if (identitySource === undefined) {
    throw badRequest(`Invalid request input: an authorizer of type ${type} needs an identitySource`)
  }
  if (!headerSource.test(identitySource)) {
    throw badRequest(
      `Invalid token source expression: ${identitySource}. The source must be a method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'.`,
    )
  }
}

/** Sources are what answers are kept by: without them nothing can be kept. */
function checkRequestSources({ identitySource, authorizerResultTtlInSeconds }: Authorizer): void {
  if (identitySource === undefined) {
    if (authorizerResultTtlInSeconds === 0) return
    throw badRequest(
      'Invalid request input: an authorizer of type REQUEST needs an identitySource unless authorizerResultTtlInSeconds is 0',
    )
  }
  for (const source of identitySource.split(',').map((text) => text.trim())) {
    if (requestSource.test(source)) continue
    throw badRequest(
      `Invalid identity source expression: ${source}. The source must be a request header or query string parameter, a stage variable or a context variable.`,
    )
  }
}

function checkProviders({ providerARNs = [] }: Authorizer): void {
  if (providerARNs.length === 0) {
    throw badRequest('Invalid request input: an authorizer of type COGNITO_USER_POOLS needs providerARNs')
  }
  for (const arn of providerARNs) {
    if (!userPoolArn.test(arn)) {
      throw badRequest(`Invalid Provider ARN specified: ${arn}. Expected the ARN of a Cognito user pool`)
    }
  }
}

function checkExpression(expression: string): void {
  try {
    parseRegex(expression)
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error
    throw badRequest(`Invalid identityValidationExpression specified: ${expression}: ${error.message}`)
  }
}

export const patchableAuthorizer: PatchTable<Authorizer> = {
  dialect: plainDialect,
  rows: [
    {
      path: '/name',
      ops: ['replace'],
      apply: (authorizer, { value = '' }) => ({ ...authorizer, name: value }),
    },
    {
      path: '/type',
      ops: ['replace'],
      apply: (authorizer, { value = '' }) => {
        if (!Object.hasOwn(types, value)) {
          throw badRequest(
            `Invalid authorizer type specified: ${value}. Valid options are ${Object.keys(types).join(',')}`,
          )
        }
        const type = value as Authorizer['type']
        // The default of the old type goes with it, what an owner chose stays.
        const chosen = authorizer.authType !== types[authorizer.type].authType
        return { ...authorizer, type, authType: chosen ? authorizer.authType : types[type].authType }
      },
    },
    text('authorizerUri'),
    text('authorizerCredentials'),
    text('identitySource'),
    text('identityValidationExpression'),
    text('authType'),
    {
      path: '/authorizerResultTtlInSeconds',
      ops: ['replace'],
      apply: (authorizer, { value = '' }) => ({
        ...authorizer,
        authorizerResultTtlInSeconds: value.trim() === '' ? NaN : Number(value),
      }),
    },
    {
      path: '/providerARNs',
      ops: ['add', 'remove'],
      apply: (authorizer, { op, value = '' }) => {
        const others = (authorizer.providerARNs ?? []).filter((arn) => arn !== value)
        return { ...authorizer, providerARNs: op === 'add' ? [...others, value] : others }
      },
    },
  ],
}

function text(
  member:
    | 'authorizerUri'
    | 'authorizerCredentials'
    | 'identitySource'
    | 'identityValidationExpression'
    | 'authType',
): PatchRow<Authorizer> {
  return {
    path: `/${member}`,
    ops: ['replace'],
    apply: (authorizer, { value }) => ({ ...authorizer, [member]: patchText(value) }),
  }
}
