import { expect, test } from 'bun:test'
import { FieldName } from './added-lines.ts'
import { Cork } from './cork.ts'
import { Headers } from './headers.ts'
import { ReadyLines } from './ready-lines.ts'

const ID = new FieldName('Request-Id')
const headers = (): Headers =>
  new Headers(new ReadyLines(['Vary', 'Origin', 'vary', 'Accept']).followedBy([ID, '1']))

test('are written, found and read as texts are', () => {
  const cork = new Cork(headers().bytesMax)
  headers().writeTo(cork)
  expect(cork.bytes.toString('latin1', 0, cork.length)).toBe(
    'Vary: Origin\r\nvary: Accept\r\nRequest-Id: 1\r\n',
  )
  expect(headers().getAll('VARY')).toEqual(['Origin', 'Accept'])
  expect([headers().get('request-id'), headers().get('date')]).toEqual(['1', undefined])
  expect([headers().has('vary'), headers().has('REQUEST-ID'), headers().has('date')]).toEqual([
    true,
    true,
    false,
  ])
  expect(headers().raw).toEqual(['Vary', 'Origin', 'vary', 'Accept', 'Request-Id', '1'])
  const changed = headers()
  changed.set('Vary', '*')
  expect(changed.raw).toEqual(['Vary', '*', 'Request-Id', '1'])
})

test('what cannot be written is refused when they are made', () => {
  for (const texts of [
    ['a b', 'x'],
    ['a', 'x\ny'],
    ['a', '\u0100'],
  ]) {
    expect(() => new ReadyLines(texts)).toThrow(/header/)
  }
})
