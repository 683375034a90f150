import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '#base/log.ts'
import { LinkConnection } from './link-connection.ts'
import type { RuntimeKeys } from './runtime-keys.ts'

/** Between connecting and giving a key. */
const HELLO_TIMEOUT_MS = 10_000

/**
 * Where the processes of the runtimes that come with us ask for work: a Unix domain socket and messages with a fixed
 * head (see link-connection.ts) cost a fraction of the runtime API's HTTP, which stays for everybody else's. Windows
 * gets a loopback port.
 */
export class RuntimeLink {
  readonly #keys: RuntimeKeys
  readonly #log: Log
  readonly #connections = new Set<LinkConnection>()
  #listening: { readonly address: string; readonly stop: () => void } | undefined

  constructor(keys: RuntimeKeys, log: Log) {
    this.#keys = keys
    this.#log = log
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

  #listen(): { address: string; stop: () => void } {
    const socket: Bun.SocketHandler<LinkConnection> = {
      open: (opened) => {
        const connection = new LinkConnection(this.#keys, opened, this.#log)
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
    if (process.platform === 'win32') {
      const listener = Bun.listen<LinkConnection>({ hostname: '127.0.0.1', port: 0, socket })
      return { address: String(listener.port), stop: () => listener.stop(true) }
    }
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
    const unix = join(folder, 'link')
    const listener = Bun.listen<LinkConnection>({ unix, socket })
    return {
      address: unix,
      stop: () => {
        listener.stop(true)
        rmSync(folder, { recursive: true, force: true })
      },
    }
  }
}
