import { createLog, type Log } from '#base/log.ts'
import { isLoopback, type Config } from './config.ts'
import type { House } from './house/house.ts'
import { StartError } from './listen.ts'
import { workerCount } from './workers/worker-count.ts'
import { WorkersDoor } from './workers/workers-door.ts'

/** A running gateway. */
export interface Gateway extends House {
  readonly config: Config
  readonly log: Log
  /** Finishes what is under way, then ends everything. */
  stop(): Promise<void>
}

/**
 * Builds the house and opens its door.
 * @param project whether it follows a project's folder
 * @throws StartError when it cannot listen as configured; StoreUnavailable when its data cannot be opened
 */
export async function startGateway(config: Config, project: boolean): Promise<Gateway> {
  if (!isLoopback(config.host) && config.credentials.length === 0) {
    throw new StartError(openToStrangers(config.host))
  }
  const log = createLog(config.logLevel, config.logFormat)
  const started: (() => void | Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (let end = started.pop(); end !== undefined; end = started.pop()) await end()
  }
  try {
    const count = workerCount(config, project, log)
    const workersDoor = count === 1 ? undefined : await WorkersDoor.start(count, config, log)
    if (workersDoor !== undefined) started.push(() => workersDoor.stop())
    // Loaded now: the processes of workers are on their way meanwhile.
    const { buildHouse } = await import('./house/house.ts')
    const house = await buildHouse({ config, workersDoor, started, log })
    const retireAndStop = async (): Promise<void> => {
      if (config.drainDelay > 0) await house.retire()
      await stop()
    }
    return { ...house, config, log, stop: retireAndStop }
  } catch (error) {
    await stop()
    throw error
  }
}

function openToStrangers(host: string): string {
  return (
    `refused to listen on ${host} without credentials: whoever reaches this address could create functions, ` +
    'which run as you. Give --credentials KEY:SECRET (or a file), or listen on localhost.'
  )
}
