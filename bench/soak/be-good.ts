import { connect, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { readAnswer, type Answer } from './answer.ts'
import type { ClientReport, ClientSettings } from './clients.ts'
import { GOOD, type GoodRequests } from './good-requests.ts'

const PIECE_PAUSE_MS = 5
const ANSWER_MS_MAX = 30_000
/** After as many exchanges a client opens a new connection. */
const EXCHANGES_MAX = 200

/** One good client: one exchange after the other, every answer verified. */
export async function beGood(settings: ClientSettings, untilMs: number, report: ClientReport): Promise<void> {
  const names = Object.keys(GOOD)
  let connection: GoodConnection | undefined
  while (Date.now() < untilMs) {
    const name = names[Math.floor(Math.random() * names.length)] as string
    const requests = (GOOD[name] as (typeof GOOD)[string])(settings.address)
    try {
      if (connection === undefined || connection.exchanges > EXCHANGES_MAX) {
        connection?.close()
        connection = await GoodConnection.open(settings)
      }
      await connection.exchange(requests)
      report.counts[name] = (report.counts[name] ?? 0) + requests.bodies.length
      if (connection.closing) connection = undefined
    } catch (error) {
      report.failures.push(`${new Date().toISOString()} ${name}: ${(error as Error).message}`)
      connection?.close()
      connection = undefined
    }
  }
  connection?.close()
}

class GoodConnection {
  readonly #socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #changed: (() => void) | undefined
  #error: Error | undefined
  exchanges = 0
  /** The server said that it closes. */
  closing = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
      this.#changed?.()
    })
    const lost = (error: Error): void => {
      this.#error ??= error
      this.#changed?.()
    }
    socket.on('error', lost)
    socket.on('close', () => lost(new Error('the connection was closed')))
  }

  static open({ port, secure }: ClientSettings): Promise<GoodConnection> {
    return new Promise((resolve, reject) => {
      const address = { host: '127.0.0.1', port }
      const socket = secure ? connectSecure({ ...address, rejectUnauthorized: false }) : connect(address)
      const connection = new GoodConnection(socket)
      socket.once(secure ? 'secureConnect' : 'connect', () => resolve(connection))
      socket.once('error', (error) => reject(new Error(`cannot connect: ${error.message}`)))
      socket.once('close', () => reject(new Error('closed before it was connected')))
    })
  }

  async exchange({ pieces, bodies, bodiless = false }: GoodRequests): Promise<void> {
    this.exchanges++
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) await Bun.sleep(PIECE_PAUSE_MS)
      this.#socket.write(piece)
    }
    const late = setTimeout(() => {
      this.#error ??= new Error(
        `no whole answer within ${ANSWER_MS_MAX} ms; ${this.#bytes.length} bytes of it`,
      )
      this.#changed?.()
    }, ANSWER_MS_MAX)
    try {
      for (const body of bodies) {
        const answer = await this.#answer(bodiless)
        this.closing ||= answer.close
        if (answer.status !== 200) {
          throw new Error(`status ${answer.status}: ${answer.body.toString('latin1', 0, 200)}`)
        }
        if (!answer.body.equals(body)) {
          throw new Error(`a body of ${answer.body.length} bytes is not the expected one of ${body.length}`)
        }
      }
    } finally {
      clearTimeout(late)
    }
    if (this.#bytes.length > 0) throw new Error(`${this.#bytes.length} bytes more than the answer`)
  }

  close(): void {
    this.#socket.destroy()
  }

  async #answer(bodiless: boolean): Promise<Answer> {
    for (;;) {
      const answer = this.#bytes.length === 0 ? undefined : readAnswer(this.#bytes, bodiless)
      if (answer !== undefined) {
        this.#bytes = this.#bytes.subarray(answer.bytes)
        return answer
      }
      if (this.#error !== undefined) throw this.#error
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }
}
