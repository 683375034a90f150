import { afterEach, describe, expect, test } from 'bun:test'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { emptyBody, textBody } from '#http/body.ts'
import { createHttpClient, type HttpClient } from '#http/client.ts'
import { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import { NoTarget, sendToTarget, targetOrigin, type TargetRequest } from './send-to-target.ts'
import { Target, TargetGroup, type TargetGroupDefinition } from './target-group.ts'

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

/** A backend that does this with each connection's first bytes. */
async function backend(
  answer: (socket: Socket) => void,
): Promise<{ address: string; requests: () => number }> {
  let requests = 0
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => {
      requests++
      answer(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ending.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests }
}

const ok = (socket: Socket): void => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
const reset = (socket: Socket): void => void socket.destroy()

/** An address at which nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

function group(addresses: readonly string[], more: Partial<TargetGroupDefinition> = {}): TargetGroup {
  return new TargetGroup({
    name: 'link',
    targets: addresses.map((address) => ({ address, weight: 1 })),
    connectTimeoutMs: 1000,
    passive: { failures: 2, ejectMs: 1000, ejectMsMax: 1000, statuses: [[502, 504]] },
    ...more,
  })
}

function client(): HttpClient {
  const made = createHttpClient()
  ending.push(() => made.close())
  return made
}

const request = (more: Partial<TargetRequest> = {}): TargetRequest => ({
  origin: 'http://internal.example:80',
  method: 'POST',
  target: '/',
  headers: new Headers(['Host', 'internal.example']),
  body: textBody('body'),
  timeoutMs: 2000,
  ...more,
})

/** The first target of the list, always. */
const first = (): number => 0

test('a target that refuses connections is passed by, whatever the method; and left out in the end', async () => {
  const there = await backend(ok)
  const dead = await nobody()
  const targets = group([dead, there.address])
  const http = client()
  for (let i = 0; i < 3; i++) {
    const { status } = await sendToTarget(http, targets, request(), () => 0, first)
    expect(status).toBe(200)
  }
  expect(there.requests()).toBe(3)
  expect(targets.targets.map((target) => target.usable(0))).toEqual([false, true])
  expect(targets.targets.map(({ inFlight }) => inFlight)).toEqual([0, 0])
})

test('what may have been sent is not sent again', async () => {
  const broken = await backend(reset)
  const there = await backend(ok)
  const targets = group([broken.address, there.address])
  const error = await sendToTarget(client(), targets, request(), () => 0, first).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(HttpError)
  expect((error as HttpError).failure).toBe('reset')
  expect([broken.requests(), there.requests()]).toEqual([1, 0])
})

test('the failure of the last target when none takes it', async () => {
  const targets = group([await nobody(), await nobody()])
  const error = await sendToTarget(client(), targets, request(), () => 0).catch((thrown) => thrown)
  expect((error as HttpError).failure).toBe('connect')
})

test('all are tried when none is thought healthy', async () => {
  const there = await backend(ok)
  const targets = group([there.address])
  targets.targets[0]?.checked.record(false, { healthyThreshold: 1, unhealthyThreshold: 1 })
  expect((await sendToTarget(client(), targets, request(), () => 0)).status).toBe(200)
})

test('a group without targets, or with weights of 0 alone', async () => {
  const empty = await sendToTarget(client(), group([]), request(), () => 0).catch((thrown) => thrown)
  expect(empty).toBeInstanceOf(NoTarget)
  const drained = group([], { targets: [{ address: '127.0.0.1:1', weight: 0 }] })
  const error = await sendToTarget(client(), drained, request(), () => 0).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(NoTarget)
})

test('a request counts until its answer is read, or not wanted', async () => {
  const endless = await backend((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'),
  )
  const targets = group([endless.address])
  const [target] = targets.targets
  const answer = await sendToTarget(client(), targets, request({ body: emptyBody }), () => 0)
  expect(target?.inFlight).toBe(1)
  answer.body.cancel()
  expect(target?.inFlight).toBe(0)
})

test('a client that leaves is not a failure of the target, and no other is asked', async () => {
  const silent = await backend(() => leave())
  let leave = (): void => {}
  const targets = group([silent.address], {
    passive: { failures: 1, ejectMs: 1000, ejectMsMax: 1000, statuses: [] },
  })
  const sent = sendToTarget(
    client(),
    targets,
    request({ onCancel: (listener) => (leave = listener) }),
    () => 0,
  )
  expect(((await sent.catch((error) => error)) as HttpError).failure).toBe('aborted')
  expect(targets.targets[0]?.usable(0)).toBe(true)
})

test('statuses that count as failures', async () => {
  const bad = await backend((socket) => socket.write('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'))
  const targets = group([bad.address])
  const http = client()
  for (let i = 0; i < 2; i++) await sendToTarget(http, targets, request(), () => 0)
  expect(targets.targets[0]?.usable(0)).toBe(false)
  expect(targets.targets[0]?.usable(1000)).toBe(true)
})

describe('where a target is', () => {
  const cases: readonly [
    address: string,
    origin: string,
    protocol: 'http' | 'https' | undefined,
    at: string,
  ][] = [
    ['10.0.0.1:81', 'http://x', undefined, 'http://10.0.0.1:81'],
    ['10.0.0.1', 'http://x:8080', undefined, 'http://10.0.0.1:8080'],
    ['10.0.0.1', 'https://x', undefined, 'https://10.0.0.1'],
    ['10.0.0.1:81', 'https://x:8443', 'http', 'http://10.0.0.1:81'],
    ['[::1]', 'http://[::2]:8080', undefined, 'http://[::1]:8080'],
    ['[::1]:81', 'http://x:8080', 'https', 'https://[::1]:81'],
    ['app.internal', 'http://x', undefined, 'http://app.internal'],
  ]
  for (const [address, origin, protocol, at] of cases) {
    test(`${address} for ${origin}${protocol === undefined ? '' : `, ${protocol}`}`, () => {
      const target = new Target({ address, weight: 1 })
      expect(targetOrigin(group([address], { protocol }), target, origin)).toBe(at)
    })
  }
})
