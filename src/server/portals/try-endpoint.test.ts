import { expect, test } from 'bun:test'
import type { Counters } from '#base/counters.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import type { Address } from '#data-plane/address.ts'
import { emptyBody, textBody, WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import { tryEndpoint, tryLimits } from './try-endpoint.ts'

const host = 'p-abc.apigw-portal.us-east-1.localhost:4566'
const own = ['X-Gatehouse-Try', '1'] as const

function requestOf(target: string, headers: readonly string[] = own): HttpRequest {
  return {
    method: 'GET',
    target,
    host,
    version: '1.1',
    headers: new Headers(['Host', host, ...headers]),
    peer: { address: '127.0.0.1', secure: false },
    body: emptyBody,
    aborted: false,
    onAbort: () => {},
  } as unknown as HttpRequest
}

interface Served {
  readonly request: HttpRequest
  readonly address: Address
}

async function tried(
  request: HttpRequest,
  reply: Partial<HttpReply> = {},
  counters: Counters = new MemoryCounters(),
): Promise<{ readonly reply: HttpReply; readonly served: Served | undefined }> {
  let served: Served | undefined
  const serve = (changed: HttpRequest, address: Address): HttpReply => {
    served = { request: changed, address }
    return {
      status: 200,
      headers: new Headers(['Set-Cookie', 'a=b', 'X-A', 'b']),
      body: textBody('x'),
      ...reply,
    }
  }
  return { reply: await tryEndpoint(request, { serve }, counters), served }
}

test('what is tried is the API’s own, without what is between the reader and the portal', async () => {
  const headers = [...own, 'Cookie', 'a=b', 'Origin', 'http://x', 'Referer', 'http://x/', 'X-Api-Key', 'k']
  const { reply, served } = await tried(requestOf('/_try/abc123/prod/pets/%2F?x=1', headers))
  expect(served?.address.apiId).toBe('abc123')
  expect(served?.address.stage).toBe('prod')
  expect(served?.address.path).toBe('/pets/%2F')
  expect(served?.address.query).toBe('x=1')
  expect(served?.request.host).toBe('abc123.execute-api.us-east-1.localhost:4566')
  expect(served?.request.headers.raw).toEqual([
    'Host',
    'abc123.execute-api.us-east-1.localhost:4566',
    'X-Api-Key',
    'k',
  ])
  expect(reply.headers.raw).toEqual([
    'X-A',
    'b',
    'Content-Security-Policy',
    "sandbox; default-src 'none'",
    'X-Content-Type-Options',
    'nosniff',
  ])
})

test('what is too long, and what is no answer', async () => {
  const tooLong = new WholeBody(new Uint8Array(tryLimits.replyBytesMax + 1))
  const broken = { ...emptyBody, bytes: () => Promise.reject(new Error('reset')) } as unknown as WholeBody
  const upgrade = {} as unknown as NonNullable<HttpReply['upgrade']>
  const replies: readonly Partial<HttpReply>[] = [
    { body: tooLong },
    { body: broken },
    { status: 101, upgrade, body: emptyBody },
  ]
  for (const given of replies) {
    const sent: boolean[] = []
    // Whoever waits for the end of the answer is told that it was not sent.
    const onSent = (_: number, complete: boolean): void => void sent.push(complete)
    const { reply } = await tried(requestOf('/_try/abc/prod/'), { ...given, onSent })
    expect([reply.status, sent]).toEqual([502, [false]])
  }
})

test('what is not for an API, or not of the form, asks none', async () => {
  for (const [request, status] of [
    [requestOf('/_try/'), 404],
    [requestOf('/_try/a.b/prod'), 404],
    [requestOf('/_try/abc'), 404],
    [requestOf('/_try/abc/prod', []), 403],
  ] as const) {
    const { reply, served } = await tried(request)
    expect([reply.status, served]).toEqual([status, undefined])
  }
})

test('so many a second, which all nodes count', async () => {
  const taken: unknown[] = []
  const empty: Counters = {
    take: (key, rate) => {
      taken.push([key, rate])
      return 300
    },
    add: () => 0,
  }
  const { reply, served } = await tried(requestOf('/_try/abc/prod/'), {}, empty)
  expect([reply.status, served]).toEqual([429, undefined])
  expect(taken).toEqual([['try abc', { perSecond: 3, burst: 3 }]])
  const away: Counters = {
    take: () => Promise.reject(new StateUnavailable('away')),
    add: () => 0,
  }
  expect((await tried(requestOf('/_try/abc/prod/'), {}, away)).reply.status).toBe(503)
})
