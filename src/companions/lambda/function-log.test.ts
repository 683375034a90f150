import { expect, test } from 'bun:test'
import { createLog, silentLog } from '#base/log.ts'
import { RecentFunctionLogs, type FunctionLogEvent } from './function-log.ts'

const event = (message: string, more: Partial<FunctionLogEvent> = {}): FunctionLogEvent => ({
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  logGroup: '/aws/lambda/f',
  logStream: 's',
  timeMs: 1000,
  message,
  source: 'function',
  ...more,
})

test('the latest megabyte is kept, in order', () => {
  const logs = new RecentFunctionLogs(silentLog)
  for (let i = 0; i < 20_000; i++) logs.write(event(`${i} ${'x'.repeat(100)}`))
  const kept = logs.read(event('').functionArn).map(({ message }) => Number(message.split(' ')[0]))
  expect(kept.at(-1)).toBe(19_999)
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => 20_000 - kept.length + at))
  expect(kept.length).toBeGreaterThan(4000)
  expect(kept.length).toBeLessThan(5000)
  expect(logs.read('arn:other')).toEqual([])
})

test('the gateway shows a hundred lines a second of a function, and says how many it left out', () => {
  const lines: string[] = []
  const logs = new RecentFunctionLogs(createLog('info', 'text', (line) => lines.push(line.slice(15))))
  for (let i = 0; i < 150; i++) logs.write(event(`line-${i}`))
  logs.write(event('START', { source: 'platform' }))
  expect(lines.length).toBe(100)
  logs.write(event('later', { timeMs: 2000 }))
  expect(lines.slice(100)).toEqual([
    'function output left out function=f lines=50\n',
    'function output function=f line=later\n',
  ])
})

test('logs of many functions are bounded: the oldest go', () => {
  const logs = new RecentFunctionLogs(silentLog)
  for (let i = 0; i < 600; i++) logs.write(event('x', { functionArn: `arn:${i}` }))
  expect(logs.read('arn:99')).toEqual([])
  expect(logs.read('arn:100').length).toBe(1)
})
