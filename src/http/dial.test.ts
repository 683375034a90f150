import { afterEach, expect, spyOn, test } from 'bun:test'
import { BlackHole } from '../../test/conformance/http/support/black-hole.ts'
import { Dial, type Dialer } from './dial.ts'
import { HttpError } from './errors.ts'
import { parseOrigin, type Origin } from './origin.ts'

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0)) await end()
})

interface Listener {
  readonly port: number
  open: number
}

/** @param port 0: a free one */
function listen(hostname: string, port = 0): Listener {
  const listener = Bun.listen({
    hostname,
    port,
    socket: { open: () => void seen.open++, close: () => void seen.open--, data: () => {}, error: () => {} },
  })
  const seen = { port: listener.port, open: 0 }
  ending.push(() => listener.stop(true))
  return seen
}

async function hole(hostname: string): Promise<BlackHole> {
  const opened = await BlackHole.open(hostname)
  ending.push(() => opened.close())
  return opened
}

/** What was told to the one who dials. */
class Recorder implements Dialer {
  readonly told: string[] = []
  readonly outcome: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  stragglers = 0
  #end: (() => void) | undefined
  opened(socket: { terminate(): void }): void {
    this.#end = () => socket.terminate()
    this.told.push('opened')
    this.outcome.resolve()
  }
  refused(error: HttpError): void {
    this.told.push(error.failure)
    this.outcome.resolve()
  }
  received(): void {}
  drained(): void {}
  ended(): void {}
  closed(): void {
    this.told.push('closed')
  }
  hangUp(): void {
    this.#end?.()
  }
}

function dialTo(port: number, addresses: readonly string[] | Promise<readonly string[]>): [Recorder, Dial] {
  const recorder = new Recorder()
  const dial = new Dial(recorder, {
    origin: parseOrigin(`http://a.test:${port}`) as Origin,
    resolver: { resolve: () => addresses },
    tls: undefined,
    straggler: (change) => void (recorder.stragglers += change),
  })
  ending.push(() => recorder.hangUp())
  dial.start()
  return [recorder, dial]
}

/** The event loop has turned as often as events of this machine need. */
async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(1)
}

test('the first address is tried alone', async () => {
  const first = listen('::1')
  const second = listen('127.0.0.1', first.port)
  const [recorder] = dialTo(first.port, ['::1', '127.0.0.1'])
  await recorder.outcome.promise
  await eventually(() => first.open === 1)
  expect([recorder.told, second.open]).toEqual([['opened'], 0])
})

test('the next address is tried at once when one is refused', async () => {
  const listener = listen('127.0.0.1')
  // The next address's turn never comes.
  using timers = spyOn(globalThis, 'setTimeout').mockImplementation((() => undefined) as never)
  const [recorder] = dialTo(listener.port, ['::1', '127.0.0.2', '127.0.0.1'])
  await recorder.outcome.promise
  expect(recorder.told).toEqual(['opened'])
  expect(timers).toHaveBeenCalled()
})

test('the next address is tried beside one that does not answer', async () => {
  const silent = await hole('::1')
  const listener = listen('127.0.0.1', silent.port)
  const startedMs = performance.now()
  const [recorder] = dialTo(silent.port, ['::1', '127.0.0.1'])
  await recorder.outcome.promise
  expect(recorder.told).toEqual(['opened'])
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(245)
  expect(recorder.stragglers).toBe(1)
  await eventually(() => listener.open === 1)
  // Connected at last: it is closed, and nothing is told of it.
  await silent.wake()
  await eventually(() => recorder.stragglers === 0)
  expect(recorder.told).toEqual(['opened'])
}, 60_000)

test('all refuse', async () => {
  const { port } = listen('127.0.0.3')
  const [recorder] = dialTo(port, ['::1', '127.0.0.2', '127.0.0.1'])
  await recorder.outcome.promise
  expect(recorder.told).toEqual(['connect'])
})

test('a dial that is cancelled tells nothing', async () => {
  const silent = await hole('127.0.0.1')
  const [recorder, dial] = dialTo(silent.port, ['127.0.0.1'])
  dial.cancel()
  expect([recorder.told, recorder.stragglers]).toEqual([[], 1])
})

test('a dial that is cancelled before there is an address asks for no connection', async () => {
  const listener = listen('127.0.0.1')
  const addresses = Promise.withResolvers<readonly string[]>()
  const [recorder, dial] = dialTo(listener.port, addresses.promise)
  dial.cancel()
  addresses.resolve(['127.0.0.1'])
  await Bun.sleep(5)
  expect([recorder.told, recorder.stragglers, listener.open]).toEqual([[], 0, 0])
})

test('a name without addresses is no connection', async () => {
  const [recorder] = dialTo(1, Promise.reject(new HttpError('dns', 'none')))
  await recorder.outcome.promise
  expect(recorder.told).toEqual(['dns'])
})
