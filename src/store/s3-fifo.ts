interface Entry<Value> {
  readonly value: Value
  readonly bytes: number
  /** Asked for since it was last passed over. */
  used: boolean
}

/** A new value has to be asked for again before it has been through a queue of this share. */
const SMALL_SHARE = 0.1
/** So many that are in use are passed over before one goes that is. */
const PASSED_OVER_MAX = 1024

/**
 * Values by key, and which of them goes first: S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction",
 * SOSP 2023), with one bit of use. New values wait in a small queue; those that are asked for again meanwhile come into
 * the main one, the others go. So a scan, of however many keys that nobody asks for twice, takes the room of the small
 * queue and of nothing that is in use. Keys that went from the small queue are remembered for a while: one that comes
 * back was only pushed out too soon. Its owner says when one has to go.
 */
export class S3Fifo<Value> {
  readonly #small = new Map<string, Entry<Value>>()
  readonly #main = new Map<string, Entry<Value>>()
  /** Hashes of keys; that two may be the same does no harm. */
  readonly #ghosts = new Set<number>()
  #smallBytes = 0
  #mainBytes = 0

  /** What the values take together. */
  get bytes(): number {
    return this.#smallBytes + this.#mainBytes
  }

  get size(): number {
    return this.#small.size + this.#main.size
  }

  get(key: string): Value | undefined {
    const entry = this.#main.get(key) ?? this.#small.get(key)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.value
  }

  /** In place of what the key had. */
  set(key: string, value: Value, bytes: number): void {
    const inMain = this.#main.has(key) || this.#ghosts.delete(Bun.hash.crc32(key))
    this.delete(key)
    this.#put(inMain, key, { value, bytes, used: false })
  }

  delete(key: string): void {
    this.#take(false, key)
    this.#take(true, key)
  }

  /** Lets one go; none where there is none. */
  evict(): void {
    for (let passedOver = 0; this.size > 0; passedOver++) {
      const fromMain = this.#small.size === 0 || this.#smallBytes <= SMALL_SHARE * this.bytes
      const oldest = (fromMain ? this.#main : this.#small).entries().next().value
      // Values of no bytes at all may be the only ones there are.
      const [key, entry] = oldest ?? (this.#small.entries().next().value as [string, Entry<Value>])
      this.delete(key)
      if (!entry.used || passedOver === PASSED_OVER_MAX) {
        if (!fromMain) this.#remember(key)
        return
      }
      this.#put(true, key, { ...entry, used: false })
    }
  }

  #put(inMain: boolean, key: string, entry: Entry<Value>): void {
    if (inMain) {
      this.#main.set(key, entry)
      this.#mainBytes += entry.bytes
    } else {
      this.#small.set(key, entry)
      this.#smallBytes += entry.bytes
    }
  }

  #take(fromMain: boolean, key: string): void {
    const queue = fromMain ? this.#main : this.#small
    const entry = queue.get(key)
    if (entry === undefined) return
    queue.delete(key)
    if (fromMain) this.#mainBytes -= entry.bytes
    else this.#smallBytes -= entry.bytes
  }

  #remember(key: string): void {
    this.#ghosts.add(Bun.hash.crc32(key))
    for (const oldest of this.#ghosts) {
      if (this.#ghosts.size <= this.size) return
      this.#ghosts.delete(oldest)
    }
  }
}
