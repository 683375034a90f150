import { join } from 'node:path'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { createAwsEndpoint } from '#aws/service.ts'
import type { Credentials } from '#aws/sigv4.ts'
import { systemClock } from '#base/clock.ts'
import { createLog, type Log } from '#base/log.ts'
import { createStsService } from '#companions/sts/service.ts'
import { createApiGatewayService } from '#control-plane/apigateway/service.ts'
import { awsLimits, type DataPlaneLimits } from '#data-plane/limits.ts'
import { PlanTable } from '#data-plane/plan-table.ts'
import { createDataPlane } from '#data-plane/serve.ts'
import { createHttpClient } from '#http/client.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { createAdmin, resetRefusal } from './admin.ts'
import type { Config } from './config.ts'
import { startDeployments } from './deployments.ts'
import { createDispatch } from './dispatch.ts'
import { startFunctions } from './functions.ts'
import { listen, StartError } from './listen.ts'
import { createLocalGuard } from './local-guard.ts'

/** A running gateway. */
export interface Gateway {
  /** `http://localhost:4566` */
  readonly url: string
  readonly port: number
  readonly config: Config
  readonly log: Log
  /** Calls the control plane as its owner. */
  readonly caller: AwsCaller
  /** Finishes what is under way, then ends everything. */
  stop(): Promise<void>
}

/**
 * Builds the house and opens its door.
 * @throws StartError when it cannot listen as configured; StoreUnavailable when its data cannot be opened
 */
export async function startGateway(config: Config): Promise<Gateway> {
  const log = createLog(config.logLevel, config.logFormat)
  const loopback = isLoopback(config.host)
  const anySignature = config.credentials.length === 0
  if (!loopback && anySignature) throw new StartError(OPEN_TO_STRANGERS(config.host))

  const clock = systemClock
  const store = openSqliteStore({ path: config.dataDir, log })
  const planTable = new PlanTable()
  const limits: DataPlaneLimits = {
    ...awsLimits,
    requestBodyBytesMax: config.payloadLimit,
    responseBodyBytesMax: config.payloadLimit,
    integrationTimeoutMsMax: config.integrationTimeout,
  }
  const httpClient = createHttpClient()
  const gatewayUrl = Promise.withResolvers<string>()
  const functions = startFunctions({
    store,
    clock,
    log,
    httpClient,
    region: config.region,
    codeFolder: config.dataDir === ':memory:' ? undefined : join(config.dataDir, 'functions'),
    // Whoever may name a folder may read it: only on a developer's own machine.
    allowLocalFolders: config.dev || (loopback && anySignature),
    enforcePermissions:
      config.lambdaPermissions === 'enforce' || (config.lambdaPermissions === 'auto' && !anySignature),
    forwardTo: config.lambdaEndpoint,
    gatewayUrl: gatewayUrl.promise,
  })
  const stopDeployments = await startDeployments({ store, planTable, log, limits })
  const services = [createApiGatewayService({ store, clock, log }), functions.service, createStsService()]
  const controlPlane = createAwsEndpoint({
    services,
    credentials: credentialsOf(config),
    defaultAccount: config.accountId,
    defaultRegion: config.region,
    clock,
    log,
  })
  const dataPlane = createDataPlane({
    planTable,
    ports: { functions: functions.invoker },
    httpClient,
    log,
    clock,
  })
  const admin = createAdmin({
    planTable,
    services: services.map(({ table }) => table),
    resetRefusal: resetRefusal(config.dev, loopback, !anySignature),
    reset: () => store.clear(),
  })
  const guard = createLocalGuard(anySignature, config.allowedHosts)
  const close = async (): Promise<void> => {
    await functions.stop()
    stopDeployments()
    httpClient.close()
    await store.close()
  }
  let server
  try {
    server = listen(config, createDispatch(dataPlane, guard, admin, controlPlane), log)
  } catch (error) {
    await close()
    throw error
  }
  const { url, port } = server
  gatewayUrl.resolve(url)
  const [owner = { accessKeyId: config.accountId, secret: 'unused' }] = config.credentials
  return {
    url,
    port,
    config,
    log,
    caller: createAwsCaller({
      endpoint: url,
      credentials: { accessKeyId: owner.accessKeyId, secretAccessKey: owner.secret },
      region: config.region,
    }),
    async stop() {
      await server.stop()
      await close()
    },
  }
}

function credentialsOf({ credentials, accountId }: Config): Credentials {
  if (credentials.length === 0) return { kind: 'any' }
  const secrets = new Map(credentials.map(({ accessKeyId, secret }) => [accessKeyId, secret]))
  return {
    kind: 'keys',
    find(accessKeyId) {
      const secret = secrets.get(accessKeyId)
      return secret === undefined ? undefined : { secret, account: accountId }
    },
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function OPEN_TO_STRANGERS(host: string): string {
  return (
    `refused to listen on ${host} without credentials: whoever reaches this address could create functions, ` +
    'which run as you. Give --credentials KEY:SECRET (or a file), or listen on localhost.'
  )
}
