import type { HttpReply } from '#http/message.ts'
import type { Headers } from '#http/headers.ts'
import type { AwsError } from '#aws/error.ts'
import type { RawTarget } from '#aws/raw-target.ts'
import type { SignatureFailure } from '#aws/signature-error.ts'
import type { Operation, ServiceTable } from '#aws/table.ts'

/** A request with its body here. */
export interface WireRequest {
  readonly method: string
  readonly target: RawTarget
  readonly headers: Headers
  readonly body: Uint8Array
}

export interface Identified {
  /** As the request names it: may be none of the service's. */
  readonly operation: string
  readonly labels: ReadonlyMap<string, string>
}

/** One of AWS's protocols, both ways. Another is another file and a row in `index.ts`. */
export interface Codec {
  /** Whether a request is in this protocol, whatever the service. */
  speaks(request: Pick<WireRequest, 'method' | 'target' | 'headers'>): boolean
  /** The operation a request is for, undefined when it names none. */
  identify(request: WireRequest, service: ServiceTable): Identified | undefined
  /** @throws AwsError when the request is not in the operation's input shape */
  decode(
    request: WireRequest,
    operation: Operation,
    labels: ReadonlyMap<string, string>,
    service: ServiceTable,
  ): Record<string, unknown>
  /** @param output what the handler answered: of the operation's output shape */
  encode(output: object, operation: Operation, service: ServiceTable, requestId: string): HttpReply
  encodeError(error: AwsError, service: ServiceTable, requestId: string): HttpReply
  /** Answer to an operation that the service does not have. */
  unknownOperation(operation: string | undefined, service: ServiceTable): AwsError
  /** Message to a request that carries no signature. */
  readonly missingToken: string
  /** Of the answer to a call that policies do not allow. */
  readonly deniedCode: string
  readonly signatureCodes: Readonly<Record<SignatureFailure, string>>
}
