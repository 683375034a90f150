import type { AnswerKey } from '#base/answer-cache.ts'
import { DigestIndex } from './digest-index.ts'

/** A new value has to be asked for again before it has been through a queue of this share. */
const SMALL_SHARE = 0.1
/** So many that are in use are passed over before one goes that is. */
const PASSED_OVER_MAX = 1024
const FIRST_SLOTS = 8

/** What is known of a value beside itself: numbers that lie together, as one look-up asks for most of them. */
const SLOT_WORDS = 8
/** Of two words: when its time is over. */
const UNTIL = 0
const BYTES = 2
const FLAGS = 3
const NEWER = 4
const OLDER = 5

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
  readonly #texts = new Map<string, number>()
  readonly #digests = new DigestIndex()
  /** Of slots whose keys are texts. */
  readonly #keys: (string | undefined)[] = []
  readonly #values: (Value | undefined)[] = []
  #words = new Int32Array(FIRST_SLOTS * SLOT_WORDS)
  #times = new Float64Array(this.#words.buffer)
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
    return this.#texts.size + this.#digests.size
  }

  /** @returns undefined, too, for one whose time is over, which goes */
  get(key: AnswerKey, nowMs: number): Value | undefined {
    const slot = this.#find(key)
    if (slot === -1) return undefined
    if ((this.#times[(slot * SLOT_WORDS + UNTIL) / 2] as number) <= nowMs) {
      this.#remove(slot)
      return undefined
    }
    const at = slot * SLOT_WORDS + FLAGS
    const flags = this.#words[at] as number
    if ((flags & USED) === 0) this.#words[at] = flags | USED
    return this.#values[slot]
  }

  /** In place of what the key had. @param bytes a whole number below 2³² */
  set(key: AnswerKey, value: Value, bytes: number, untilMs: number): void {
    const known = this.#find(key)
    const toMain = (known !== -1 && this.#isInMain(known)) || this.#ghosts.delete(ghostOf(key))
    if (known !== -1) this.#remove(known)
    const slot = this.#free.pop() ?? this.#newSlot()
    if (typeof key === 'string') this.#texts.set(key, slot)
    else this.#digests.add(key, slot)
    this.#keys[slot] = typeof key === 'string' ? key : undefined
    this.#values[slot] = value
    this.#times[(slot * SLOT_WORDS + UNTIL) / 2] = untilMs
    this.#words[slot * SLOT_WORDS + BYTES] = bytes
    this.#append(slot, toMain)
  }

  /** Lets one go; none where there is none. */
  evict(): void {
    for (let passedOver = 0; this.size > 0; passedOver++) {
      const fromMain = this.#small.oldest === -1 || this.#small.bytes <= SMALL_SHARE * this.bytes
      const oldest = (fromMain ? this.#main : this.#small).oldest
      // Values of no bytes at all may be the only ones there are.
      const slot = oldest === -1 ? this.#small.oldest : oldest
      if ((this.#word(slot, FLAGS) & USED) === 0 || passedOver === PASSED_OVER_MAX) {
        if (!fromMain) this.#remember(this.#keys[slot] ?? this.#digests.at(slot))
        this.#remove(slot)
        return
      }
      this.#detach(slot)
      this.#append(slot, true)
    }
  }

  #isInMain(slot: number): boolean {
    return (this.#word(slot, FLAGS) & IN_MAIN) !== 0
  }

  #find(key: AnswerKey): number {
    return typeof key === 'string' ? (this.#texts.get(key) ?? -1) : this.#digests.find(key)
  }

  #word(slot: number, word: number): number {
    return this.#words[slot * SLOT_WORDS + word] as number
  }

  #newSlot(): number {
    const slot = this.#keys.length
    if (slot * SLOT_WORDS === this.#words.length) {
      const grown = new Int32Array(2 * this.#words.length)
      grown.set(this.#words)
      this.#words = grown
      this.#times = new Float64Array(grown.buffer)
    }
    return slot
  }

  #remove(slot: number): void {
    const key = this.#keys[slot]
    this.#detach(slot)
    if (key === undefined) this.#digests.delete(slot)
    else this.#texts.delete(key)
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    this.#free.push(slot)
  }

  /** As one that nobody has asked for yet. */
  #append(slot: number, toMain: boolean): void {
    const words = this.#words
    const at = slot * SLOT_WORDS
    const queue = toMain ? this.#main : this.#small
    words[at + FLAGS] = toMain ? IN_MAIN : 0
    words[at + OLDER] = queue.newest
    words[at + NEWER] = -1
    if (queue.newest === -1) queue.oldest = slot
    else words[queue.newest * SLOT_WORDS + NEWER] = slot
    queue.newest = slot
    queue.bytes += this.#bytesOf(slot)
  }

  #detach(slot: number): void {
    const queue = this.#isInMain(slot) ? this.#main : this.#small
    const older = this.#word(slot, OLDER)
    const newer = this.#word(slot, NEWER)
    if (older === -1) queue.oldest = newer
    else this.#words[older * SLOT_WORDS + NEWER] = newer
    if (newer === -1) queue.newest = older
    else this.#words[newer * SLOT_WORDS + OLDER] = older
    queue.bytes -= this.#bytesOf(slot)
  }

  #bytesOf(slot: number): number {
    return this.#word(slot, BYTES) >>> 0
  }

  #remember(key: AnswerKey): void {
    this.#ghosts.add(ghostOf(key))
    for (const oldest of this.#ghosts) {
      if (this.#ghosts.size < this.size) return
      this.#ghosts.delete(oldest)
    }
  }
}

function ghostOf(key: AnswerKey): number {
  return typeof key === 'string' ? Bun.hash.crc32(key) : (key[0] as number)
}
