import { AwsAccess } from '#aws/access.ts'
import type { SigningKeys } from '#aws/sigv4.ts'
import { systemClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { createHttpClient, type HttpClient } from '#http/client.ts'
import type { Config } from './config.ts'
import { trafficLimits } from './traffic-limits.ts'

/** Bounds of what goes through, as configured. */
export function dataPlaneLimits(config: Config): DataPlaneLimits {
  return {
    ...trafficLimits(config).dataPlane,
    accountThrottle: config.accountThrottle,
    connectRate: config.websocketConnects,
  }
}

/** The client that backends are asked with, as configured. */
export function createBackendClient({ backendCa, backendConnections }: Config, log: Log): HttpClient {
  return createHttpClient({
    tls: { extraCa: backendCa },
    connectionsPerOriginMax: backendConnections,
    log,
  })
}

/**
 * The way to AWS services, by the variables that the AWS SDKs read.
 * @param any for what is not AWS, when no keys are found
 */
export function createAwsAccess(
  { region, lambdaEndpoint }: Config,
  client: HttpClient,
  any?: SigningKeys,
): AwsAccess {
  const environment =
    lambdaEndpoint === undefined ? process.env : { ...process.env, AWS_ENDPOINT_URL_LAMBDA: lambdaEndpoint }
  return new AwsAccess({ environment, client, clock: systemClock, region, any })
}
