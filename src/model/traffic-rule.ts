import type { TrafficDocument } from './rest-api.ts'

/** Settings of `x-gatehouse-traffic` that the gateway's operator has for some methods or routes; `*` is any. */
export interface TrafficRule {
  /** Id or name. */
  readonly api: string
  readonly stage: string
  readonly httpMethod: string
  /** Of the resource or the route: `/pets/{id}`, `$default`. */
  readonly path: string
  readonly settings: TrafficDocument
}
