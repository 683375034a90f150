// The supervisor's end of the functions link, as a process of `worker-links.test.ts`: bun link-server.ts SOCKET BUSY_MS
// Says when it listens; told anything, it is busy for a while, as when it imports a large document.
import { WholeBody } from '#http/body.ts'
import { startHttpServer } from '#http/server.ts'
import { functionsOverLink } from '#server/workers/functions-link.ts'

const [unix = '', busyMs] = process.argv.slice(2)
const handler = functionsOverLink({
  async invoke({ payload }) {
    await Bun.sleep(10)
    return { payload }
  },
  async invokeStreaming({ payload }) {
    return { contentType: 'application/json', body: new WholeBody(payload) }
  },
})
startHttpServer({ unix, handler })
process.on('message', () => {
  const startedMs = performance.now()
  process.send?.('busy')
  while (performance.now() - startedMs < Number(busyMs));
})
process.on('disconnect', () => process.exit())
process.send?.('listening')
