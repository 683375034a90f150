/**
 * Which process holds which WebSocket connection, over all nodes, and how to reach it, as a port. A holder is a process
 * that lets clients in: it beats while it lives. Every implementation passes `test/contract/connection-registry.contract.ts`.
 * Every method may throw StateUnavailable.
 */
export interface ConnectionRegistry {
  /** Says that a connection is held. One whose holder does not beat is swept. */
  register(connection: HeldConnection): Promise<void>
  find(id: string): Promise<HeldConnection | undefined>
  /** Says when something last went through. @returns false when it is not registered */
  touch(id: string, activeMs: number): Promise<boolean>
  /** @returns whether it was registered: of several who remove it, one is told so */
  remove(id: string): Promise<boolean>
  /** What a holder holds, in no order. */
  list(holder: string): Promise<readonly HeldConnection[]>
  /**
   * Says that a holder lives, for so long from now on.
   * @returns false when it was not known to live: it is new, was swept, or everything was forgotten; what it holds is to
   * be registered again
   */
  beat(holder: string, livesMs: number): Promise<boolean>
  /** Who lives, in no order. */
  holders(): Promise<readonly string[]>
  /** Ends a holder: what it still holds is swept next. */
  leave(holder: string): Promise<void>
  /**
   * Removes connections of holders whose time is over.
   * @param connectionsMax returned at once; call again while there are so many
   * @returns each of them to one caller, once
   */
  sweep(connectionsMax: number): Promise<readonly HeldConnection[]>
  /**
   * Gives a message to a holder, at most once; messages of one sender arrive in order.
   * @param message must stay unchanged
   * @returns false when nobody listened
   */
  send(holder: string, message: Uint8Array): boolean | Promise<boolean>
  /** Takes the messages of a holder. @returns how to end that */
  listen(holder: string, listener: (message: Uint8Array) => void): Promise<() => void>
  /**
   * Calls back when a holder that was sent something is found to be gone: what it was asked it does not answer any more.
   * Absent where that shows by its silence alone.
   */
  whenGone?(told: (holder: string) => void): void
}

export interface HeldConnection {
  /** `$context.connectionId` */
  readonly id: string
  readonly holder: string
  /** `{apiId}/{stage}` */
  readonly stage: string
  readonly connectedMs: number
  readonly activeMs: number
  /** What its holder wants to be known of it: a text of its own, at most `factsCharactersMax`. */
  readonly facts: string
}

export const factsCharactersMax = 16_384
/** Larger messages are refused. */
export const holderMessageBytesMax: number = 1024 * 1024

/** @throws RangeError */
export function checkHeld({ id, facts }: HeldConnection): void {
  if (facts.length <= factsCharactersMax) return
  throw new RangeError(`connection ${id}: facts of ${facts.length} characters, at most ${factsCharactersMax}`)
}

/** @throws RangeError */
export function checkMessage(message: Uint8Array): void {
  if (message.length <= holderMessageBytesMax) return
  throw new RangeError(`a message of ${message.length} bytes, at most ${holderMessageBytesMax}`)
}
