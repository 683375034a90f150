import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import type { AwsEndpoint } from '#aws/call.ts'
import { createAwsEndpoint } from '#aws/service.ts'
import type { SigningKeys } from '#aws/sigv4.ts'
import { systemClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { createAcm } from '#companions/acm/service.ts'
import type { RemoteFunctionsOptions } from '#companions/lambda/remote-functions.ts'
import { createUserPools } from '#companions/cognito-idp/service.ts'
import { createLambda, type Lambda } from '#companions/lambda/service.ts'
import { createApiGatewayService } from '#control-plane/apigateway/service.ts'
import {
  awsEndpoint,
  awsPortalAddress,
  endpointBelow,
  portalBelow,
} from '#control-plane/apigatewayv2/api-endpoint.ts'
import type { EndpointOf } from '#control-plane/apigatewayv2/environment.ts'
import { createApiGatewayV2Service } from '#control-plane/apigatewayv2/service.ts'
import { TokenIssuers } from '#data-plane/tokens/token-issuers.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import type { Store } from '#store/store.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'
import { createAdmin, resetRefusal } from './admin.ts'
import { createAwsAccess, createBackendClient, dataPlaneLimits } from './backend-settings.ts'
import { isLoopback, type Config } from './config.ts'
import { createPassIssuer } from './explain/issue-pass.ts'
import { startDeployments } from './deployments.ts'
import { DomainRecords, usersOfCertificates } from './domain-records.ts'
import { createOffice } from './dispatch.ts'
import { createDoor, type OpenDoor } from './door.ts'
import { createFunctionInvoker } from './function-invoker.ts'
import { createIdentities, watchIdentities } from './identities.ts'
import { logFolder } from './logs/log-path.ts'
import { LogRotation } from './logs/log-rotation.ts'
import { createMethodTester } from './method-tester.ts'
import { createLocalGuard } from './local-guard.ts'
import { Portals } from './portals/portals.ts'
import { checkSharedKey } from './shared-key.ts'
import { StageRecords } from './stage-records.ts'
import { openStore } from './open-store.ts'
import { storeErrorToAws } from './store-errors.ts'
import { createTrustStores } from './trust-stores.ts'
import { targetsAtPresent } from './targets/followed-targets.ts'
import { FollowedTraffic } from './followed-traffic.ts'
import { trafficLimits } from './traffic-limits.ts'
import { usagePlacesMax } from './usage/usage-places.ts'
import { UsageKeeper } from './usage/usage-keeper.ts'
import { vpcEndpointsOf } from './vpc-endpoint-settings.ts'
import { createWhoCan } from './who-can/who-can.ts'
import { createTokenVerifier } from './token-verifier.ts'
import { createWebIdentityServices } from './web-identities.ts'
import type { WorkersDoor } from './workers/workers-door.ts'

export interface House extends OpenDoor {
  /** Calls the control plane as its owner. */
  readonly caller: AwsCaller
  /** Whether functions may be folders of this machine, run where they are. */
  readonly localFolders: boolean
  /** Serves for `drainDelay` milliseconds more, while load balancers learn to go elsewhere. */
  retire(): Promise<void>
}

export interface HouseOptions {
  readonly config: Config
  /** Kept by workers; undefined when this process serves. */
  readonly workersDoor: WorkersDoor | undefined
  /** Takes how to end each thing that is started, in order: to be ended in reverse, also when a later one cannot start. */
  readonly started: (() => void | Promise<void>)[]
  readonly log: Log
}

/**
 * Puts the parts of the gateway together and lets clients in.
 * @throws StartError, StoreUnavailable
 */
export async function buildHouse({ config, workersDoor, started, log }: HouseOptions): Promise<House> {
  const clock = systemClock
  const anySignature = config.credentials.length === 0
  const onOwnMachine = isLoopback(config.host) && anySignature
  // Whoever may name a folder may read it: only on a developer's own machine.
  const localFolders = config.dev || onOwnMachine

  const store = await openStore(config, started, log)
  const identities = createIdentities(config, store, clock, log)
  const { sealer, callers, roles } = identities
  started.push(() => roles?.stop())
  if (config.store !== undefined) await checkSharedKey(store, sealer)

  const address: { url?: string } = {}
  const owner = ownerKeys(config)
  const { lambdaEndpoint, lambdaPermissions } = config
  // Kept apart from what serves, which may be other processes.
  const httpClient = createBackendClient(config, log)
  started.push(() => httpClient.close())
  const aws = createAwsAccess(config, httpClient, owner)
  const lambdaKeys: RemoteFunctionsOptions['keys'] = ({ region, ...caller }) =>
    aws.keys(aws.endpoint('lambda', region), caller)
  const lambda = await createLambda({
    store,
    clock,
    log,
    cacheFolder: codeFolder(config),
    allowLocalFolders: localFolders,
    enforcePermissions: lambdaPermissions === 'enforce' || (lambdaPermissions === 'auto' && !anySignature),
    roles,
    surroundings: { endpointUrl: () => address.url },
    forwardTo: lambdaEndpoint === undefined ? undefined : { endpoint: lambdaEndpoint, keys: lambdaKeys },
  })
  started.push(() => stopLambda(lambda, config))

  const functions = createFunctionInvoker(lambda.functions)
  const targets = config.targets === undefined ? undefined : targetsAtPresent(config.targets)
  const ports = { functions, counters: new MemoryCounters(), aws, targets }
  const limits = dataPlaneLimits(config)
  const userPools = createUserPools({
    store,
    clock,
    sealer,
    url: () => address.url ?? '',
    // Nothing is sent from here: on a developer's machine the log is where codes are found, anywhere else nowhere.
    deliver: localFolders ? (to) => log.info('user pool: a code for a user', { ...to }) : undefined,
  })
  const issuers = new TokenIssuers({ standIns: config.userPool, userPools, client: httpClient, clock, log })
  const methodTester = createMethodTester({ ports, issuers, httpClient, log, clock }, limits)

  const usageTable = workersDoor?.usageTable ?? new UsageTableWriter(usagePlacesMax(config))
  const usage = new UsageKeeper({ store, writer: usageTable, clock, log })
  started.push(() => usage.stop())

  const acm = createAcm({ store, clock, sealer, users: () => usersOfCertificates(store) })
  const { truststores: folder, region, quotas } = config
  const trustStores = createTrustStores({ folder, region, clock, aws, account: config.accountId })
  const { integrationTimeouts, routedTimeouts } = trafficLimits(config)
  const endpointOf: EndpointOf = (api, region) =>
    address.url === undefined ? awsEndpoint(api, region) : endpointBelow(address.url, api)
  const portals = await Portals.start({
    store,
    clock,
    log,
    sealer,
    stageAddress: (apiId, stage, region) => `${endpointOf({ apiId, protocolType: 'HTTP' }, region)}/${stage}`,
    signIn: (pool, name, password) => userPools.signIn(pool, name, password),
  })
  started.push(() => portals.stop())
  const services = [
    createApiGatewayService({
      store,
      clock,
      log,
      methodTester,
      quotas,
      trustStores,
      sealer,
      integrationTimeouts,
      usageMeter: usage,
    }),
    createApiGatewayV2Service({
      store,
      clock,
      log,
      quotas,
      trustStores,
      sealer,
      timeouts: routedTimeouts,
      endpointOf,
      portalAddressOf: (portalId, region) =>
        address.url === undefined
          ? awsPortalAddress(portalId, region)
          : portalBelow(address.url, portalId, region),
    }),
    acm.service,
    lambda.service,
    identities.service,
    userPools.service,
    ...createWebIdentityServices({
      store,
      clock,
      sealer,
      tokens: identities.tokens,
      userPools,
      verifier: createTokenVerifier(issuers, config.accountId, clock),
    }),
  ]
  const controlPlane = createAwsEndpoint({
    services,
    credentials: identities.credentials,
    authorize: identities.authorize,
    defaultAccount: config.accountId,
    defaultRegion: config.region,
    clock,
    log,
    translate: (error) => storeErrorToAws(error, log),
  })
  const traffic = config.traffic === undefined ? undefined : new FollowedTraffic(config.traffic, log)
  const stageRecords = new StageRecords(store, sealer, log, () => traffic?.rules ?? [])
  const domainRecords = new DomainRecords(store, acm, sealer, log)
  const admin = createAdmin({
    stageCount: () => door.stageCount(),
    workerCount: () => door.workerCount(),
    lostLogLines: () => door.lostLogLines(),
    webSocketTotals: () => door.webSocketTotals(),
    cacheCounts: () => door.cacheCounts(),
    storeHealth: () => store.health(),
    stateHealth: () => door.stateHealth(),
    services: services.map(({ table }) => table),
    resetRefusal: resetRefusal(config.dev, onOwnMachine),
    reset: () => store.clear(),
    explain: createPassIssuer({
      owners: config.credentials,
      account: config.accountId,
      clock,
      allow: (pass) => door.allowExplain(pass),
    }),
    whoCan: createWhoCan({
      // Addresses are what the owner says that they are.
      services: { ports, issuers, httpClient, log, clock, vpcEndpoints: vpcEndpointsOf(config) },
      limits,
      stages: stageRecords,
      domains: domainRecords,
      callers,
      owners: config.credentials,
      account: config.accountId,
    }),
  })
  const office = createOffice(
    portals,
    createLocalGuard(anySignature, config.allowedHosts),
    admin,
    userPools,
    onceEverywhere(store, controlPlane),
  )
  const door =
    workersDoor?.around({ office, functions, callers, userPools }) ??
    createDoor({
      config,
      office,
      functions,
      callers,
      userPools,
      usageTable: usageTable.table,
      log,
    })
  started.push(watchIdentities(store, door))
  const deployments = await startDeployments(store, door.stages, stageRecords, domainRecords, usage)
  started.push(() => deployments.stop())
  traffic?.follow(() => deployments.retell())
  started.push(() => traffic?.stop())
  started.push(() => door.stop())
  startRotation(config, started, log)
  const open = await door.open(deployments)
  address.url = open.url
  const caller = createAwsCaller({ endpoint: open.url, credentials: owner, region: config.region })
  const retire = async (): Promise<void> => {
    admin.retire()
    await door.retire()
    await Bun.sleep(config.drainDelay)
  }
  return { ...open, caller, localFolders, retire }
}

/** Answers calls that may have changed something once every node serves what they have made of it. */
function onceEverywhere(store: Store, controlPlane: AwsEndpoint): AwsEndpoint {
  return {
    async serve(request) {
      const reply = await controlPlane.serve(request)
      if (request.method !== 'GET' && request.method !== 'HEAD') await store.everywhere()
      return reply
    },
  }
}

/** By this process, whichever others write. */
function startRotation(config: Config, started: HouseOptions['started'], log: Log): void {
  const folder = logFolder(config.dataDir)
  if (folder === undefined) return
  const rotation = new LogRotation({
    folder,
    fileBytesMax: config.logFileBytes,
    fileAgeMs: config.logFileAge,
    filesMax: config.logFiles,
    log,
  })
  started.push(() => rotation.stop())
}

async function stopLambda(lambda: Lambda, config: Config): Promise<void> {
  await lambda.stop({ graceMs: FUNCTIONS_GRACE_MS })
  if (config.dataDir === ':memory:') await rm(codeFolder(config), { recursive: true, force: true })
}

/** What a function may still do after the server has answered its last request. */
const FUNCTIONS_GRACE_MS = 1000

/** The keys with which Gatehouse calls itself. */
function ownerKeys({ credentials: [first], accountId }: Config): SigningKeys {
  return { accessKeyId: first?.accessKeyId ?? accountId, secretAccessKey: first?.secret ?? 'unused' }
}

/** Unpacked functions; what is kept nowhere is unpacked into a folder of this process. */
function codeFolder({ dataDir }: Config): string {
  return dataDir === ':memory:' ? join(tmpdir(), `gatehouse-${process.pid}`) : join(dataDir, 'functions')
}
