import type { SigningKeys } from '#aws/sigv4.ts'
import { authorize } from '#languages/policy/authorize.ts'
import { denialText } from '#languages/policy/denial.ts'
import { CallContext } from '#data-plane/call-context.ts'
import type { Exchange, RequestSigner } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { FunctionCaller } from '#data-plane/ports.ts'
import { DefinitionError, type IntegrationDefinition } from '#data-plane/route-definition.ts'
import { withStageVariables } from '#model/stage-variables.ts'

/** Whom an integration calls its backend as: a role, whoever sent the request, or the gateway itself. */
export interface IntegrationCredentials {
  readonly roleArn: string | undefined
  readonly ofCaller: boolean
}

const ROLE = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/
const CALLER = /^arn:[\w-]+:iam::\*:user\/\*$/
const NONE: IntegrationCredentials = { roleArn: undefined, ofCaller: false }

/** Whether `credentials` are those of whoever sends the request. */
export function areCallers(
  credentials: string | undefined,
  stageVariables: Readonly<Record<string, string>>,
): boolean {
  return credentials !== undefined && CALLER.test(withStageVariables(credentials, stageVariables))
}

/**
 * What `credentials` say, stage variables replaced. API reference, "PutIntegration", credentials: a role, or
 * `arn:aws:iam::*:user/*` for the caller's own, which only a method that asks for a signature can know.
 * @throws DefinitionError
 */
export function integrationCredentials({
  integration: { credentials },
  stageVariables,
  method: { authorizationType },
}: IntegrationDefinition): IntegrationCredentials {
  return credentialsOf({ credentials, stageVariables, authorizationType, where: 'integration/credentials' })
}

export interface CredentialsSource {
  readonly credentials: string | undefined
  readonly stageVariables: Readonly<Record<string, string>>
  /** Of the method or route. */
  readonly authorizationType: string
  /** What holds them, for messages. */
  readonly where: string
}

/** The same for any kind of API. @throws DefinitionError */
export function credentialsOf(source: CredentialsSource): IntegrationCredentials {
  const { credentials, stageVariables, authorizationType, where } = source
  if (credentials === undefined || credentials === '') return NONE
  const arn = withStageVariables(credentials, stageVariables)
  if (ROLE.test(arn)) return { roleArn: arn, ofCaller: false }
  if (!CALLER.test(arn)) {
    throw new DefinitionError(
      `invalid integration credentials ${JSON.stringify(arn)}: expected arn:aws:iam::{account}:role/{name} or arn:aws:iam::*:user/*`,
      where,
    )
  }
  if (authorizationType === 'AWS_IAM') return { roleArn: undefined, ofCaller: true }
  throw new DefinitionError(
    `credentials ${arn}: only callers of methods with authorization type AWS_IAM have credentials, found ${authorizationType}`,
    where,
  )
}

/** Keys of whoever sent the request. @throws GatewayError where nobody did, as when a method is tested */
export function keysOfCaller(exchange: Exchange): SigningKeys {
  const { signer, sessionToken } = signerOf(exchange)
  return { accessKeyId: signer.caller.accessKeyId, secretAccessKey: signer.secret, sessionToken }
}

/**
 * Whoever sent the request, and whether the policies that hold for it let it invoke a function. The function's own are
 * not known here.
 * @throws GatewayError where nobody did
 */
export function callerOfFunction(exchange: Exchange, functionArn: string): FunctionCaller {
  const { policies, principal, context, caller } = signerOf(exchange).signer
  const action = 'lambda:InvokeFunction'
  const request = { principal, action, resource: functionArn, context: new CallContext(exchange, context) }
  const found = authorize(policies, request, caller.account)
  const { arn, account } = caller
  const isAllowed = found.decision === 'allow'
  return { arn, account, refusal: isAllowed ? undefined : denialText(arn, action, functionArn, found) }
}

function signerOf({ signedBy }: Exchange): RequestSigner {
  if (signedBy === undefined)
    throw configurationError('the request has no caller whose credentials could be used')
  return signedBy
}
