import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '#base/log.ts'
import { LinkConnection } from './link-connection.ts'
import type { RuntimeKeys } from './runtime-keys.ts'

/** Less its end, on macOS; Linux takes four more. */
const SOCKET_PATH_BYTES_MAX = 103
/** Between connecting and giving a key. */
const HELLO_TIMEOUT_MS = 10_000

/**
 * Where the processes of the runtimes that come with us ask for work: a Unix domain socket and messages with a fixed
 * head (see link-connection.ts) cost a fraction of the runtime API's HTTP, which stays for everybody else's. Where there
 * can be no such socket (Windows, a folder that is not writable or whose path is too long) it is a loopback port.
 */
export class RuntimeLink {
  readonly #keys: RuntimeKeys
  readonly #log: Log
  readonly #parent: string
  readonly #connections = new Set<LinkConnection>()
  #listening: Listening | undefined

  /** @param parent where the socket gets a folder of its own, which other users cannot enter */
  constructor(keys: RuntimeKeys, log: Log, parent: string = tmpdir()) {
    this.#keys = keys
    this.#log = log
    this.#parent = parent
  }

  /** What a process is told: `{key}@{path of the socket, or port}`. */
  address(key: string): string {
    this.#listening ??= this.#listen()
    return `${key}@${this.#listening.address}`
  }

  stop(): void {
    this.#listening?.stop()
    this.#listening = undefined
    for (const connection of this.#connections) connection.terminate()
    this.#connections.clear()
  }

  #listen(): Listening {
    const socket: Bun.SocketHandler<LinkConnection> = {
      open: (opened) => {
        const connection = new LinkConnection(this.#keys, opened, this.#log)
        opened.setNoDelay(true)
        opened.data = connection
        this.#connections.add(connection)
        setTimeout(() => connection.admitted || connection.terminate(), HELLO_TIMEOUT_MS).unref()
      },
      data: (opened, bytes) => opened.data.received(bytes),
      drain: (opened) => opened.data.drained(),
      close: (opened) => {
        this.#connections.delete(opened.data)
        opened.data.closed()
      },
      // `close` follows.
      error: (_opened, error) => this.#log.debug('connection of a function failed', { error }),
    }
    return (process.platform === 'win32' ? undefined : this.#listenOnPath(socket)) ?? listenOnPort(socket)
  }

  #listenOnPath(socket: Bun.SocketHandler<LinkConnection>): Listening | undefined {
    let folder: string | undefined
    const remove = (): void => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    }
    try {
      folder = mkdtempSync(join(this.#parent, 'gatehouse-'))
      const path = join(folder, 'link')
      if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) throw new Error(`the path ${path} is too long`)
      const listener = Bun.listen<LinkConnection>({ unix: path, socket })
      const stop = (): void => {
        listener.stop(true)
        remove()
      }
      return { address: path, stop }
    } catch (error) {
      remove()
      this.#log.debug('functions get a loopback port: no socket could be made', { error })
      return undefined
    }
  }
}

interface Listening {
  /** Path of the socket, or port. */
  readonly address: string
  readonly stop: () => void
}

function listenOnPort(socket: Bun.SocketHandler<LinkConnection>): Listening {
  const listener = Bun.listen<LinkConnection>({ hostname: '127.0.0.1', port: 0, socket })
  return { address: String(listener.port), stop: () => listener.stop(true) }
}
