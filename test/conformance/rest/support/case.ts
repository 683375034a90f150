import type { InvocationType } from '#data-plane/ports.ts'
import type { ApiDefinition } from './definition.ts'
import type { BackendAnswer } from './backend.ts'
import type { FunctionBehaviour } from './functions.ts'
import type { RawRequest } from './raw-http.ts'

/** One behaviour: given an API, its functions and its backend, when a request comes, then this answer. */
export interface RestCase {
  readonly name: string
  /** Where it is documented or recorded. */
  readonly source?: string
  /** `http://backend.test` in it is the case's backend, `http://nobody.test` a port where nobody listens. */
  readonly api: ApiDefinition
  readonly functions?: Readonly<Record<string, FunctionBehaviour>>
  readonly backend?: BackendAnswer
  /** The target is below the stage: `/pets`; a full one begins with `raw:`. */
  readonly request: RawRequest
  readonly expect: Expected
}

export interface Expected {
  readonly status: number
  readonly reason?: string
  /** Every header line but Date and Connection, in order; ids are written `<uuid>`, `<id>` and `<trace>`. */
  readonly headers?: readonly string[]
  /** Some headers alone; null: absent. */
  readonly header?: Readonly<Record<string, string | null>>
  /** latin1 */
  readonly body?: string
  /** What the backend got; headers without Host and Connection, in order. */
  readonly received?: {
    readonly method?: string
    readonly target?: string
    readonly headers?: readonly string[]
    /** Some headers alone; null: absent. */
    readonly header?: Readonly<Record<string, string | null>>
    /** Its Host; `<backend>` is the address of the case's backend. */
    readonly host?: string
    readonly body?: string
  }
  /** Payloads of the invocations: JSON with `<uuid>` and the like, or members to look at. */
  readonly invoked?: readonly unknown[]
  /** Members that the first payload must not have, `headers.Server`. */
  readonly absent?: readonly string[]
  /** Every member of the first payload by its path, with its type: `{ 'requestContext.identity.user': 'null' }`. */
  readonly shape?: Readonly<Record<string, string>>
  readonly invocationType?: InvocationType
}

/** Ids, traces and times replaced by their kind, so that what is left can be compared. */
export function normalise(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g, '<uuid>')
    .replace(
      /Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0)?/g,
      (_, parent?: string) => (parent === undefined ? '<trace>' : '<trace;parent>'),
    )
    .replace(/(x-amz-apigw-id: |apigw-requestid: |requestId(?:":"|=|: ))[\w-]{15}=/gi, '$1<id>')
    .replace(/((?:requestT|t)ime(?:":"|=|: ))\d\d\/[A-Z][a-z]{2}\/\d{4}(:\d\d){3} \+0000/g, '$1<time>')
    .replace(/(requestTimeEpoch(?:=|: ))\d{13}/g, '$1<epoch>')
}
