import { beforeEach, expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { LoadShedder } from './load-shedder.ts'
import { openQueueProbe } from './queue-probe.ts'

const WAIT_MS = 200

let nowMs: number
let arrive: (() => void) | undefined
let sent: number
let shedder: LoadShedder

beforeEach(() => {
  nowMs = 1_000_000
  sent = 0
  arrive = undefined
  const probe = {
    send(arrived: () => void) {
      sent++
      arrive = arrived
    },
    stop() {},
  }
  shedder = new LoadShedder({ waitMsMax: WAIT_MS, log: silentLog, probe, now: () => nowMs })
})

/** One that waits for so long, with a request every 10 ms meanwhile. @returns the statuses of those turned away */
function probeOf(waitMs: number): number[] {
  const statuses: number[] = []
  for (let ms = 0; ms <= waitMs; ms += 10) {
    const { status } = shedder.refusal() ?? {}
    if (status !== undefined) statuses.push(status)
    nowMs += 10
  }
  arrive?.()
  return statuses
}

test('nobody is turned away while probes are in time', () => {
  for (let i = 0; i < 100; i++) expect(probeOf(80)).toEqual([])
})

test('one long wait is no overload', () => {
  expect(probeOf(5000)).toEqual([])
  expect(probeOf(80)).toEqual([])
  expect(probeOf(5000)).toEqual([])
})

test('long waits one after the other are: what comes past the longest is answered 503, until a probe is in time', () => {
  expect(probeOf(300)).toEqual([])
  expect(probeOf(300)).toEqual([])
  expect(probeOf(300).length).toBeWithin(5, 15)
  expect(probeOf(300).every((status) => status === 503)).toBe(true)
  probeOf(50)
  expect(probeOf(300)).toEqual([])
})

test('after a while without requests an overload is another one', () => {
  for (let i = 0; i < 3; i++) probeOf(300)
  nowMs += 1000
  expect(probeOf(300)).toEqual([])
})

test('a probe that is lost is sent again', () => {
  for (let i = 0; i < 3; i++) probeOf(300)
  shedder.refusal()
  const before = sent
  nowMs += 20 * WAIT_MS + 1
  expect(shedder.refusal()).toBeUndefined()
  expect(sent).toBe(before + 1)
})

test('few probes are sent, and none where requests may wait for ever', () => {
  for (let i = 0; i < 1000; i++) {
    shedder.refusal()
    arrive?.()
    nowMs++
  }
  expect(sent).toBeWithin(15, 25)
  const patient = new LoadShedder({ waitMsMax: Infinity, log: silentLog })
  expect(patient.refusal()).toBeUndefined()
  patient.stop()
})

test('a datagram comes back to who sent it', async () => {
  const probe = openQueueProbe()
  try {
    // Sockets take a turn to open; what is sent before is not sent.
    let isHere = false
    for (const endMs = performance.now() + 5000; !isHere && performance.now() < endMs;) {
      probe.send(() => (isHere = true))
      await new Promise(setImmediate)
    }
    expect(isHere).toBe(true)
  } finally {
    probe.stop()
  }
})
