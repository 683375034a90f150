import { afterEach, expect, test } from 'bun:test'
import { createAwsCaller } from '#aws/client.ts'
import { endGateways, startGatewayProcess } from '../support/gateway-process.ts'

// An HTTP API from its making to its end, over the wire, with one process and with workers.

afterEach(endGateways)

for (const workers of ['1', '2']) {
  test(`quick create serves at once, and a deleted API serves no more: ${workers} processes`, async () => {
    const gateway = await startGatewayProcess({ arguments: ['--workers', workers] })
    using backend = Bun.serve({
      port: 0,
      fetch: ({ method, url }) => new Response(`${method} ${new URL(url).pathname}`),
    })
    const caller = createAwsCaller({
      endpoint: gateway.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    const { apiId } = (await caller.call('apigateway', 'POST', '/v2/apis', {
      name: 'pets',
      protocolType: 'HTTP',
      target: `http://127.0.0.1:${backend.port}/base`,
      corsConfiguration: { allowOrigins: ['https://www.example.com'] },
    })) as { apiId: string }
    const ask = (init?: RequestInit): Promise<Response> =>
      fetch(`${gateway.url}/_aws/execute-api/${apiId}/pets/1`, init)
    // Connections spread over the workers.
    for (let count = 0; count < 8; count++) {
      const reply = await ask({ method: 'PUT', keepalive: false, headers: { Connection: 'close' } })
      expect([reply.status, await reply.text()]).toEqual([200, 'PUT /base/pets/1'])
      expect(reply.headers.get('apigw-requestid')).toMatch(/^[\w-]{15}=$/)
    }
    const preflight = await ask({
      method: 'OPTIONS',
      headers: { Origin: 'https://www.example.com', 'Access-Control-Request-Method': 'GET' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://www.example.com')
    await caller.call('apigateway', 'DELETE', `/v2/apis/${apiId}`)
    const gone = await ask()
    expect([gone.status, await gone.text()]).toEqual([403, '{"message":"Forbidden"}'])
    expect(await gateway.stop()).toBe(0)
  }, 60_000)
}
