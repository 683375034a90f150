import { judge, type JudgedRequest } from './strict-judge.ts'

/** A backend that keeps what it is sent, judges it strictly, and tells in each answer what it saw. */
export class Recorder {
  /** What it was sent that is no request, with the reason. */
  readonly violations: string[] = []
  readonly #listener: Bun.TCPSocketListener<{ text: string }>
  #seen: JudgedRequest[] = []

  constructor() {
    this.#listener = Bun.listen<{ text: string }>({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { text: '' }
          socket.setNoDelay(true)
        },
        data: (socket, bytes) => {
          const text = socket.data.text + bytes.toString('latin1')
          const { requests, violation, partial } = judge(text)
          if (violation !== undefined) this.violations.push(`${violation}: ${JSON.stringify(text)}`)
          socket.data.text = partial && violation === undefined ? text : ''
          // A proxy sends one request, and the next when that is answered.
          if (requests.length > 1 || (partial && requests.length > 0)) {
            this.violations.push(`more than one request: ${JSON.stringify(text)}`)
          }
          for (const request of requests) {
            this.#seen.push(request)
            socket.write(`HTTP/1.1 200 OK\r\nSight: ${sight(request)}\r\nContent-Length: 0\r\n\r\n`)
          }
          if (violation !== undefined) socket.end()
        },
        error: () => {},
      },
    })
  }

  get port(): number {
    return this.#listener.port
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** The requests since the last call, in order. */
  take(): JudgedRequest[] {
    const seen = this.#seen
    this.#seen = []
    return seen
  }

  stop(): void {
    this.#listener.stop(true)
  }
}

/** A request in one line: method, target, and the body in hexadecimal. */
export function sight({ method, target, body }: Pick<JudgedRequest, 'method' | 'target' | 'body'>): string {
  return `${method} ${target} ${Buffer.from(body, 'latin1').toString('hex')}`
}
