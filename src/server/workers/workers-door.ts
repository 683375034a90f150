import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '#base/log.ts'
import type { HttpLimits } from '#http/limits.ts'
import type { HttpHandler } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { sealingKeyBytes } from '#store/sealing.ts'
import { MemoryConnectionRegistry } from '#store/connection-registry-memory.ts'
import { SharedTurns } from '#store/turns-shared.ts'
import { SharedCounters } from '#store/counters-shared.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'
import type { Config } from '../config.ts'
import { trafficLimits } from '../traffic-limits.ts'
import type { Deployments } from '../deployments.ts'
import type { Door, Inside, OpenDoor } from '../door.ts'
import { StartError } from '../listen.ts'
import { claimPorts, type PortsClaim } from './claim-ports.ts'
import { callersOverLink } from './callers-link.ts'
import { connectionsOverLink, type ConnectionsLink } from './connections-link.ts'
import { functionsOverLink } from './functions-link.ts'
import type { WorkerLimits } from './limits.ts'
import { officeOverLink } from './office-link.ts'
import {
  callersSocket,
  connectionsSocket,
  countersFile,
  turnsFile,
  countersTries,
  functionsSocket,
  officeSocket,
  usageFile,
  userPoolsSocket,
} from './orders.ts'
import { userPoolsOverLink } from './user-pools-link.ts'
import { usagePlacesMax } from '../usage/usage-places.ts'
import { createSharedAnswers } from './shared-answers.ts'
import { createPrivateFolder } from './private-folder.ts'
import { Workers } from './workers.ts'

/** A door kept by workers, whose processes start as soon as it is made: what is inside may come later. */
export class WorkersDoor {
  readonly #count: number
  readonly #log: Log
  readonly #folder: string
  readonly #claim: PortsClaim
  readonly #workers: Workers
  readonly #links: HttpServer[] = []
  #connections: ConnectionsLink | undefined
  #deployments: Deployments | undefined
  /** Keys of usage plans, for all workers. */
  readonly usageTable: UsageTableWriter

  /** @throws StartError when the ports or memory cannot be had */
  static async start(
    count: number,
    config: Config,
    log: Log,
    limits?: Partial<WorkerLimits>,
  ): Promise<WorkersDoor> {
    const claim = await claimPorts(config, log)
    try {
      const folder = await createPrivateFolder()
      SharedCounters.create(join(folder, countersFile))
      SharedTurns.create(join(folder, turnsFile), count)
      // Nodes that share a state keep answers there.
      const sharesAnswers = config.state === undefined && createSharedAnswers(folder, config, log)
      const usageTable = new UsageTableWriter(usagePlacesMax(config), join(folder, usageFile))
      const sealingKey = sharesAnswers ? randomBytes(sealingKeyBytes).toString('base64') : undefined
      return new WorkersDoor(count, log, limits, claim, folder, usageTable, sealingKey)
    } catch (error) {
      claim.release()
      const reason = (error as Error).message
      throw new StartError(`processes cannot share memory here (${reason}); start with --workers 1`)
    }
  }

  private constructor(
    count: number,
    log: Log,
    limits: Partial<WorkerLimits> | undefined,
    claim: PortsClaim,
    folder: string,
    usageTable: UsageTableWriter,
    sealingKey: string | undefined,
  ) {
    this.usageTable = usageTable
    this.#count = count
    this.#log = log
    this.#claim = claim
    this.#folder = folder
    process.on('exit', this.#removeFolder)
    this.#workers = new Workers({
      count,
      setup: {
        config: { ...claim.config, credentials: [] },
        folder,
        sealingKey,
        node: crypto.randomUUID(),
        anySignature: claim.config.credentials.length === 0,
      },
      tellAll: async (served) => this.#deployments?.tellAll(served),
      log,
      limits,
    })
  }

  get workers(): Workers {
    return this.#workers
  }

  around({
    office,
    functions,
    callers,
    userPools,
  }: Pick<Inside, 'office' | 'functions' | 'callers' | 'userPools'>): Door {
    return {
      stages: this.#workers,
      forgetCallers: () => this.#workers.forgetCallers(),
      allowExplain: (pass) => this.#workers.allowExplain(pass),
      stageCount: () => this.#workers.stageCount,
      workerCount: () => this.#workers.serving,
      lostLogLines: () => this.#workers.lostLogLines,
      turnedAway: () => this.#workers.turnedAway,
      webSocketTotals: () => this.#workers.webSocketTotals,
      cacheCounts: () => this.#workers.cacheCounts,
      stateHealth: () => this.#workers.stateHealth,
      retire: () => this.#workers.retire(),
      open: async (deployments): Promise<OpenDoor> => {
        this.#deployments = deployments
        this.#link(officeSocket, officeOverLink(office))
        this.#link(functionsSocket, functionsOverLink(functions))
        this.#link(callersSocket, callersOverLink(callers))
        this.#link(userPoolsSocket, userPoolsOverLink(userPools))
        this.#connections = connectionsOverLink(
          join(this.#folder, connectionsSocket),
          new MemoryConnectionRegistry(),
        )
        await this.#workers.listen()
        this.#checkCounters()
        const { url, httpsUrl, config } = this.#claim
        return { url, port: config.port, httpsUrl, failed: this.#workers.failed }
      },
      stop: () => this.stop(),
    }
  }

  /** Ends the workers once they have answered what is under way, and what they leaned on. May be called again. */
  async stop(): Promise<void> {
    await this.#workers.stop()
    await Promise.all(this.#links.map((link) => link.stop({ graceMs: 0 })))
    this.#connections?.stop()
    this.#claim.release()
    process.off('exit', this.#removeFolder)
    this.#removeFolder()
  }

  /** @throws StartError when what one process adds is not what another finds */
  #checkCounters(): void {
    const { tries } = new SharedCounters(join(this.#folder, countersFile))
    const expected = this.#count * countersTries
    if (tries === expected) return
    throw new StartError(
      `processes cannot count together in ${this.#folder}: found ${tries}, expected ${expected}; start with --workers 1`,
    )
  }

  readonly #removeFolder = (): void => rmSync(this.#folder, { recursive: true, force: true })

  #link(socket: string, handler: HttpHandler): void {
    const unix = join(this.#folder, socket)
    this.#links.push(
      startHttpServer({ unix, handler, log: this.#log, limits: linkLimits(this.#claim.config) }),
    )
  }
}

/** Workers hold clients to all limits; between them and us there is only room for what they add. */
function linkLimits(config: Config): Partial<HttpLimits> {
  const { requestLineBytesMax, headerBytesMax, headerCountMax } = trafficLimits(config).http
  return {
    requestLineBytesMax: 2 * requestLineBytesMax,
    // Names and paths of a function call, in percent-encoding, among them the client's own path.
    headerBytesMax: 8 * Math.max(headerBytesMax, requestLineBytesMax),
    headerCountMax: headerCountMax + 8,
    bodyTimeoutMs: Infinity,
    writeTimeoutMs: Infinity,
  }
}
