import type { Log } from '#base/log.ts'
import type { Config } from '../config.ts'
import { jsonReply } from '../json-reply.ts'
import { listen, portInUse } from '../listen.ts'

/** Ports that are ours before any worker listens on them. */
export interface PortsClaim {
  /** `http://localhost:4566` */
  readonly url: string
  readonly httpsUrl: string | undefined
  /** With the ports that were found where any free ones were asked for. */
  readonly config: Config
  release(): void
}

/**
 * Sockets that share a port say nothing to a second gateway that would share it, too. So a lock is taken for each port,
 * which the kernel takes back when we die, and the ports are bound once by us alone, which fails when anybody else has
 * one. Linux only: the lock is an abstract Unix domain socket.
 * @throws StartError
 */
export async function claimPorts(config: Config, log: Log): Promise<PortsClaim> {
  const locks = new Map<number, Bun.UnixSocketListener<undefined>>()
  const release = (): void => {
    for (const lock of locks.values()) lock.stop(true)
    locks.clear()
  }
  const lockPorts = ({ host, port, httpsPort = 0 }: Config): void => {
    for (const [wanted, option] of [
      [port, '--port'],
      [httpsPort, '--https-port'],
    ] as const) {
      if (wanted !== 0 && !locks.has(wanted)) locks.set(wanted, lockPort(host, wanted, option))
    }
  }
  try {
    // A port that the kernel is to choose is known by its trial; nobody else is after it.
    lockPorts(config)
    const trial = listen(config, () => jsonReply(503, { message: 'The gateway is starting.' }), log)
    const { url, port, httpsUrl, httpsPort } = trial
    await trial.stop()
    const found = { ...config, port, httpsPort }
    lockPorts(found)
    return { url, httpsUrl, config: found, release }
  } catch (error) {
    release()
    throw error
  }
}

/** @throws StartError when another gateway has it */
function lockPort(host: string, port: number, option: string): Bun.UnixSocketListener<undefined> {
  try {
    return Bun.listen({ unix: `\0gatehouse/${host}:${port}`, socket: { data() {} } })
  } catch {
    throw portInUse(port, option)
  }
}
