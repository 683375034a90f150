import type { Log } from '#base/log.ts'

/**
 * Errors that nobody caught are logged, and the gateway goes on serving. What it acknowledged is on disk, plans never
 * change once they are made, and the rest of its state belongs to single connections and exchanges: an error that
 * escaped one of these has hurt that one. To end here would cut every other request, and let any request that finds
 * such a bug stop the gateway.
 */
export function surviveUncaught(log: Log): void {
  const told = (event: string, error: unknown): void => {
    log.error(event, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
  process.on('uncaughtException', (error) => told('uncaught exception', error))
  process.on('unhandledRejection', (reason) => told('unhandled rejection', reason))
  // The reader of our output may leave (a closed terminal, `| head`): no reason to stop, and nowhere to tell it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
