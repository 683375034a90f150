import type { BackendAnswer } from '../../rest/support/backend.ts'
import type { Expected } from '../../rest/support/case.ts'
import type { FunctionBehaviour } from '../../rest/support/functions.ts'
import type { RawRequest } from '../../rest/support/raw-http.ts'
import type { HttpApiDefinition } from './definition.ts'

/** One behaviour of HTTP APIs: given an API, its functions and its backend, when a request comes, then this answer. */
export interface HttpApiCase {
  readonly name: string
  /** Where it is documented or recorded. */
  readonly source?: string
  /** `http://backend.test` in it is the case's backend, `http://nobody.test` a port where nobody listens. */
  readonly api: HttpApiDefinition
  readonly functions?: Readonly<Record<string, FunctionBehaviour>>
  readonly backend?: BackendAnswer
  readonly request: RawRequest
  readonly expect: Expected
}
