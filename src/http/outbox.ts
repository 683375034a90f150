import { Cork } from './cork.ts'

/** Who has something in the outbox. */
export interface Sender {
  /** Sends what it has there, in one write. */
  sendDeferred(): void
}

/**
 * What a turn of the event loop has to say to all its peers, one message after the other in one buffer, sent at the
 * turn's end. Whoever sends to a process that sleeps pays for waking it: said here and there, each message wakes its
 * reader anew; said in a row, the first wakes it and the others find it awake.
 */
export class Outbox {
  readonly #cork = new Cork(OUTBOX_BYTES)
  #lent = false
  #senders: Sender[] = []
  /** The list that is not in use. */
  #spare: Sender[] = []

  get bytes(): Uint8Array {
    return this.#cork.bytes
  }

  /**
   * The buffer, with room for `CORK_BYTES` behind what waits in it; undefined while somebody else writes there. It is
   * to be given back in the same turn.
   */
  lend(): Cork | undefined {
    if (this.#lent) return undefined
    if (this.#cork.room < CORK_BYTES) this.send()
    this.#lent = true
    return this.#cork
  }

  owns(cork: Cork): boolean {
    return cork === this.#cork
  }

  takeBack(): void {
    this.#lent = false
  }

  /** `sender` is asked to send what it has here when the turn ends. */
  defer(sender: Sender): void {
    const waiting = this.#senders.push(sender)
    if (waiting === 1) setImmediate(sendAll, this)
    else if (waiting >= SENDERS_MAX) this.send()
  }

  /** Sends all that waits. */
  send(): void {
    const senders = this.#senders
    this.#senders = this.#spare
    for (const sender of senders) sender.sendDeferred()
    senders.length = 0
    this.#spare = senders
    this.#cork.length = 0
  }
}

const sendAll = (outbox: Outbox): void => outbox.send()

/** Holds a head and a body of ordinary size: one write a message. */
export const CORK_BYTES: number = 64 * 1024
const OUTBOX_BYTES = 4 * CORK_BYTES
/** Nobody waits for the work of more than so many others. */
const SENDERS_MAX = 32
