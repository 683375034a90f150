import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { defaultLogLimits, type LogLimits } from './limits.ts'
import { LogWriteError, type LogOutput } from './log-output.ts'
import { LogQueue } from './log-queue.ts'

/** An output that does what it is told to at each append. */
class Disk implements LogOutput {
  text = ''
  appends = 0
  releases = 0
  /** Settles before anything is written. */
  ready: Promise<void> = Promise.resolve()
  /** Bytes that the next appends take before they fail. */
  failures: number[] = []

  async append(bytes: Uint8Array): Promise<void> {
    this.appends++
    await this.ready
    const room = this.failures.shift()
    if (room === undefined) this.appendNow(bytes)
    else {
      const written = Math.min(room, bytes.length)
      this.appendNow(bytes.subarray(0, written))
      throw new LogWriteError(written, new Error('disk full'))
    }
  }

  appendNow(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString('latin1')
  }

  async release(): Promise<void> {
    this.releases++
  }
}

function queueOn(disk: Disk, limits: Partial<LogLimits> = {}): { queue: LogQueue; lost: [number, string][] } {
  const lost: [number, string][] = []
  const queue = new LogQueue({
    output: disk,
    limits: { ...defaultLogLimits, flushMs: 1, retryMs: 1, ...limits },
    dropped: (lines, reason) => void lost.push([lines, reason]),
  })
  return { queue, lost }
}

describe('lines on their way to a log', () => {
  test('are gathered, and written in order', async () => {
    const disk = new Disk()
    const { queue, lost } = queueOn(disk)
    for (let i = 0; i < 100; i++) queue.write(`${i}\n`)
    await queue.flush()
    expect([disk.text.split('\n').length, disk.appends, lost]).toEqual([101, 1, []])
  })

  test('are written after a while without being asked for', async () => {
    const disk = new Disk()
    queueOn(disk).queue.write('a\n')
    while (disk.text === '') await Bun.sleep(1)
    expect(disk.text).toBe('a\n')
  })

  test('are written after a while again and again; an output that is idle is given back', async () => {
    const disk = new Disk()
    const { queue } = queueOn(disk, { idleMs: 1 })
    for (let i = 1; i <= 3; i++) {
      queue.write('a\n')
      while (disk.releases < i) await Bun.sleep(1)
      expect(disk.text).toBe('a\n'.repeat(i))
    }
    const busy = new Disk()
    const other = queueOn(busy, { idleMs: 60_000 }).queue
    for (let i = 1; i <= 3; i++) {
      other.write('b\n')
      while (busy.text !== 'b\n'.repeat(i)) await Bun.sleep(1)
    }
    await other.close()
  })

  test('past the bound of a slow disk are dropped and counted, those before are not', async () => {
    const disk = new Disk()
    const { promise, resolve } = Promise.withResolvers<void>()
    disk.ready = promise
    const { queue, lost } = queueOn(disk, { waitingLengthMax: 6, flushLengthMin: 1 })
    for (const line of ['1\n', '2\n', '3\n', '4\n', '5\n6\n']) queue.write(line)
    // The first is being written, three wait.
    expect(lost).toEqual([[2, 'the log is too slow']])
    resolve()
    await queue.flush()
    expect(disk.text).toBe('1\n2\n3\n4\n')
    queue.write('7\n')
    await queue.close()
    expect(disk.text).toEndWith('4\n7\n')
  })

  test('that a failing disk took in part go on where it failed', async () => {
    const disk = new Disk()
    disk.failures = [3, 0, 1]
    const { queue, lost } = queueOn(disk)
    queue.write('one\ntwo\n')
    await queue.close()
    expect(disk.text).toBe('one')
    // It was closing: there is nobody to try again for.
    expect(lost).toEqual([[2, 'disk full']])

    const mended = new Disk()
    mended.failures = [3, 0, 1]
    const again = queueOn(mended)
    again.queue.write('one\ntwo\n')
    await again.queue.flush()
    expect([mended.text, again.lost]).toEqual(['one\ntwo\n', []])
  })

  test('do not hold up the end for longer than the limit', async () => {
    const disk = new Disk()
    disk.ready = new Promise(() => {})
    const { queue, lost } = queueOn(disk, { closeTimeoutMs: 20 })
    queue.write('a\n')
    void queue.flush()
    queue.write('b\n')
    await queue.close()
    expect(lost).toEqual([[2, 'the log is too slow']])
    expect(disk.releases).toBe(1)
  })

  test('are written at once when the process ends', () => {
    const disk = new Disk()
    const { queue } = queueOn(disk, { flushMs: 60_000 })
    queue.write('a\n')
    queue.closeNow()
    expect(disk.text).toBe('a\n')
  })

  test('are neither lost, doubled nor torn, whatever fails and whenever they come', async () => {
    const moment = fc.constantFrom('line', 'line', 'lines', 'turn', 'flush') as fc.Arbitrary<
      'line' | 'lines' | 'turn' | 'flush'
    >
    await fc.assert(
      fc.asyncProperty(fc.array(moment), fc.array(fc.nat(9), { maxLength: 5 }), async (moments, failures) => {
        const disk = new Disk()
        disk.failures = [...failures]
        const { queue, lost } = queueOn(disk, { flushLengthMin: 12, flushMs: 0, retryMs: 0 })
        let expected = ''
        for (const [at, kind] of moments.entries()) {
          if (kind === 'turn') await new Promise(setImmediate)
          else if (kind === 'flush') void queue.flush()
          else {
            const text = kind === 'line' ? `${at}\n` : `${at}a\n${at}b\n`
            expected += text
            queue.write(text)
          }
        }
        await queue.flush()
        expect([disk.text, lost]).toEqual([expected, []])
        await queue.close()
      }),
      { numRuns: 60 },
    )
  })
})
