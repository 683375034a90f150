import {
  checkHeld,
  checkMessage,
  type ConnectionRegistry,
  type HeldConnection,
} from '#base/connection-registry.ts'

/** Connections of one process. */
export class MemoryConnectionRegistry implements ConnectionRegistry {
  readonly #connections = new Map<string, HeldConnection>()
  /** Holder → ids. */
  readonly #held = new Map<string, Set<string>>()
  /** Holder → until when it lives, on a clock that nobody sets. */
  readonly #lives = new Map<string, number>()
  readonly #listeners = new Map<string, Set<(message: Uint8Array) => void>>()

  async register(connection: HeldConnection): Promise<void> {
    checkHeld(connection)
    await this.remove(connection.id)
    this.#connections.set(connection.id, connection)
    const ids = this.#held.get(connection.holder) ?? new Set()
    this.#held.set(connection.holder, ids.add(connection.id))
  }

  async find(id: string): Promise<HeldConnection | undefined> {
    return this.#connections.get(id)
  }

  async touch(id: string, activeMs: number): Promise<boolean> {
    const known = this.#connections.get(id)
    if (known !== undefined) this.#connections.set(id, { ...known, activeMs })
    return known !== undefined
  }

  async remove(id: string): Promise<boolean> {
    const known = this.#connections.get(id)
    if (known === undefined) return false
    this.#connections.delete(id)
    const ids = this.#held.get(known.holder)
    ids?.delete(id)
    if (ids?.size === 0) this.#held.delete(known.holder)
    return true
  }

  async list(holder: string): Promise<readonly HeldConnection[]> {
    return [...(this.#held.get(holder) ?? [])].map((id) => this.#connections.get(id) as HeldConnection)
  }

  async beat(holder: string, livesMs: number): Promise<boolean> {
    const wasAlive = this.#isAlive(holder)
    this.#lives.set(holder, performance.now() + livesMs)
    return wasAlive
  }

  async holders(): Promise<readonly string[]> {
    return [...this.#lives.keys()].filter((holder) => this.#isAlive(holder))
  }

  async leave(holder: string): Promise<void> {
    this.#lives.delete(holder)
  }

  async sweep(connectionsMax: number): Promise<readonly HeldConnection[]> {
    const swept: HeldConnection[] = []
    for (const [holder, ids] of this.#held) {
      if (this.#isAlive(holder)) continue
      this.#lives.delete(holder)
      for (const id of ids) {
        if (swept.length === connectionsMax) return swept
        swept.push(this.#connections.get(id) as HeldConnection)
        await this.remove(id)
      }
    }
    return swept
  }

  async send(holder: string, message: Uint8Array): Promise<boolean> {
    checkMessage(message)
    const listeners = this.#listeners.get(holder)
    if (listeners === undefined) return false
    // Whoever sends may write over it.
    for (const listener of listeners) listener(message.slice())
    return true
  }

  async listen(holder: string, listener: (message: Uint8Array) => void): Promise<() => void> {
    const listeners = this.#listeners.get(holder) ?? new Set()
    this.#listeners.set(holder, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(holder)
    }
  }

  #isAlive(holder: string): boolean {
    return (this.#lives.get(holder) ?? -Infinity) > performance.now()
  }
}
