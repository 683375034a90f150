// The backend of the soak: `bun bench/soak/backend.ts PORT`. What it answers, its callers can verify.
import { pattern } from './pattern.ts'

const [port = '0'] = process.argv.slice(2)
const SLOW_PIECES = 5
const SLOW_MS = 20

const answers: Readonly<
  Record<string, (request: Request, words: readonly string[]) => Response | Promise<Response>>
> = {
  /** `/bytes/LENGTH/SEED` */
  bytes: (_request, [length, seed]) => new Response(pattern(Number(length), Number(seed))),
  /** `/slow/LENGTH/SEED`: in pieces, with pauses, its length untold. */
  slow: (_request, [length, seed]) => new Response(slowly(pattern(Number(length), Number(seed)))),
  /** The body that was sent. */
  echo: async (request) => new Response(await request.arrayBuffer()),
}

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  idleTimeout: 60,
  fetch(request) {
    const [name = '', ...words] = new URL(request.url).pathname.slice(1).split('/')
    return answers[name]?.(request, words) ?? new Response('no such path', { status: 404 })
  },
})

async function* slowly(bytes: Buffer): AsyncGenerator<Uint8Array> {
  const size = Math.ceil(bytes.length / SLOW_PIECES)
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size)
    await Bun.sleep(SLOW_MS)
  }
}
