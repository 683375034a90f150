/** A WebSocket client of which nothing is measured: a library would cost more than a server. */
export interface RawWebSocket {
  /** Told how many whole frames have just come. */
  onFrames: (count: number) => void
  /** Sends what `maskedText` made. */
  send(frame: Uint8Array): void
  terminate(): void
}

/** Opens a WebSocket. @param target `/stage` @param host as the client names it */
export function openRawWebSocket(port: number, target = '/', host = 'localhost'): Promise<RawWebSocket> {
  return new Promise((resolve, reject) => {
    const client = new Client(resolve, reject)
    Bun.connect<Client>({
      hostname: '127.0.0.1',
      port,
      data: client,
      socket: {
        open: (socket) => client.opened(socket, target, host),
        data: (_, bytes) => client.received(bytes),
        close: () => reject(new Error('the connection was closed before it was a WebSocket')),
        error: (_, error) => reject(error),
      },
    }).catch(reject)
  })
}

/** Many of them, so many at a time. */
export async function openRawWebSockets(
  count: number,
  open: () => Promise<RawWebSocket>,
  atOnce = 50,
): Promise<RawWebSocket[]> {
  const sockets: RawWebSocket[] = []
  while (sockets.length < count) {
    const some = Math.min(atOnce, count - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: some }, open))))
  }
  return sockets
}

/** A text frame of a client, up to 125 bytes of ASCII. */
export function maskedText(text: string): Buffer {
  const mask = [1, 2, 3, 4]
  const payload = Buffer.from(text).map((byte, i) => byte ^ (mask[i & 3] as number))
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, ...mask]), payload])
}

const HEAD_END = '\r\n\r\n'

class Client implements RawWebSocket {
  onFrames: (count: number) => void = () => {}
  readonly #resolve: (socket: RawWebSocket) => void
  readonly #reject: (error: Error) => void
  #socket: Bun.Socket<Client> | undefined
  #isOpen = false
  #head = ''
  /** Of a frame whose head is not here whole. */
  #begun: Buffer = Buffer.alloc(0)
  /** Of a frame's payload, still to come. */
  #left = 0

  constructor(resolve: (socket: RawWebSocket) => void, reject: (error: Error) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  opened(socket: Bun.Socket<Client>, target: string, host: string): void {
    this.#socket = socket
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==${HEAD_END}`,
    )
  }

  send(frame: Uint8Array): void {
    this.#socket?.write(frame)
  }

  terminate(): void {
    this.#socket?.terminate()
  }

  received(bytes: Buffer): void {
    if (this.#isOpen) return this.#frames(bytes)
    this.#head += bytes.toString('latin1')
    const end = this.#head.indexOf(HEAD_END)
    if (end === -1) return
    if (!this.#head.startsWith('HTTP/1.1 101 ')) {
      this.#reject(new Error(`no WebSocket: ${this.#head.slice(0, 200)}`))
      return
    }
    this.#isOpen = true
    const rest = Buffer.from(this.#head.slice(end + HEAD_END.length), 'latin1')
    this.#head = ''
    this.#resolve(this)
    if (rest.length > 0) this.#frames(rest)
  }

  #frames(bytes: Buffer): void {
    const whole = this.#begun.length > 0 ? Buffer.concat([this.#begun, bytes]) : bytes
    let frames = 0
    let at = 0
    for (;;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, whole.length - at)
        at += taken
        this.#left -= taken
        if (this.#left > 0) break
        frames++
        continue
      }
      const head = headOf(whole, at)
      if (head === undefined) break
      at += head.bytes
      this.#left = head.payload
      if (head.payload === 0) frames++
    }
    this.#begun = this.#left === 0 && at < whole.length ? whole.subarray(at) : NOTHING
    if (frames > 0) this.onFrames(frames)
  }
}

const NOTHING = Buffer.alloc(0)

/** Undefined while it is not here whole. */
function headOf(bytes: Buffer, at: number): { bytes: number; payload: number } | undefined {
  if (bytes.length - at < 2) return undefined
  const short = (bytes[at + 1] as number) & 127
  if (short < 126) return { bytes: 2, payload: short }
  if (short === 126) {
    return bytes.length - at < 4 ? undefined : { bytes: 4, payload: bytes.readUInt16BE(at + 2) }
  }
  return bytes.length - at < 10 ? undefined : { bytes: 10, payload: Number(bytes.readBigUInt64BE(at + 2)) }
}
