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
 * Sockets that share a port say nothing to a second gateway that would share it, too. So the port is first bound by us
 * alone, which fails when anybody has it; and from before that ends until the claim is released a lock stands for it
 * that the kernel takes back when we die. Linux only: the lock is an abstract Unix domain socket.
 * @throws StartError
 */
export async function claimPort(config: Config, log: Log): Promise<PortClaim> {
  const trial = listen(config, () => jsonReply(503, { message: 'The gateway is starting.' }), log)
  const { url, port } = trial
  try {
    const lock = Bun.listen({ unix: `\0gatehouse/${config.host}:${port}`, socket: { data() {} } })
    return { url, port, release: () => lock.stop(true) }
  } catch {
    throw portInUse(port)
  } finally {
    await trial.stop()
  }
}
