import { UNSIGNED_PAYLOAD } from '#aws/canonical-request.ts'
import { readClaim, type SignatureClaim } from '#aws/signature-claim.ts'
import { SignatureError } from '#aws/signature-error.ts'
import { checkClaim, checkSignature, SIGNATURE_MISMATCH } from '#aws/sigv4.ts'
import { WholeBody } from '#http/body.ts'
import { authorize, type Authorization } from '#languages/policy/authorize.ts'
import { CallContext } from '#data-plane/call-context.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { statementName } from '#data-plane/explain/statement-name.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { areCallers } from '#data-plane/integrations/integration-credentials.ts'
import { apiArnOf, methodArn, methodPlace } from '#data-plane/method-arn.ts'
import type { Step } from '#data-plane/plan.ts'
import { requestBodyError } from '#data-plane/request-body-error.ts'
import { compileResourcePolicy, type ResourcePolicy } from '#data-plane/resource-policy.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import type { Known } from './known-callers.ts'
import { signatureRefusal } from './signature-refusal.ts'
import type { SignedCaller } from './signed-caller.ts'

/**
 * Callers sign with Signature Version 4, and IAM's policies decide together with the API's resource policy. Developer
 * guide, "Control access to a REST API with IAM permissions".
 */
export function iamAuthorization(route: RouteDefinition): Step {
  const apiArn = apiArnOf(route)
  return signedStep({
    resourceOf: (exchange) => methodArn(apiArn, exchange),
    resourcePolicy: compileResourcePolicy(route),
    bodyBytesMax: route.limits.requestBodyBytesMax,
    passesCaller: areCallers(route.method.integration?.credentials, route.stageVariables),
  })
}

/** What callers sign for. */
export interface SignedPlace {
  /** The ARN that policies are asked about. */
  readonly resourceOf: (exchange: Exchange) => string
  /** Undefined when the API has none. */
  readonly resourcePolicy?: ResourcePolicy | undefined
  readonly bodyBytesMax: number
  /** What is done; to invoke the method, unless it is something else. */
  readonly action?: string
  /** Whether the integration calls in the caller's name. */
  readonly passesCaller: boolean
  /** Called for whoever was let in. */
  readonly admitted?: (exchange: Exchange) => void
}

export function signedStep(place: SignedPlace): Step {
  return (exchange) => {
    try {
      const done = enter(exchange, place)
      return done?.catch(refuse)
    } catch (error) {
      return refuse(error)
    }
  }
}

function refuse(error: unknown): never {
  throw error instanceof SignatureError ? signatureRefusal(error) : error
}

function enter(exchange: Exchange, place: SignedPlace): void | Promise<void> {
  const { request, services, startedAtMs } = exchange
  if (request.headers.getAll('authorization').length > 1) {
    throw new SignatureError('incomplete', 'A request has one Authorization header: several were found.')
  }
  const claim = readClaim(request)
  if (claim === undefined) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
  if (DOT_SEGMENT.test(request.target)) {
    throw new SignatureError(
      'mismatch',
      `${SIGNATURE_MISMATCH} A path with dot segments is signed as another one.`,
    )
  }
  checkScope(claim, exchange)
  checkDecisive(claim, exchange)
  const known = services.callers?.find(claim.accessKeyId, claim.sessionToken, startedAtMs) ?? 'unknown'
  const verified = (found: Known): void | Promise<void> => verify(exchange, place, claim, found)
  return known instanceof Promise ? known.then(verified) : verified(known)
}

/**
 * Signatures are made of paths without dot segments, while methods are found by paths as sent: `/open` that was signed could
 * be sent as `/closed/../open`. Clients take such segments out before they sign.
 */
const DOT_SEGMENT = /^[^?]*\/\.{1,2}(?:[/?]|$)/

/**
 * Headers that say which method of which API is called: one that was not signed could be added to a request that was, and
 * its signature would do for another one, an address that was given away among them.
 */
function checkDecisive({ signedHeaders }: SignatureClaim, exchange: Exchange): void {
  const { method, request, address } = exchange
  const decisive = [
    ...(method === request.method ? [] : ['x-http-method-override']),
    // The name of a VPC endpoint alone says nothing of the API.
    ...(address.host.apiId === '' ? ['x-apigw-api-id'] : []),
  ]
  const unsigned = decisive.find((name) => !signedHeaders.includes(name))
  if (unsigned === undefined) return
  throw new SignatureError(
    'mismatch',
    `${SIGNATURE_MISMATCH} The header ${unsigned} says what is called, and is not among the signed ones.`,
  )
}

/** A signature is for one service of one region. */
function checkScope({ region, service }: SignatureClaim, { plan }: Exchange): void {
  const faults: string[] = []
  if (region !== plan.region) faults.push(`Credential should be scoped to a valid region, not '${region}'. `)
  if (service !== 'execute-api')
    faults.push("Credential should be scoped to correct service: 'execute-api'. ")
  if (faults.length > 0) throw new SignatureError('mismatch', faults.join(''))
}

function verify(
  exchange: Exchange,
  place: SignedPlace,
  claim: SignatureClaim,
  found: Known,
): void | Promise<void> {
  const caller = checkClaim(claim, found === 'unknown' ? undefined : found, exchange.startedAtMs)
  const withBody = (body: Uint8Array): void => {
    const { method: verb, target, headers } = exchange.request
    checkSignature(claim, caller, { method: verb, target, headers, body })
    exchange.identity = { ...exchange.identity, ...caller.identity }
    admit(exchange, place, caller)
    if (place.passesCaller) exchange.signedBy = { signer: caller, sessionToken: claim.sessionToken }
    place.admitted?.(exchange)
  }
  if (claim.payloadHash === UNSIGNED_PAYLOAD) return withBody(NO_BYTES)
  const body = receive(exchange, place.bodyBytesMax)
  return body instanceof Promise ? body.then(withBody) : withBody(body)
}

const NO_BYTES = new Uint8Array(0)

/** The body as it came: what was signed is what is in its content coding. */
function receive(exchange: Exchange, bytesMax: number): Uint8Array | Promise<Uint8Array> {
  const received = (bytes: Uint8Array): Uint8Array => {
    exchange.requestBody = new WholeBody(bytes)
    return bytes
  }
  const failed = (error: unknown): never => {
    throw requestBodyError(error) ?? error
  }
  try {
    const bytes = exchange.requestBody.bytes(bytesMax)
    return bytes instanceof Promise ? bytes.then(received, failed) : received(bytes)
  } catch (error) {
    return failed(error)
  }
}

function admit(exchange: Exchange, place: SignedPlace, caller: SignedCaller): void {
  const { resourceOf, resourcePolicy, action: wanted = 'execute-api:Invoke' } = place
  const { policies, principal, context } = caller
  const resource = resourceOf(exchange)
  const asked = (action: string): Authorization => {
    const ofApi = resourcePolicy?.(exchange, principal, context, action)
    return authorize(
      ofApi === undefined ? policies : { ...policies, resource: () => ofApi },
      { principal, action, resource, context: new CallContext(exchange, context) },
      exchange.plan.account,
    )
  }
  const authorization = asked(wanted)
  const { decision, source, statement } = authorization
  exchange.explanation?.tell('policy', {
    decision,
    source,
    statement: statement && statementName(statement),
    caller: caller.caller.arn,
  })
  if (decision !== 'allow') throw denied(exchange, caller, authorization, wanted)
  exchange.callerMay = (action) => asked(action).decision === 'allow'
}

/** Callers are shown four digits of whose API it is. */
function denied(
  exchange: Exchange,
  { caller }: SignedCaller,
  { decision, source, statement }: Authorization,
  action: string,
): GatewayError {
  const { account, region, apiId } = exchange.plan
  // A policy that cannot be read, or is missing, denies without a statement that says so.
  const isExplicit = decision === 'explicit-deny' && statement !== undefined
  const how = isExplicit ? `statement ${statement.sid ?? statement.index} denies it` : 'nothing allows it'
  return new GatewayError('ACCESS_DENIED', {
    message:
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ` +
      `arn:aws:execute-api:${region}:********${account.slice(-4)}:${apiId}/${methodPlace(exchange)}` +
      (isExplicit ? ' with an explicit deny' : ''),
    reason: `${source} policy: ${how}`,
  })
}
