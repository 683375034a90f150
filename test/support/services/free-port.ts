import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below those that systems give out by themselves: nobody is given it before the program has it. */
const [FIRST, LAST] = [20_000, 32_000]

/** A port of the loopback that nobody listens on now, for programs that take no 0. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
