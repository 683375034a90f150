import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readClientHello } from './client-hello.ts'

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const vector8 = (value: Uint8Array): Buffer => Buffer.concat([Buffer.from([value.length]), value])
const vector16 = (value: Uint8Array): Buffer => Buffer.concat([uint16(value.length), value])
const extension = (type: number, value: Uint8Array): Buffer => Buffer.concat([uint16(type), vector16(value)])
const hostName = (name: string | Buffer): Buffer =>
  extension(0, vector16(Buffer.concat([Buffer.from([0]), vector16(Buffer.from(name as string, 'latin1'))])))

function hello(extensions: readonly Uint8Array[] | undefined, ciphers: Buffer = uint16(0x1301)): Buffer {
  const body = Buffer.concat([
    uint16(0x0303),
    Buffer.alloc(32, 7),
    vector8(Buffer.alloc(32, 8)),
    vector16(ciphers),
    vector8(Buffer.from([0])),
    ...(extensions === undefined ? [] : [vector16(Buffer.concat(extensions))]),
  ])
  return Buffer.concat([Buffer.from([1, 0]), uint16(body.length), body])
}

/** Cuts a message into records of at most `size` bytes. */
function records(message: Buffer, size = 16_384): Buffer {
  const cut: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    cut.push(Buffer.from([22, 3, 1]), vector16(message.subarray(at, at + size)))
  }
  return Buffer.concat(cut)
}

const MAX = 16_384
const grease = extension(0x0a0a, Buffer.from([1]))
const alpn = extension(16, vector16(vector8(Buffer.from('h2'))))

const cases: readonly (readonly [
  name: string,
  bytes: Buffer,
  expected: ReturnType<typeof readClientHello>,
])[] = [
  ['a name', records(hello([grease, hostName('a.example.com'), alpn])), { serverName: 'a.example.com' }],
  ['a name in capitals', records(hello([hostName('A.Example.COM')])), { serverName: 'a.example.com' }],
  ['other extensions only', records(hello([alpn])), { serverName: undefined }],
  ['an empty list of extensions', records(hello([])), { serverName: undefined }],
  ['no extensions', records(hello(undefined)), { serverName: undefined }],
  ['records of seven bytes', records(hello([hostName('a.test')]), 7), { serverName: 'a.test' }],
  ['nothing', Buffer.alloc(0), 'incomplete'],
  ['a name twice', records(hello([hostName('a.test'), hostName('b.test')])), 'malformed'],
  ['an empty name', records(hello([hostName('')])), 'malformed'],
  ['a name with NUL', records(hello([hostName('a.test\0.evil')])), 'malformed'],
  ['a name with a space', records(hello([hostName('a test')])), 'malformed'],
  ['a name with an empty label', records(hello([hostName('a..test')])), 'malformed'],
  ['a name of 256 bytes', records(hello([hostName('a'.repeat(256))])), 'malformed'],
  ['two names in one list', records(hello([twoNames()])), 'malformed'],
  [
    'a name of another kind',
    records(hello([extension(0, vector16(Buffer.from([1, 0, 1, 97])))])),
    'malformed',
  ],
  ['half a cipher', records(hello([], Buffer.from([1, 2, 3]))), 'malformed'],
  ['no ciphers', records(hello([], Buffer.alloc(0))), 'malformed'],
  ['bytes after the extensions', records(withTail(hello([]))), 'malformed'],
  [
    'another message after it',
    Buffer.concat([records(Buffer.concat([hello([]), Buffer.from([11])]))]),
    'malformed',
  ],
  ['another message', records(Buffer.from([2, 0, 0, 0])), 'malformed'],
  ['an empty record', Buffer.from([22, 3, 1, 0, 0]), 'malformed'],
  ['a record that is too long', Buffer.from([22, 3, 1, 0x40, 0x01]), 'malformed'],
  ['an alert', Buffer.from([21, 3, 1, 0, 2, 1, 0]), 'malformed'],
  ['SSL 2', Buffer.from([0x80, 0x2e, 1, 3, 1]), 'malformed'],
  ['an announced length past the bound', Buffer.from([22, 3, 1, 0, 4, 1, 0, 0x50, 0]), 'malformed'],
  ['one that is as long as is allowed', records(longHello(MAX - 5)), { serverName: undefined }],
  ['one that is longer', records(longHello(MAX - 4)), 'malformed'],
]

function twoNames(): Buffer {
  const one = Buffer.concat([Buffer.from([0]), vector16(Buffer.from('a.test'))])
  return extension(0, vector16(Buffer.concat([one, one])))
}

function withTail(message: Buffer): Buffer {
  const longer = Buffer.concat([message, Buffer.from([0])])
  longer.writeUInt16BE(longer.length - 4, 2)
  return longer
}

function longHello(length: number): Buffer {
  return hello([extension(21, Buffer.alloc(length - hello([extension(21, Buffer.alloc(0))]).length))])
}

for (const [name, bytes, expected] of cases) {
  test(name, () => {
    expect(readClientHello(bytes, MAX)).toEqual(expected)
  })
}

/** The first thing that is understood of a beginning is what is understood of the whole. */
function sameByPieces(bytes: Buffer): void {
  const first = Array.from({ length: bytes.length + 1 }, (_, end) =>
    readClientHello(bytes.subarray(0, end), MAX),
  )
  expect(first.find((result) => result !== 'incomplete') ?? 'incomplete').toEqual(readClientHello(bytes, MAX))
}

test('however it is cut into pieces and records', () => {
  const name = fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8}){0,3}$/)
  fc.assert(
    fc.property(name, fc.integer({ min: 1, max: 90 }), (serverName, size) => {
      const bytes = records(hello([grease, hostName(serverName), alpn]), size)
      expect(readClientHello(bytes, MAX)).toEqual({ serverName })
      sameByPieces(bytes)
    }),
    { numRuns: 50 },
  )
})

test('damaged anywhere, it is still read alike by pieces', () => {
  const good = records(hello([grease, hostName('a.example.com'), alpn]), 60)
  const damage = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = Buffer.from(good)
      for (const { at, to } of changes) bytes[at] = to
      sameByPieces(bytes)
    }),
    { numRuns: 300 },
  )
})

test('arbitrary bytes are never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
      readClientHello(Buffer.concat([Buffer.from([22, 3, 1]), tail]), MAX)
    }),
    { numRuns: 500 },
  )
})
