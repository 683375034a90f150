import { isUtf8 } from 'node:buffer'
import { ByteQueue } from './byte-queue.ts'
import { closeCodes, isSendableCloseCode } from './close-codes.ts'
import { CONTROL_BYTES_MAX, FIN, MASKED, opcodes } from './frames.ts'
import type { WebSocketLimits } from './limits.ts'
import { applyMask } from './mask.ts'

/** Told what the frames of a client say, in order. */
export interface FrameOwner {
  /** A whole message: text, or bytes that are the receiver's own. */
  messageRead(data: string | Buffer): void
  pingRead(payload: Buffer): void
  pongRead(): void
  /** Nothing is read after it. @param code closeCodes.absent when there was none */
  closeRead(code: number, reason: string): void
  /** What came breaks the protocol or a limit; nothing is read after it. @param code what to close with */
  readFailed(code: number, reason: string): void
}

/**
 * Reads the frames of one client (RFC 6455 §5), whatever the segments they come in. What is kept of an unfinished
 * message grows with what was received of it, never with what was announced.
 */
export class FrameReader {
  readonly #owner: FrameOwner
  readonly #limits: WebSocketLimits
  /** Bytes that are not used yet: part of a header, or what came while paused. */
  #held: Buffer = NO_BYTES
  #paused = false
  #stopped = false
  #discarding = false

  // The frame under way, while payload of it is missing.
  #opcode = 0
  #final = false
  #key = 0
  #left = 0
  #done = 0

  /** Opcode of the message that is being continued; 0 when none is. */
  #messageOpcode = 0
  #messageBytes = 0
  #message: ByteQueue | undefined
  #control: ByteQueue | undefined

  constructor(owner: FrameOwner, limits: WebSocketLimits) {
    this.#owner = owner
    this.#limits = limits
  }

  /** @param bytes the reader's own: payloads are unmasked in place */
  received(bytes: Buffer): void {
    if (this.#stopped) return
    if (this.#held.length > 0) bytes = Buffer.concat([this.#held, bytes])
    this.#read(bytes)
  }

  /** The owner is told nothing more until `resume`, not even what is here already. */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#held.length > 0) this.#read(this.#held)
  }

  /** From now on messages are not delivered, nor kept. */
  discard(): void {
    this.#discarding = true
    this.#message = undefined
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#stopped = true
    this.#held = NO_BYTES
    this.#message = undefined
    this.#control = undefined
  }

  #read(bytes: Buffer): void {
    // The loop has them: an owner that resumes while it is told something must not make a second one begin.
    this.#held = NO_BYTES
    let at = 0
    while (!this.#paused && !this.#stopped) {
      if (this.#left > 0) {
        if (at === bytes.length) break
        at = this.#readPayload(bytes, at)
        continue
      }
      const next = this.#readHeader(bytes, at)
      if (next < 0) break
      at = next
      if (this.#left === 0) this.#endFrame(NO_BYTES)
    }
    if (at < bytes.length && !this.#stopped) this.#held = this.#kept(bytes.subarray(at))
  }

  /** Part of a header alone must not keep alive the block that it came in. */
  #kept(rest: Buffer): Buffer {
    return this.#paused ? rest : Buffer.from(new Uint8Array(rest).buffer)
  }

  /** @returns the index of the payload, or -1 when the header is not here whole or wrong */
  #readHeader(bytes: Buffer, at: number): number {
    if (bytes.length - at < 2) return -1
    const first = bytes[at] as number
    const second = bytes[at + 1] as number
    const opcode = first & 0x0f
    const final = (first & FIN) !== 0
    const short = second & 0x7f
    const wrong = this.#wrongHeader(first, second)
    if (wrong !== undefined) return this.#fail(closeCodes.protocolError, wrong)
    const payloadAt = at + (short === 126 ? 8 : short === 127 ? 14 : 6)
    if (bytes.length < payloadAt) return -1
    let length = short
    if (short === 126) length = bytes.readUInt16BE(at + 2)
    else if (short === 127) {
      const high = bytes.readUInt32BE(at + 2)
      if (high >= 2 ** 31) return this.#fail(closeCodes.protocolError, 'length of 64 bits')
      length = high * 2 ** 32 + bytes.readUInt32BE(at + 6)
    }
    if (opcode < opcodes.close) {
      const { frameBytesMax, messageBytesMax } = this.#limits
      if (length > frameBytesMax) return this.#tooLarge('frame', frameBytesMax)
      this.#messageBytes += length
      if (this.#messageBytes > messageBytesMax) return this.#tooLarge('message', messageBytesMax)
      if (opcode !== opcodes.continuation) this.#messageOpcode = opcode
    }
    this.#opcode = opcode
    this.#final = final
    this.#key = bytes.readInt32LE(payloadAt - 4)
    this.#left = length
    this.#done = 0
    return payloadAt
  }

  /** What is wrong with the two bytes that every frame begins with; undefined when nothing is. */
  #wrongHeader(first: number, second: number): string | undefined {
    const opcode = first & 0x0f
    if ((first & 0x70) !== 0) return 'reserved bit set'
    if ((second & MASKED) === 0) return 'frame is not masked'
    if (opcode >= opcodes.close) {
      if (opcode > opcodes.pong) return `reserved opcode ${opcode}`
      if ((first & FIN) === 0) return 'fragmented control frame'
      return (second & 0x7f) > CONTROL_BYTES_MAX ? 'control frame too long' : undefined
    }
    if (opcode > opcodes.binary) return `reserved opcode ${opcode}`
    if (opcode === opcodes.continuation) {
      return this.#messageOpcode === 0 ? 'nothing to continue' : undefined
    }
    return this.#messageOpcode === 0 ? undefined : 'message within a fragmented message'
  }

  /** @returns the index after what is here of the payload */
  #readPayload(bytes: Buffer, at: number): number {
    const size = Math.min(this.#left, bytes.length - at)
    const end = at + size
    const control = this.#opcode >= opcodes.close
    if (control || !this.#discarding) {
      applyMask(bytes, at, end, this.#key, this.#done)
      const whole = this.#done === 0 && size === this.#left
      if (whole && (control || (this.#final && this.#message === undefined))) {
        this.#left = 0
        this.#endFrame(bytes.subarray(at, end))
        return end
      }
      const queue = control ? (this.#control ??= new ByteQueue()) : (this.#message ??= new ByteQueue())
      queue.append(bytes, at, end)
    }
    this.#done += size
    this.#left -= size
    if (this.#left === 0) this.#endFrame(NO_BYTES)
    return end
  }

  /** @param payload when it was here in one piece; else it was gathered */
  #endFrame(payload: Buffer): void {
    if (this.#opcode < opcodes.close) {
      if (this.#final) this.#endMessage(payload)
      return
    }
    const control = this.#control
    this.#control = undefined
    const bytes = control === undefined ? payload : control.take()
    if (this.#opcode === opcodes.ping) this.#owner.pingRead(bytes)
    else if (this.#opcode === opcodes.pong) this.#owner.pongRead()
    else this.#readClose(bytes)
  }

  #endMessage(payload: Buffer): void {
    const opcode = this.#messageOpcode
    const gathered = this.#message
    this.#messageOpcode = 0
    this.#messageBytes = 0
    this.#message = undefined
    if (this.#discarding) return
    const bytes = gathered === undefined ? payload : gathered.take()
    if (opcode === opcodes.binary) this.#owner.messageRead(bytes)
    else if (isUtf8(bytes)) this.#owner.messageRead(bytes.toString('utf8'))
    else this.#fail(closeCodes.notUtf8, 'text is not UTF-8')
  }

  #readClose(payload: Buffer): void {
    if (payload.length === 0) {
      this.stop()
      this.#owner.closeRead(closeCodes.absent, '')
      return
    }
    const code = payload.length === 1 ? 0 : payload.readUInt16BE(0)
    const reason = payload.subarray(2)
    if (!isSendableCloseCode(code)) this.#fail(closeCodes.protocolError, 'close code that may not be sent')
    else if (!isUtf8(reason)) this.#fail(closeCodes.notUtf8, 'close reason is not UTF-8')
    else {
      this.stop()
      this.#owner.closeRead(code, reason.toString('utf8'))
    }
  }

  #tooLarge(what: string, bytesMax: number): -1 {
    return this.#fail(closeCodes.tooLarge, `${what} larger than ${bytesMax} bytes`)
  }

  #fail(code: number, reason: string): -1 {
    this.stop()
    this.#owner.readFailed(code, reason)
    return -1
  }
}

const NO_BYTES = Buffer.alloc(0)
