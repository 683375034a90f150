import type { Log } from '#base/log.ts'
import { awsLimits, type DataPlaneLimits } from '#data-plane/limits.ts'
import { createHttpClient, type HttpClient } from '#http/client.ts'
import type { Config } from './config.ts'

/** Bounds of what goes through, as configured. */
export function dataPlaneLimits(config: Config): DataPlaneLimits {
  return {
    ...awsLimits,
    requestBodyBytesMax: config.payloadLimit,
    responseBodyBytesMax: config.payloadLimit,
    integrationTimeoutMsMax: config.integrationTimeout,
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
