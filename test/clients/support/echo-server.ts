import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readClaim } from '#aws/signature-claim.ts'
import { verify } from '#aws/sigv4.ts'
import { Headers } from '#http/headers.ts'

export interface EchoServer extends AsyncDisposable {
  readonly url: string
}

/** The one who may sign. */
export const signer = { accessKeyId: 'AKIDSIGNER', secretAccessKey: 'a secret', account: '111111111111' }

/** Answers what it was sent, and, below /signed/, whether that was signed by `signer`: 403 with the reason if not. */
export async function startEchoServer(): Promise<EchoServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const target = request.url ?? ''
      const sent = { method: request.method ?? '', target, headers: new Headers(request.rawHeaders), body }
      const refusal = target.startsWith('/signed/') ? refusalOf(sent) : undefined
      response.writeHead(refusal === undefined ? 200 : 403, { 'content-type': 'application/json' })
      const { method, headers } = request
      response.end(JSON.stringify(refusal ?? { method, target, headers, body: body.toString('utf8') }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function refusalOf(sent: Parameters<typeof verify>[1]): string | undefined {
  try {
    const claim = readClaim(sent)
    if (claim === undefined) return 'unsigned'
    if (claim.service !== 'execute-api' || claim.region !== 'us-east-1') return 'another scope'
    const { secretAccessKey: secret, account } = signer
    const key = claim.accessKeyId === signer.accessKeyId ? { secret, account } : undefined
    verify(claim, sent, key, Date.now())
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
