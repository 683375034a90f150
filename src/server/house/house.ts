import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import type { Log } from '#base/log.ts'
import { createAcm } from '#companions/acm/service.ts'
import { createUserPools } from '#companions/cognito-idp/service.ts'
import { TokenIssuers } from '#data-plane/tokens/token-issuers.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'
import { createAdmin, resetRefusal } from '../admin.ts'
import { dataPlaneLimits } from '../backend-settings.ts'
import type { Config } from '../config.ts'
import { startDeployments } from '../deployments.ts'
import { createOffice } from '../dispatch.ts'
import { DomainRecords, usersOfCertificates } from '../domain-records.ts'
import { createDoor, type OpenDoor } from '../door.ts'
import { createPassIssuer } from '../explain/issue-pass.ts'
import { FollowedTraffic } from '../followed-traffic.ts'
import { createFunctionInvoker } from '../function-invoker.ts'
import { watchIdentities } from '../identities.ts'
import { createLocalGuard } from '../local-guard.ts'
import { logFolder } from '../logs/log-path.ts'
import { LogRotation } from '../logs/log-rotation.ts'
import { createMethodTester } from '../method-tester.ts'
import { StageRecords } from '../stage-records.ts'
import { targetsAtPresent } from '../targets/followed-targets.ts'
import { UsageKeeper } from '../usage/usage-keeper.ts'
import { usagePlacesMax } from '../usage/usage-places.ts'
import { vpcEndpointsOf } from '../vpc-endpoint-settings.ts'
import { createWhoCan } from '../who-can/who-can.ts'
import type { WorkersDoor } from '../workers/workers-door.ts'
import { createControlPlane } from './control-plane.ts'
import { layFoundation, type Foundation, type Started } from './foundation.ts'
import { createFunctions } from './functions.ts'

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
  readonly started: Started
  readonly log: Log
}

/**
 * Puts the parts of the gateway together and lets clients in.
 * @throws StartError, StoreUnavailable
 */
export async function buildHouse({ config, workersDoor, started, log }: HouseOptions): Promise<House> {
  const foundation = await layFoundation(config, started, log)
  const { store, clock, identities, httpClient, aws, owner, address, onOwnMachine, localFolders } = foundation
  const { sealer, callers } = identities

  const lambda = await createFunctions(foundation)
  const functions = createFunctionInvoker(lambda.functions)
  const userPools = createUserPools({
    store,
    clock,
    sealer,
    url: () => address.url ?? '',
    // Nothing is sent from here: on a developer's machine the log is where codes are found, anywhere else nowhere.
    deliver: localFolders ? (to) => log.info('user pool: a code for a user', { ...to }) : undefined,
  })
  const issuers = new TokenIssuers({ standIns: config.userPool, userPools, client: httpClient, clock, log })
  const acm = createAcm({ store, clock, sealer, users: () => usersOfCertificates(store) })
  const usageTable = workersDoor?.usageTable ?? new UsageTableWriter(usagePlacesMax(config))
  const usage = new UsageKeeper({ store, writer: usageTable, clock, log })
  started.push(() => usage.stop())

  // For the owner's questions: clients are served behind the door.
  const targets = config.targets === undefined ? undefined : targetsAtPresent(config.targets)
  const ports = { functions, counters: new MemoryCounters(), aws, targets }
  const asked = { ports, issuers, httpClient, log, clock }
  const limits = dataPlaneLimits(config)
  const methodTester = createMethodTester(asked, limits)

  const companions = { acm, lambda, userPools, issuers, usage, methodTester }
  const { endpoint, services, portals } = await createControlPlane(foundation, companions)

  const traffic = config.traffic === undefined ? undefined : new FollowedTraffic(config.traffic, log)
  const stages = new StageRecords(store, sealer, log, () => traffic?.rules ?? [])
  const domains = new DomainRecords(store, acm, sealer, log)
  const ofOwners = { owners: config.credentials, account: config.accountId }
  const admin = createAdmin({
    stageCount: () => door.stageCount(),
    workerCount: () => door.workerCount(),
    lostLogLines: () => door.lostLogLines(),
    turnedAway: () => door.turnedAway(),
    webSocketTotals: () => door.webSocketTotals(),
    cacheCounts: () => door.cacheCounts(),
    storeHealth: () => store.health(),
    stateHealth: () => door.stateHealth(),
    services: services.map(({ table }) => table),
    resetRefusal: resetRefusal(config.dev, onOwnMachine),
    reset: () => store.clear(),
    explain: createPassIssuer({ ...ofOwners, clock, allow: (pass) => door.allowExplain(pass) }),
    whoCan: createWhoCan({
      ...ofOwners,
      // Addresses are what the owner says that they are.
      services: { ...asked, vpcEndpoints: vpcEndpointsOf(config) },
      limits,
      stages,
      domains,
      callers,
    }),
  })
  const guard = createLocalGuard(config.credentials.length === 0, config.allowedHosts)
  const office = createOffice(portals, guard, admin, userPools, endpoint)
  const inside = { office, functions, callers, userPools }
  const door =
    workersDoor?.around(inside) ?? createDoor({ ...inside, config, usageTable: usageTable.table, log })
  started.push(watchIdentities(store, door))

  const deployments = await startDeployments(store, door.stages, stages, domains, usage)
  started.push(() => deployments.stop())
  traffic?.follow(() => deployments.retell())
  started.push(() => traffic?.stop())
  started.push(() => door.stop())
  startRotation(foundation)
  const open = await door.open(deployments)
  address.url = open.url
  return {
    ...open,
    caller: createAwsCaller({ endpoint: open.url, credentials: owner, region: config.region }),
    localFolders,
    async retire() {
      admin.retire()
      await door.retire()
      await Bun.sleep(config.drainDelay)
    },
  }
}

/** By this process, whichever others write. */
function startRotation({ config, started, log }: Foundation): void {
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
