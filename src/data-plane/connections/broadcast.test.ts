import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readBroadcast } from './broadcast.ts'
import { broadcastIdsMax } from './management-settings.ts'

const MAX = 100
const id = 'L0SM9cOFvHcCIhw='
const read = (body: unknown): ReturnType<typeof readBroadcast> =>
  readBroadcast(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), MAX)

test.each([
  [{ data: 'hello' }, { ids: undefined, data: 'hello' }],
  [{ data: '' }, { ids: undefined, data: '' }],
  [
    { connectionIds: [id, id], data: 'once' },
    { ids: [id], data: 'once' },
  ],
  [
    { connectionIds: [], data: 'nobody' },
    { ids: [], data: 'nobody' },
  ],
  [{ dataBase64: '/wA=' }, { ids: undefined, data: Buffer.from([255, 0]) }],
  [{ data: 'a'.repeat(MAX) }, { ids: undefined, data: 'a'.repeat(MAX) }],
])('%j is read', (body, broadcast) => {
  expect<unknown>(read(body)).toEqual(broadcast)
})

test.each([
  ['', 400, 'the body: expected a JSON object'],
  ['[]', 400, 'the body: expected a JSON object'],
  [{}, 400, 'expected data, a text, or dataBase64'],
  [{ data: 5 }, 400, 'expected data, a text, or dataBase64'],
  [{ data: 'x', dataBase64: 'eA==' }, 400, 'expected data, a text, or dataBase64'],
  [{ dataBase64: 'not base64!' }, 400, 'expected data, a text, or dataBase64'],
  [{ data: 'x', id }, 400, 'id: expected connectionIds, and data or dataBase64'],
  [
    { data: 'x', connectionIds: id },
    400,
    `connectionIds: expected at most ${broadcastIdsMax} ids of connections`,
  ],
  [
    { data: 'x', connectionIds: ['?'] },
    400,
    `connectionIds: expected at most ${broadcastIdsMax} ids of connections`,
  ],
  [{ data: 'ü'.repeat(MAX) }, 413, `a message of ${2 * MAX} bytes, at most ${MAX}`],
])('%j is refused', (body, status, message) => {
  expect(read(body)).toMatchObject({ status, message })
})

test('whatever comes is read or refused', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(() => readBroadcast(bytes, MAX)).not.toThrow()))
  fc.assert(fc.property(fc.json(), (text) => expect(() => read(text)).not.toThrow()))
})
