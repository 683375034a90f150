import { accepting, freePort, pinned } from '../support/process.ts'

/** moto's server, where Python has it (`pip install 'moto[server]'`). */
export function motoFound(): boolean {
  return Bun.which('moto_server') !== null
}

export async function startMoto(): Promise<{ pid: number; url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const child = Bun.spawn(pinned(0, ['moto_server', '-H', '127.0.0.1', '-p', String(port)]), {
    stdout: 'ignore',
    stderr: 'ignore',
  })
  await accepting(port, 60_000)
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}
