/** A new value has to be asked for again before it has been through a queue of this share. */
const SMALL_SHARE = 0.1
/** So many that are in use are passed over before one goes that is. */
const PASSED_OVER_MAX = 1024
const FIRST_SLOTS = 8

/** Of a slot's flags: asked for since it was last passed over. */
const USED = 1
/** Of a slot's flags: in the main queue. */
const IN_MAIN = 2

/** Slots from the oldest to the newest; -1 where there is none. */
class Queue {
  oldest: number = -1
  newest: number = -1
  bytes: number = 0
}

/**
 * Values by key, and which of them goes first: S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction",
 * SOSP 2023), with one bit of use. New values wait in a small queue; those that are asked for again meanwhile come into
 * the main one, the others go. So a scan, of however many keys that nobody asks for twice, takes the room of the small
 * queue and of nothing that is in use. Keys that went from the small queue are remembered for a while: one that comes
 * back was only pushed out too soon. Its owner says when one has to go.
 *
 * What is known of a value beside itself is numbers in slots, so that a hundred thousand of them are little to look
 * through for who collects garbage, and looking one up writes one byte.
 */
export class S3Fifo<Value> {
  readonly #slots = new Map<string, number>()
  readonly #keys: (string | undefined)[] = []
  readonly #values: (Value | undefined)[] = []
  #untilMs = new Float64Array(FIRST_SLOTS)
  #bytes = new Uint32Array(FIRST_SLOTS)
  #flags = new Uint8Array(FIRST_SLOTS)
  #newer = new Int32Array(FIRST_SLOTS)
  #older = new Int32Array(FIRST_SLOTS)
  /** Slots that are free again, the last of them first. */
  readonly #free: number[] = []
  readonly #small = new Queue()
  readonly #main = new Queue()
  /** Hashes of keys; that two may be the same does no harm. */
  readonly #ghosts = new Set<number>()

  /** What the values take together. */
  get bytes(): number {
    return this.#small.bytes + this.#main.bytes
  }

  get size(): number {
    return this.#slots.size
  }

  /** @returns undefined, too, for one whose time is over, which goes */
  get(key: string, nowMs: number): Value | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    if ((this.#untilMs[slot] as number) <= nowMs) {
      this.#remove(slot)
      return undefined
    }
    const flags = this.#flags[slot] as number
    if ((flags & USED) === 0) this.#flags[slot] = flags | USED
    return this.#values[slot]
  }

  /** In place of what the key had. @param bytes a whole number below 2³² */
  set(key: string, value: Value, bytes: number, untilMs: number): void {
    const known = this.#slots.get(key)
    const toMain = (known !== undefined && this.#isInMain(known)) || this.#ghosts.delete(Bun.hash.crc32(key))
    if (known !== undefined) this.#remove(known)
    const slot = this.#free.pop() ?? this.#newSlot()
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#untilMs[slot] = untilMs
    this.#bytes[slot] = bytes
    this.#append(slot, toMain)
  }

  /** Lets one go; none where there is none. */
  evict(): void {
    for (let passedOver = 0; this.size > 0; passedOver++) {
      const fromMain = this.#small.oldest === -1 || this.#small.bytes <= SMALL_SHARE * this.bytes
      const oldest = (fromMain ? this.#main : this.#small).oldest
      // Values of no bytes at all may be the only ones there are.
      const slot = oldest === -1 ? this.#small.oldest : oldest
      if (((this.#flags[slot] as number) & USED) === 0 || passedOver === PASSED_OVER_MAX) {
        if (!fromMain) this.#remember(this.#keys[slot] as string)
        this.#remove(slot)
        return
      }
      this.#detach(slot)
      this.#append(slot, true)
    }
  }

  #isInMain(slot: number): boolean {
    return ((this.#flags[slot] as number) & IN_MAIN) !== 0
  }

  #newSlot(): number {
    const slot = this.#keys.length
    if (slot === this.#flags.length) this.#grow(2 * slot)
    return slot
  }

  #grow(length: number): void {
    const grown = <A extends { set(from: A): void }>(from: A, to: A): A => {
      to.set(from)
      return to
    }
    this.#untilMs = grown(this.#untilMs, new Float64Array(length))
    this.#bytes = grown(this.#bytes, new Uint32Array(length))
    this.#flags = grown(this.#flags, new Uint8Array(length))
    this.#newer = grown(this.#newer, new Int32Array(length))
    this.#older = grown(this.#older, new Int32Array(length))
  }

  #remove(slot: number): void {
    this.#detach(slot)
    this.#slots.delete(this.#keys[slot] as string)
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    this.#free.push(slot)
  }

  /** As one that nobody has asked for yet. */
  #append(slot: number, toMain: boolean): void {
    const queue = toMain ? this.#main : this.#small
    this.#flags[slot] = toMain ? IN_MAIN : 0
    this.#older[slot] = queue.newest
    this.#newer[slot] = -1
    if (queue.newest === -1) queue.oldest = slot
    else this.#newer[queue.newest] = slot
    queue.newest = slot
    queue.bytes += this.#bytes[slot] as number
  }

  #detach(slot: number): void {
    const queue = this.#isInMain(slot) ? this.#main : this.#small
    const older = this.#older[slot] as number
    const newer = this.#newer[slot] as number
    if (older === -1) queue.oldest = newer
    else this.#newer[older] = newer
    if (newer === -1) queue.newest = older
    else this.#older[newer] = older
    queue.bytes -= this.#bytes[slot] as number
  }

  #remember(key: string): void {
    this.#ghosts.add(Bun.hash.crc32(key))
    for (const oldest of this.#ghosts) {
      if (this.#ghosts.size < this.size) return
      this.#ghosts.delete(oldest)
    }
  }
}
