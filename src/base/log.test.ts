import { expect, test } from 'bun:test'
import { createLog, logWith } from './log.ts'

function logged(
  level: 'debug' | 'info' | 'warn',
  format: 'text' | 'json',
  write: (log: ReturnType<typeof createLog>) => void,
): string[] {
  const lines: string[] = []
  write(createLog(level, format, (line) => lines.push(line)))
  return lines
}

test('events below the level are not written', () => {
  const lines = logged('warn', 'text', (log) => {
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
  })
  expect(lines.map((line) => line.slice(9).trim())).toEqual(['warn  c', 'error d'])
})

test('text fields cannot forge a line or reach the terminal', () => {
  const [line] = logged('info', 'text', (log) =>
    log.info('got', { path: 'a\nINFO forged \u001b[31m', port: 1 }),
  )
  expect(line?.slice(9)).toBe('info  got path="a\\nINFO forged \\u001b[31m" port=1\n')
})

test('json lines carry errors by message', () => {
  const [line] = logged('debug', 'json', (log) => log.debug('failed', { error: new Error('why') }))
  expect(JSON.parse(line as string)).toMatchObject({ level: 'debug', event: 'failed', error: 'why' })
})

test('fields may be fixed for every line', () => {
  const lines = logged('info', 'text', (log) => {
    const ours = logWith(log, { worker: 2 })
    ours.info('a', { port: 1 })
    ours.error('b')
  })
  expect(lines.map((line) => line.slice(9))).toEqual(['info  a worker=2 port=1\n', 'error b worker=2\n'])
})
