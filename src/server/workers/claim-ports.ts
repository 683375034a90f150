import type { Log } from '#base/log.ts'
import type { HttpHandler } from '#http/message.ts'
import type { Config } from '../config.ts'
import { jsonReply } from '../json-reply.ts'
import { listen, portInUse, urlOf } from '../listen.ts'
import { isListenedOn } from '../port-owner.ts'
import { ServerCertificates } from '../server-certificates.ts'

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
 * which the kernel takes back when we die; and where somebody listens on it already, it is bound once by us alone, which
 * fails when that is at our address. Linux only: the lock is an abstract Unix domain socket.
 * @throws StartError
 */
export async function claimPorts(config: Config, log: Log): Promise<PortsClaim> {
  const locks: Bun.UnixSocketListener<undefined>[] = []
  const release = (): void => {
    for (const lock of locks.splice(0)) lock.stop(true)
  }
  try {
    for (const { option, port } of portsOf(config)) if (port !== 0) locks.push(lockPort(config, port, option))
    // Not otherwise: whoever waits for the port to open would take the trial for the gateway.
    const tried = portsOf(config).some(({ port }) => port === 0 || isListenedOn(port))
    const found = tried ? await tryPorts(config, log) : config
    for (const [i, { option, port }] of portsOf(found).entries()) {
      // Nobody else is after a port that the kernel chose.
      if (portsOf(config)[i]?.port === 0) locks.push(lockPort(config, port, option))
    }
    const { host, port, httpsPort } = found
    return {
      url: urlOf('http', host, port),
      httpsUrl: httpsPort === undefined ? undefined : urlOf('https', host, httpsPort),
      config: found,
      release,
    }
  } catch (error) {
    release()
    throw error
  }
}

function portsOf({ port, httpsPort }: Config): { readonly option: string; readonly port: number }[] {
  const https = httpsPort === undefined ? [] : [{ option: '--https-port', port: httpsPort }]
  return [{ option: '--port', port }, ...https]
}

/**
 * Listens for a moment, alone.
 * @returns the configuration with the ports that were found
 */
async function tryPorts(config: Config, log: Log): Promise<Config> {
  const handler: HttpHandler = () => jsonReply(503, { message: 'The gateway is starting.' })
  const trial = listen(config, { handler, certificates: new ServerCertificates(log) }, log)
  await trial.stop()
  return { ...config, port: trial.port, httpsPort: trial.httpsPort }
}

/** @throws StartError when another gateway has it */
function lockPort({ host }: Config, port: number, option: string): Bun.UnixSocketListener<undefined> {
  try {
    return Bun.listen({ unix: `\0gatehouse/${host}:${port}`, socket: { data() {} } })
  } catch {
    throw portInUse(port, option)
  }
}
