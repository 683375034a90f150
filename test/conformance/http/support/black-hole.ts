/** A port where connections are asked for and never made: its process sleeps, and its queue is full. */
export class BlackHole {
  readonly port: number
  readonly #process: Bun.Subprocess
  readonly #fillers: Bun.Socket[]

  private constructor(port: number, process: Bun.Subprocess, fillers: Bun.Socket[]) {
    this.port = port
    this.#process = process
    this.#fillers = fillers
  }

  static async open(hostname: string): Promise<BlackHole> {
    const program = `
      const socket = { data() {} }
      const listener = Bun.listen({ hostname: ${JSON.stringify(hostname)}, port: 0, socket })
      console.log(listener.port)`
    const process = Bun.spawn([globalThis.process.execPath, '-e', program], { stdout: 'pipe' })
    const { value } = await process.stdout.getReader().read()
    const port = Number(new TextDecoder().decode(value))
    process.kill('SIGSTOP')
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

  /** Wakes the process: it accepts whatever was asked for. */
  wake(): void {
    this.#process.kill('SIGCONT')
  }

  async close(): Promise<void> {
    for (const socket of this.#fillers) socket.terminate()
    this.#process.kill('SIGKILL')
    await this.#process.exited
  }
}
