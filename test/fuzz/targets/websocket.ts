import { isUtf8 } from 'node:buffer'
import type { HttpServer } from '#http/server.ts'
import { isSendableCloseCode } from '#http/websocket/close-codes.ts'
import { FrameReader, type FrameOwner } from '#http/websocket/frame-reader.ts'
import { defaultWebSocketLimits, type WebSocketLimits } from '#http/websocket/limits.ts'
import { RawClient } from '../../conformance/http/support/raw-client.ts'
import {
  closeFrame,
  frame,
  handshakeText,
  serverFrames,
  startWebSocketServer,
  utf8,
  WebSocketLog,
} from '../../conformance/http/support/websocket.ts'
import { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Frames of a client: the same however they are cut and whenever reading pauses, and what a plain reading of RFC 6455
// makes of them; over a socket, every connection ends and is told of once.

const limits: WebSocketLimits = { ...defaultWebSocketLimits, frameBytesMax: 300, messageBytesMax: 700 }

/** What a reader says, as text: `1 hello`, `2 \x00\x01`, `9 ping`, `8 1000 bye`, `failed 1002`. Payloads are latin1. */
type Outcome = readonly string[]

/** Records what is read; pauses now and then where there is a `random`, and goes on when it is told to. */
class Recorder implements FrameOwner {
  readonly said: string[] = []
  readonly reader: FrameReader = new FrameReader(this, limits)
  readonly #random: Random | undefined

  constructor(random: Random | undefined) {
    this.#random = random
  }

  #say(what: string): void {
    this.said.push(what)
    if (this.#random?.chance(0.3) !== true) return
    this.reader.pause()
    if (this.#random.chance(0.3)) this.reader.resume()
  }

  messageRead(data: string | Buffer): void {
    this.#say(typeof data === 'string' ? `1 ${utf8(data)}` : `2 ${data.toString('latin1')}`)
  }

  pingRead(payload: Buffer): void {
    this.#say(`9 ${payload.toString('latin1')}`)
  }

  pongRead(): void {
    this.#say('10')
  }

  closeRead(code: number, reason: string): void {
    this.#say(`8 ${code} ${utf8(reason)}`)
  }

  readFailed(code: number): void {
    this.#say(`failed ${code}`)
  }
}

function read(pieces: readonly string[], random?: Random): Outcome {
  const recorder = new Recorder(random)
  for (const piece of pieces) {
    recorder.reader.received(Buffer.from(piece, 'latin1'))
    if (random?.chance(0.5) === true) recorder.reader.resume()
  }
  // One `resume` may be answered by another pause.
  for (let before = -1; before !== recorder.said.length;) {
    before = recorder.said.length
    recorder.reader.resume()
  }
  return recorder.said
}

interface PlainFrame {
  readonly opcode: number
  readonly final: boolean
  readonly payload: Buffer
  readonly next: number
}

/** The frame at `at`: undefined when it is not here whole, a number when it must be failed with that code. */
function plainFrame(bytes: Buffer, at: number): PlainFrame | number | undefined {
  if (bytes.length < at + 2) return undefined
  const [first, second] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)]
  const opcode = first % 16
  const [final, reserved] = [first >= 128, (first >> 4) % 8]
  const control = [8, 9, 10].includes(opcode)
  if (reserved !== 0 || second < 128 || !(control || opcode < 3)) return 1002
  if (control && (!final || second - 128 > 125)) return 1002
  const extended = { 126: 2, 127: 8 }[second - 128] ?? 0
  if (bytes.length < at + 2 + extended + 4) return undefined
  const length =
    extended === 0
      ? BigInt(second - 128)
      : BigInt(`0x${bytes.subarray(at + 2, at + 2 + extended).toString('hex')}`)
  if (length >= 2n ** 63n) return 1002
  if (length > limits.frameBytesMax) return 1009
  const payloadAt = at + 2 + extended + 4
  const next = payloadAt + Number(length)
  const key = bytes.subarray(payloadAt - 4, payloadAt)
  const payload = Buffer.from(bytes.subarray(payloadAt, next).map((byte, i) => byte ^ key.readUInt8(i % 4)))
  return { opcode, final, payload, next: next > bytes.length ? -1 : next }
}

/** All at once, with no thought of speed. A violation shows in the frame's header, a limit in what it announces. */
function plainRead(text: string): Outcome {
  const bytes = Buffer.from(text, 'latin1')
  const said: string[] = []
  let message: { opcode: number; announced: number; payload: Buffer } | undefined
  for (let at = 0; ;) {
    const [first, second] = [bytes[at], bytes[at + 1]]
    if (first !== undefined && second !== undefined && (first & 0xf0 & ~0x80) === 0 && second >= 128) {
      const opcode = first & 15
      if (opcode < 3 && (opcode === 0) !== (message !== undefined)) return [...said, 'failed 1002']
    }
    const one = plainFrame(bytes, at)
    if (one === undefined) return said
    if (typeof one === 'number') return [...said, `failed ${one}`]
    const { opcode, final, payload, next } = one
    if (opcode < 8) {
      // The length is announced before the payload is here.
      const announced = (message?.announced ?? 0) + announcedLength(bytes, at)
      if (announced > limits.messageBytesMax) return [...said, 'failed 1009']
      if (next < 0) return said
      message = {
        opcode: message?.opcode ?? opcode,
        announced,
        payload: Buffer.concat([message?.payload ?? Buffer.alloc(0), payload]),
      }
      if (!final) {
        at = next
        continue
      }
      if (message.opcode === 1 && !isUtf8(message.payload)) return [...said, 'failed 1007']
      said.push(`${message.opcode} ${message.payload.toString('latin1')}`)
      message = undefined
    } else {
      if (next < 0) return said
      if (opcode === 8) return [...said, plainClose(payload)]
      said.push(opcode === 9 ? `9 ${payload.toString('latin1')}` : '10')
    }
    at = next
  }
}

function announcedLength(bytes: Buffer, at: number): number {
  const short = bytes.readUInt8(at + 1) & 127
  if (short === 126) return bytes.readUInt16BE(at + 2)
  return short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short
}

function plainClose(payload: Buffer): string {
  if (payload.length === 0) return '8 1005 '
  if (payload.length === 1 || !isSendableCloseCode(payload.readUInt16BE(0))) return 'failed 1002'
  if (!isUtf8(payload.subarray(2))) return 'failed 1007'
  return `8 ${payload.readUInt16BE(0)} ${payload.subarray(2).toString('latin1')}`
}

function check(random: Random, text: string): void {
  const expected = plainRead(text)
  const cuts: readonly (readonly [how: string, said: Outcome])[] = [
    ['whole', read([text])],
    ['by byte', read(text.split(''))],
    ['in pieces', read(random.split(text, 8))],
    ['in pieces, pausing', read(random.split(text, 8), random)],
  ]
  for (const [how, said] of cuts) {
    if (Bun.deepEquals(said, expected)) continue
    throw new Finding(`${how}: ${JSON.stringify(said)}, a plain reading: ${JSON.stringify(expected)}`, text)
  }
}

/** Frames, mostly good ones. @param oddness probability that something about a frame is wrong */
function frames(random: Random, oddness: number): string {
  const odd = (): boolean => random.chance(oddness)
  let open = false
  const one = (): string => {
    if (random.chance(0.25)) return frame(random.pick([9, 10]), random.text(random.below(odd() ? 200 : 126)))
    const final = random.chance(0.6)
    const opcode = odd() ? random.below(16) : open ? 0 : random.pick([1, 2])
    open = !final
    const length = random.weighted([
      [6, random.below(20)],
      [2, random.between(120, 132)],
      [1, random.below(odd() ? 400 : 300)],
    ])
    return frame(opcode, odd() ? random.text(length) : 'é'.repeat(length / 2), {
      final,
      reserved: odd() ? random.below(8) : 0,
      masked: !odd(),
      key: random.times(4, () => random.below(256)) as [number, number, number, number],
      ...(random.chance(0.1) ? { lengthBits: 64 as const } : {}),
    })
  }
  const text = random.times(random.below(12), one).join('')
  const end = random.weighted([
    [2, ''],
    [2, closeFrame(random.pick([1000, 1001, 3000, 4999]), 'good bye')],
    [1, frame(8, random.text(random.below(8)))],
    [1, random.text(random.below(20))],
  ])
  return random.chance(oddness) ? text.slice(0, random.below(text.length + 1)) + end : text + end
}

let server: HttpServer | undefined
const log = new WebSocketLog((connection, data) => {
  if (data.length % 7 === 3) connection.pause()
  if (data.length % 7 === 4) connection.close(4000)
  if (data.length % 17 === 16) connection.terminate()
  connection.send(data)
  if (data.length % 7 === 3) setImmediate(() => connection.resume())
})

/** One connection to a server that also pauses, closes and terminates. */
async function converse(random: Random, text: string): Promise<void> {
  server ??= startWebSocketServer(log, { ...limits, idleTimeoutMs: 1000, closeTimeoutMs: 300 })
  log.events.length = 0
  const client = await RawClient.open(server.port)
  await client.send(...random.split(handshakeText() + text, 6))
  if (random.chance(0.3)) client.reset()
  else client.finish()
  const received = await client.rest()
  while (server.connections > 0) await new Promise((resolve) => setImmediate(resolve))
  const odd = serverFrames(received).find((one) => one.startsWith('first byte'))
  if (odd !== undefined) throw new Finding(`the server sent a frame with ${odd}`, text)
  const ends = log.events.filter((event) => event.startsWith('close '))
  const opened = log.events.includes('open')
  if (ends.length !== (opened ? 1 : 0) || (opened && ends[0] !== log.events.at(-1))) {
    throw new Finding(`the handler was told ${JSON.stringify(log.events)}`, text)
  }
}

export const target: FuzzTarget = {
  name: 'websocket',
  async run(random) {
    for (let i = 0; i < 30; i++) check(random, frames(random, random.pick([0, 0.03, 0.2])))
    await converse(random, frames(random, random.pick([0, 0.03, 0.2])))
  },
  async replay(input) {
    const random = new Random(input.length)
    const text = Buffer.from(input).toString('latin1')
    check(random, text)
    await converse(random, text)
  },
  async stop() {
    await server?.stop({ graceMs: 0 })
    server = undefined
  },
}
