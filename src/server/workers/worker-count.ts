import { availableParallelism } from 'node:os'
import type { Log } from '#base/log.ts'
import type { Config } from '../config.ts'

/** Elsewhere one of the sockets that share a port gets every connection. */
const SPREADS_CONNECTIONS = process.platform === 'linux'

/**
 * How many processes serve: one means that the gateway's own process does. Left to us, a developer's gateway is one
 * process, which starts soonest and takes the least memory; any other has one for each core it may use.
 * @param project whether it follows a project's folder
 */
export function workerCount({ workers, dev }: Config, project: boolean, log: Log): number {
  if (workers === 'auto') return dev || project || !SPREADS_CONNECTIONS ? 1 : availableParallelism()
  if (workers === 1 || SPREADS_CONNECTIONS) return workers
  log.warn('one process serves: this system does not spread connections over several', { workers })
  return 1
}
