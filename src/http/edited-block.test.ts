import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { FieldName } from './added-lines.ts'
import { Cork } from './cork.ts'
import { FieldRules } from './field-rules.ts'
import { headersOf, MessageHead, parseRequestHead } from './head.ts'
import { Headers } from './headers.ts'
import { defaultHttpLimits } from './limits.ts'

const rules = new FieldRules({
  dropped: ['via', 'content-length'],
  prefixed: ['date', 'connection'],
  prefix: 'x-was-',
  respelled: ['User-Agent'],
})

const name = fc.oneof(
  fc.constantFrom(
    'Via',
    'Date',
    'date',
    'Connection',
    'user-agent',
    'USER-AGENT',
    'Accept',
    'x-a',
    'X-A',
    'Age',
  ),
  fc.stringMatching(/^[a-zA-Z][a-z-]{0,8}$/),
)
const value = fc.stringMatching(/^(?:[!-~\xa0-\xff](?:[ -~\t]{0,9}[!-~])?)?$/)
const blank = fc.constantFrom('', ' ', '  ', '\t')
const line = fc.record({ name, value, before: blank, after: blank }).filter(isHarmless)
const lines = fc.array(line, { maxLength: 6 })

/** Names of fields for the engine itself take part only where their values can. */
function isHarmless(each: { name: string; value: string }): boolean {
  if (/^(host|expect|transfer-encoding|content-length|connection)$/i.test(each.name)) each.value = 'close'
  return !/^(host|expect|transfer-encoding|content-length)$/i.test(each.name)
}

type Lines = { name: string; value: string; before: string; after: string }[]

function received(list: Lines): Headers {
  const fields = list.map((each) => `${each.name}:${each.before}${each.value}${each.after}\r\n`).join('')
  const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`, 'latin1')
  const head = new MessageHead()
  expect(parseRequestHead(head, bytes, 0, bytes.length, defaultHttpLimits)).toBe(bytes.length)
  return headersOf(head)
}

/** The same headers, as texts. */
function asTexts(headers: Headers): Headers {
  return new Headers([...(headers.source?.texts() ?? headers.raw)])
}

function written(headers: Headers): string {
  const cork = new Cork(headers.bytesMax)
  headers.writeTo(cork)
  return cork.bytes.latin1Slice(0, cork.length)
}

const before = [new FieldName('X-Before'), '1']
const after = [new FieldName('X-After'), '2']

function edited(headers: Headers): Headers {
  return headers.edited(rules, after).preceded(before)
}

test('received lines are looked up, written and edited as their texts would be', () => {
  fc.assert(
    fc.property(lines, fc.string(), (list, other) => {
      const texts = asTexts(received(list))
      expect(written(received(list))).toBe(written(texts))
      expect(received(list).repeats).toBe(texts.repeats)
      expect(written(edited(received(list)))).toBe(written(edited(asTexts(texts))))
      expect(edited(received(list)).raw).toEqual(edited(asTexts(texts)).raw)
      for (const each of [
        'date',
        'x-was-date',
        'x-before',
        'via',
        'user-agent',
        other,
        ...list.map((l) => l.name),
      ]) {
        expect(received(list).has(each)).toBe(texts.has(each))
        expect(received(list).get(each)).toBe(texts.get(each) as string)
        expect(received(list).getAll(each)).toEqual(texts.getAll(each))
        expect(edited(received(list)).has(each)).toBe(edited(texts).has(each))
        expect(edited(received(list)).get(each)).toBe(edited(texts).get(each) as string)
      }
    }),
  )
})

test('rules drop, prefix and respell', () => {
  const list = ['Via: x', 'Date: y', 'user-agent: z', 'USER-AGENT: Z', 'Age: 1'].map((text) => {
    const [name = '', value = ''] = text.split(': ')
    return { name, value, before: ' ', after: '' }
  })
  const rest = ['Host', 'a', 'x-was-Date', 'y', 'User-Agent', 'z', 'USER-AGENT', 'Z', 'Age', '1']
  expect(edited(received(list)).raw).toEqual(['X-Before', '1', ...rest, 'X-After', '2'])
})
