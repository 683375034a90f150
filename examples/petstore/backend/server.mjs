// A backend that knows nothing of gateways: GET /stock/{item} on the port in PORT.
import { createServer } from 'node:http'

const stock = new Map([
  ['leash', 12],
  ['bowl', 40],
  ['cat-tree', 3],
])

const server = createServer((request, response) => {
  const item = decodeURIComponent(/^\/stock\/([^/?]+)/.exec(request.url)?.[1] ?? '')
  const count = stock.get(item)
  response.writeHead(count === undefined ? 404 : 200, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(count === undefined ? { message: `no such item: ${item}` } : { item, count }))
})

server.listen(Number(process.env.PORT), 'localhost')
process.on('SIGTERM', () => server.close(() => process.exit(0)))
