import type { TrafficDocument } from './rest-api.ts'

/** Settings of `x-gatehouse-traffic` that the gateway's operator has for some methods; `*` is any. */
export interface TrafficRule {
  /** Id or name. */
  readonly api: string
  readonly stage: string
  readonly httpMethod: string
  /** Of the resource: `/pets/{id}`. */
  readonly path: string
  readonly settings: TrafficDocument
}
