import type { Clock } from '#base/clock.ts'
import { newRequestId } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { BodyTooLarge, HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import type {
  AuthorizeCall,
  AwsEndpoint,
  AwsService,
  Call,
  CallToAuthorize,
  Permission,
  Principal,
} from './call.ts'
import { AwsError } from './error.ts'
import { EVENT_STREAM_TYPE } from './event-stream.ts'
import { MountedService, NO_SERVICE, type Found } from './mounted-service.ts'
import type { Codec, WireRequest } from './protocols/codec.ts'
import { codecs } from './protocols/index.ts'
import { splitTarget } from './raw-target.ts'
import { readClaim, type SignatureClaim } from './signature-claim.ts'
import { SignatureError } from './signature-error.ts'
import { checkClaim, checkSignature, type AccessKey, type Credentials } from './sigv4.ts'
import { validate } from './validate.ts'

/** Lambda takes 50 MB of zip as base64 in one CreateFunction, up to this (recorded on AWS); nothing else is larger. */
export const BODY_BYTES_MAX = 70_167_211
/** Unsigned calls are few and small: the largest holds a SAML assertion of 100,000 characters. */
export const UNSIGNED_BODY_BYTES_MAX = 262_144

export interface AwsEndpointOptions {
  readonly services: readonly AwsService[]
  readonly credentials: Credentials
  /** Decides what those who signed with a key that is known may do; undefined: everything. */
  readonly authorize?: AuthorizeCall | undefined
  /** 12 digits: the account of unsigned callers and, in development, of access keys that are no account themselves. */
  readonly defaultAccount: string
  readonly defaultRegion: string
  readonly clock: Clock
  readonly log: Log
  readonly bodyBytesMax?: number | undefined
  /** What callers are told of errors that this room does not know, such as the store's; undefined: of a bug. */
  readonly translate?: ((error: unknown) => AwsError | undefined) | undefined
}

/**
 * The AWS API of every mounted service on one address. Which service a call is for, its credential scope tells, else
 * its target, its action or its path.
 */
export function createAwsEndpoint(options: AwsEndpointOptions): AwsEndpoint {
  return new Endpoint(options)
}

/** A call under way: what is known of it so far, so that a failure at any point can be told in its protocol. */
interface Progress {
  readonly requestId: string
  codec: Codec
  found: Found | undefined
}

class Endpoint implements AwsEndpoint {
  readonly #options: AwsEndpointOptions
  readonly #services: readonly MountedService[]

  constructor(options: AwsEndpointOptions) {
    this.#options = options
    this.#services = options.services.map((service) => new MountedService(service))
  }

  async serve(request: HttpRequest): Promise<HttpReply> {
    const { method, headers } = request
    const head = { method, headers, target: splitTarget(request.target) }
    const progress: Progress = { requestId: newRequestId(), codec: guessCodec(head), found: undefined }
    try {
      const reply = await this.#answer(request, head, progress)
      this.#log(progress, reply.status)
      return reply
    } catch (error) {
      const told = this.#toAwsError(error, progress)
      const reply = progress.codec.encodeError(told, progress.found?.table ?? NO_SERVICE, progress.requestId)
      this.#log(progress, reply.status, told.code)
      return reply
    }
  }

  async #answer(
    request: HttpRequest,
    head: Omit<WireRequest, 'body'>,
    progress: Progress,
  ): Promise<HttpReply> {
    const { authorize, defaultRegion } = this.#options
    const claim = this.#readClaim(request)
    // Before the body: strangers' bodies are not read.
    const key = claim === undefined ? undefined : await this.#findKey(claim)
    const wire: WireRequest = { ...head, body: await this.#readBody(request, claim, progress) }
    const found = await this.#find(wire, claim, progress)
    progress.found = found
    progress.codec = found.codec
    const { codec, labels, operation, service, table } = found
    if (operation === undefined) throw codec.unknownOperation(found.name, table)
    const principal = this.#authenticate(claim, key, found, { ...wire, target: request.target })

    const { handlers, streams = {} } = service
    const handler = Object.hasOwn(handlers, operation.name) ? handlers[operation.name] : undefined
    const stream = Object.hasOwn(streams, operation.name) ? streams[operation.name] : undefined
    if ((operation.eventStream ? stream : handler) === undefined) throw notImplemented(operation.name)
    const input = codec.decode(wire, operation, labels, table)
    const known: Call = {
      service: service.name,
      operation: operation.name,
      account: principal.account,
      region: claim?.region ?? defaultRegion,
      principal,
      requestId: progress.requestId,
    }
    const need = authorize && needFor(authorize, known, found, request, wire, input)
    await need?.()
    const call: Call = { ...known, need }
    validate(operation, input, table.overlay)
    if (stream !== undefined) {
      const { headers, events } = await stream(input as never, call)
      const own = ['x-amzn-RequestId', call.requestId, 'Content-Type', EVENT_STREAM_TYPE]
      return {
        status: operation.http?.status ?? 200,
        headers: new Headers([...own, ...headers]),
        body: events,
      }
    }
    const output = await handler?.(input as never, call)
    return codec.encode((output ?? {}) as object, operation, table, progress.requestId)
  }

  #readClaim(request: HttpRequest): SignatureClaim | undefined {
    const claim = readClaim(request)
    // Where any signature is accepted an address alone is one: a web page elsewhere could have a form sent to it.
    const open = this.#options.credentials.kind === 'any' && claim?.presigned === true
    return open && isFromPage(request) ? undefined : claim
  }

  /** @returns undefined where any signature is accepted and the key is nobody's */
  async #findKey(claim: SignatureClaim): Promise<AccessKey | undefined> {
    const { clock, credentials } = this.#options
    const found = await credentials.find?.(claim.accessKeyId, claim.sessionToken)
    if (found === undefined && credentials.kind === 'any') return undefined
    return checkClaim(claim, found, clock.now())
  }

  async #readBody(
    request: HttpRequest,
    claim: SignatureClaim | undefined,
    { codec }: Progress,
  ): Promise<Uint8Array> {
    const { bodyBytesMax = BODY_BYTES_MAX } = this.#options
    try {
      return await request.body.bytes(
        claim === undefined ? Math.min(bodyBytesMax, UNSIGNED_BODY_BYTES_MAX) : bodyBytesMax,
      )
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) throw error
      if (claim === undefined) throw new SignatureError('missing', codec.missingToken)
      const message = `Request must be smaller than ${bodyBytesMax} bytes`
      throw new AwsError('RequestEntityTooLargeException', message, 413)
    }
  }

  async #find(wire: WireRequest, claim: SignatureClaim | undefined, { codec }: Progress): Promise<Found> {
    let first: Found | undefined
    for (const service of this.#candidates(wire, claim)) {
      const found = await service.find(wire)
      if (found.operation !== undefined) return found
      first ??= found
    }
    if (first !== undefined) return first
    if (claim === undefined) throw new SignatureError('missing', codec.missingToken)
    throw notImplemented(`AWS service '${claim.service}'`)
  }

  /** Services that a request may be for; several tables may share a signing name. */
  #candidates(wire: WireRequest, claim: SignatureClaim | undefined): readonly MountedService[] {
    if (claim !== undefined) return this.#services.filter(({ meta }) => meta.signingName === claim.service)
    const target = wire.headers.get('x-amz-target')
    if (target !== undefined) {
      return this.#services.filter(({ meta }) => target.startsWith(`${meta.targetPrefix}.`))
    }
    const protocol = codecs.awsQuery.speaks(wire) ? 'awsQuery' : 'restJson1'
    return this.#services.filter(({ meta }) => meta.protocols.includes(protocol))
  }

  #authenticate(
    claim: SignatureClaim | undefined,
    key: AccessKey | undefined,
    { codec, operation, service }: Found,
    request: Pick<HttpRequest, 'method' | 'target' | 'headers'> & { readonly body: Uint8Array },
  ): Principal {
    const { defaultAccount } = this.#options
    if (claim === undefined) {
      if (service.meta.unsigned.includes(operation?.name ?? '')) return principalOf(defaultAccount, '')
      throw new SignatureError('missing', codec.missingToken)
    }
    const { accessKeyId } = claim
    if (key === undefined) {
      return principalOf(/^\d{12}$/.test(accessKeyId) ? accessKeyId : defaultAccount, accessKeyId)
    }
    checkSignature(claim, key, request)
    return principalOf(key.account, accessKeyId, key)
  }

  #toAwsError(error: unknown, { codec, found, requestId }: Progress): AwsError {
    if (error instanceof AwsError) return error
    if (error instanceof SignatureError) {
      return new AwsError(codec.signatureCodes[error.failure], error.message, 403)
    }
    if (error instanceof HttpError && found === undefined) {
      return new AwsError('SerializationException', `The request body did not arrive: ${error.message}`, 400)
    }
    const translated = this.#options.translate?.(error)
    if (translated !== undefined) return translated
    this.#options.log.error('aws.failed', {
      service: found?.service.name,
      operation: found?.operation?.name,
      requestId,
      error,
      stack: error instanceof Error ? error.stack : undefined,
    })
    // Query Common Errors of any AWS API reference. What went wrong stays in our log.
    const message = 'The request processing has failed because of an unknown error, exception or failure.'
    return new AwsError(found?.table.overlay.internalCode ?? 'InternalFailure', message, 500)
  }

  #log({ found, requestId }: Progress, status: number, code?: string): void {
    const fields = { service: found?.service.name, operation: found?.operation?.name }
    this.#options.log.debug('aws.call', { ...fields, status, code, requestId })
  }
}

/** The protocol to answer in while the service is not known. */
function guessCodec(request: Omit<WireRequest, 'body'>): Codec {
  return Object.values(codecs).find((codec) => codec.speaks(request)) ?? codecs.restJson1
}

/** Browsers say so of every cross-site form and script. */
function isFromPage({ headers }: HttpRequest): boolean {
  const site = headers.get('sec-fetch-site')
  return headers.has('origin') || site === 'cross-site' || site === 'same-site'
}

function principalOf(account: string, accessKeyId: string, key?: AccessKey): Principal {
  return {
    account,
    accessKeyId,
    arn: key?.arn ?? `arn:aws:iam::${account}:root`,
    userId: key?.userId ?? account,
    caller: key?.caller,
  }
}

/** 501 is the one 5xx that no SDK retries. */
function notImplemented(what: string): AwsError {
  return new AwsError('NotImplementedException', `${what} is not implemented by Gatehouse yet`, 501)
}

/** How a call is refused that its caller may not make. Without permissions: by its operation and members. */
function needFor(
  authorize: AuthorizeCall,
  call: Call,
  { codec, service }: Found,
  { peer }: HttpRequest,
  { method, target, headers }: WireRequest,
  input: Readonly<Record<string, unknown>>,
): (permissions?: readonly Permission[]) => Promise<void> {
  const asked: CallToAuthorize = {
    ...call,
    signingName: service.meta.signingName,
    method,
    path: target.path,
    input,
    client: { address: peer.address, secure: peer.secure, userAgent: headers.get('user-agent') },
  }
  return async (permissions) => {
    const denial = await authorize(asked, permissions)
    if (denial !== undefined) throw new AwsError(codec.deniedCode, denial, 403)
  }
}
