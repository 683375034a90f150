import type { Log } from '#base/log.ts'
import type { Config } from '../config.ts'
import { jsonReply } from '../json-reply.ts'
import { listen, portInUse } from '../listen.ts'

/** A port that is ours before any worker listens on it. */
export interface PortClaim {
  /** `http://localhost:4566` */
  readonly url: string
  readonly port: number
  release(): void
}

/**
 * Sockets that share a port say nothing to a second gateway that would share it, too. So a lock is taken for the port,
 * which the kernel takes back when we die, and the port is bound once by us alone, which fails when anybody else has it.
 * Linux only: the lock is an abstract Unix domain socket.
 * @throws StartError
 */
export async function claimPort(config: Config, log: Log): Promise<PortClaim> {
  // A port that the kernel is to choose is known by its trial; nobody else is after it.
  let lock = config.port === 0 ? undefined : lockPort(config.host, config.port)
  try {
    const trial = listen(config, () => jsonReply(503, { message: 'The gateway is starting.' }), log)
    const { url, port } = trial
    await trial.stop()
    const held = (lock ??= lockPort(config.host, port))
    return { url, port, release: () => held.stop(true) }
  } catch (error) {
    lock?.stop(true)
    throw error
  }
}

/** @throws StartError when another gateway has it */
function lockPort(host: string, port: number): Bun.UnixSocketListener<undefined> {
  try {
    return Bun.listen({ unix: `\0gatehouse/${host}:${port}`, socket: { data() {} } })
  } catch {
    throw portInUse(port)
  }
}
