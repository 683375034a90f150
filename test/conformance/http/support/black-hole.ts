/**
 * A port where connections are asked for and never made: its process waits for a byte, and its queue is full. It ends
 * with the one that opened it.
 */
export class BlackHole {
  readonly port: number
  readonly #process: Bun.Subprocess<'pipe', 'pipe'>
  readonly #fillers: Bun.Socket[]

  private constructor(port: number, process: Bun.Subprocess<'pipe', 'pipe'>, fillers: Bun.Socket[]) {
    this.port = port
    this.#process = process
    this.#fillers = fillers
  }

  static async open(hostname: string): Promise<BlackHole> {
    const program = `
      const { readSync, writeSync } = require('node:fs')
      const { port } = Bun.listen({ hostname: ${JSON.stringify(hostname)}, port: 0, socket: { data() {} } })
      writeSync(1, String(port))
      if (readSync(0, Buffer.alloc(1)) === 0) process.exit()
      process.stdin.on('end', () => process.exit()).resume()`
    const process = Bun.spawn([globalThis.process.execPath, '-e', program], { stdin: 'pipe', stdout: 'pipe' })
    const { value } = await process.stdout.getReader().read()
    const port = Number(new TextDecoder().decode(value))
    const fillers: Bun.Socket[] = []
    const hole = new BlackHole(port, process, fillers)
    // One at a time: the first that is not connected shows that the queue is full.
    for (let full = false; !full;) {
      const filler = Bun.connect({ hostname, port, socket: { data() {}, connectError() {} } })
      filler.then((socket) => fillers.push(socket)).catch(() => {})
      full = await Promise.race([filler.then(() => false), Bun.sleep(100).then(() => true)])
    }
    return hole
  }

  /** Accepts whatever was asked for. */
  async wake(): Promise<void> {
    await this.#process.stdin.write('!')
    await this.#process.stdin.flush()
  }

  async close(): Promise<void> {
    for (const socket of this.#fillers) socket.terminate()
    this.#process.kill('SIGKILL')
    await this.#process.exited
  }
}
