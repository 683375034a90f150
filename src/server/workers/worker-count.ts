import type { Log } from '#base/log.ts'
import type { Config } from '../config.ts'
import { availableCores } from './available-cores.ts'

/**
 * How many processes serve: one means that the gateway's own process does. Left to us, a developer's gateway is one
 * process, which starts soonest and takes the least memory; any other has one for each core it may use.
 * @param project whether it follows a project's folder
 */
export function workerCount(
  { workers, dev }: Config,
  project: boolean,
  log: Log,
  platform: NodeJS.Platform = process.platform,
): number {
  // Elsewhere one of the sockets that share a port gets every connection.
  const spreads = platform === 'linux'
  if (workers === 'auto') return dev || project || !spreads ? 1 : availableCores()
  if (workers === 1 || spreads) return workers
  log.warn('one process serves: this system does not spread connections over several', { workers })
  return 1
}
