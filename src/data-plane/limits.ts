/** Bounds that a plan is compiled with. */
export interface DataPlaneLimits {
  /** Larger requests are answered 413. */
  readonly requestBodyBytesMax: number
  /** Larger answers of a backend are answered 500. */
  readonly responseBodyBytesMax: number
  /** Integrations that ask for longer are cut to this. */
  readonly integrationTimeoutMsMax: number
}

/** What Amazon API Gateway allows. Developer guide, "Quotas for configuring and running a REST API". */
export const awsLimits: DataPlaneLimits = {
  requestBodyBytesMax: 10 * 1024 * 1024,
  responseBodyBytesMax: 10 * 1024 * 1024,
  integrationTimeoutMsMax: 29_000,
}
