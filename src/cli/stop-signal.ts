import type { Log } from '#base/log.ts'

/**
 * One Ctrl-C may come several times: from the terminal to the whole process group, and again from each npm or
 * launcher above that passes signals on.
 */
const SAME_SIGNAL_MS = 500

/** Resolves at the first SIGINT, SIGTERM or SIGHUP. A later one ends the process without waiting. */
export function stopSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let firstMs: number | undefined
    const received = (signal: string): void => {
      if (firstMs === undefined) {
        firstMs = performance.now()
        log.info('stopping', { signal })
        resolve()
      } else if (performance.now() - firstMs > SAME_SIGNAL_MS) {
        log.warn('stopping at once', { signal })
        process.exit(130)
      }
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, received)
  })
}
