// A node:http server that tells, in each answer, which request it saw. Runs on Node.js: its parser is llhttp.
// Prints its port, ends with its standard input.
import { createServer, METHODS } from 'node:http'

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('hex')
    response.setHeader('Sight', `${request.method} ${request.url} ${body}`)
    response.end()
  })
  request.on('error', () => {})
})
// A client that has sent all it has still gets its answers.
server.httpAllowHalfOpen = true
// Requests before the one that ends the connection may not have been told yet.
const soon = (socket) => setTimeout(() => socket.destroy(), 2)
server.on('clientError', (_error, socket) => soon(socket))
server.on('connect', (_request, socket) => soon(socket))
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: server.address().port, methods: METHODS }))
})
process.stdin.resume().on('end', () => process.exit(0))
