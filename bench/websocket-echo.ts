// Echoes WebSocket messages: `bun bench/websocket-echo.ts PORT engine|ws [FRAME_BYTES_MAX]`. For measurements, and for
// conformance suites. `ws` is the npm package of that name over node:http. SIGUSR2 collects garbage.
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import type { WebSocketServer as NpmWebSocketServer } from 'ws'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { startHttpServer } from '#http/server.ts'
import { acceptWebSocket, readWebSocketHandshake } from '#http/websocket/handshake.ts'
import { defaultWebSocketLimits } from '#http/websocket/limits.ts'
import type { WebSocketHandler } from '#http/websocket/websocket-connection.ts'

const [port = '0', kind = 'engine', frameBytesMax = String(defaultWebSocketLimits.frameBytesMax)] =
  process.argv.slice(2)

process.on('SIGUSR2', () => Bun.gc(true))
process.on('SIGINT', () => process.exit(0))
if (kind === 'engine') startEngine()
else await startWs()

function startEngine(): void {
  const limits = { frameBytesMax: Number(frameBytesMax) }
  const handler: WebSocketHandler = {
    message: (connection, data) => void connection.send(data),
    close() {},
  }
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: Number(port),
    handler: (request) => {
      const handshake = readWebSocketHandshake(request)
      if (handshake.kind === 'malformed') return handshake.reply
      if (handshake.kind === 'offer') return acceptWebSocket(handshake.offer, { handler, limits })
      return { status: 426, headers: new Headers(['Upgrade', 'websocket']), body: textBody('') }
    },
  })
  console.log(`echoing on 127.0.0.1:${server.port}`)
}

/** Bun has a module of its own for the name `ws`: the package is found by its path. */
async function startWs(): Promise<void> {
  const path = join(dirname(Bun.resolveSync('ws/package.json', import.meta.dir)), 'wrapper.mjs')
  const { WebSocketServer } = (await import(path)) as { WebSocketServer: typeof NpmWebSocketServer }
  const server = createServer()
  const maxPayload = defaultWebSocketLimits.messageBytesMax
  new WebSocketServer({ server, perMessageDeflate: false, maxPayload }).on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }))
    socket.on('error', () => {})
  })
  server.listen(Number(port), '127.0.0.1', () => console.log(`echoing on 127.0.0.1:${port}`))
}
