import { describe, expect, test } from 'bun:test'
import { HpackDecoder, HpackError } from './hpack-decoder.ts'

type Field = readonly [name: string, value: string]

function decode(decoder: HpackDecoder, bytes: Buffer): Field[] {
  const fields: Field[] = []
  decoder.decode(bytes, 0, bytes.length, { field: ({ name, value }) => void fields.push([name, value]) })
  return fields
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

const REQUESTS = [
  [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'www.example.com'],
  ],
  [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'www.example.com'],
    ['cache-control', 'no-cache'],
  ],
  [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/index.html'],
    [':authority', 'www.example.com'],
    ['custom-key', 'custom-value'],
  ],
]
const LOCATION = ['location', 'https://www.example.com']
const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'
const ANSWERS = [
  [[':status', '302'], ['cache-control', 'private'], ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'], LOCATION],
  [[':status', '307'], ['cache-control', 'private'], ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'], LOCATION],
  [
    [':status', '200'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
    LOCATION,
    ['content-encoding', 'gzip'],
    ['set-cookie', COOKIE],
  ],
]

interface Example {
  readonly name: string
  readonly tableBytes: number
  readonly blocks: readonly string[]
  readonly fields: readonly (readonly (readonly string[])[])[]
}

const examples: readonly Example[] = [
  {
    name: 'C.2: one field each',
    tableBytes: 4096,
    blocks: [
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      '040c 2f73 616d 706c 652f 7061 7468',
      '1008 7061 7373 776f 7264 0673 6563 7265 74',
      '82',
    ],
    fields: [
      [['custom-key', 'custom-header']],
      [[':path', '/sample/path']],
      [['password', 'secret']],
      [[':method', 'GET']],
    ],
  },
  {
    name: 'C.3: requests',
    tableBytes: 4096,
    blocks: [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
    fields: REQUESTS,
  },
  {
    name: 'C.4: requests, Huffman coded',
    tableBytes: 4096,
    blocks: [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
    fields: REQUESTS,
  },
  {
    name: 'C.5: answers, with eviction',
    tableBytes: 256,
    blocks: [
      '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32' +
        '3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '4803 3330 37c1 c0bf',
      '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970' +
        '7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61' +
        '6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
    ],
    fields: ANSWERS,
  },
  {
    name: 'C.6: answers, with eviction, Huffman coded',
    tableBytes: 256,
    blocks: [
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad' +
        '1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2' +
        'e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ],
    fields: ANSWERS,
  },
]

describe('the examples of RFC 7541', () => {
  for (const { name, tableBytes, blocks, fields } of examples) {
    test(name, () => {
      const decoder = new HpackDecoder(tableBytes)
      expect(blocks.map((block) => decode(decoder, hex(block)))).toEqual(fields as unknown as Field[][])
    })
  }
})

describe('blocks that cannot be decoded', () => {
  const cases: readonly (readonly [name: string, block: string, message: string])[] = [
    ['index 0', '80', 'index 0'],
    ['an index beyond the tables', 'be', 'index 62 is beyond the table'],
    ['the name of an entry beyond the tables', '7f 00 0161', 'index 63 is beyond the table'],
    ['a size update after a field', '82 20', 'a size update within a header block'],
    ['a size update beyond what was allowed', '3f e2 1f', 'a table of 4097 bytes'],
    ['an integer that ends early', 'ff', 'a header block that ends early'],
    ['an integer that ends early, further on', 'ff 80', 'a header block that ends early'],
    ['an integer of five bytes', 'ff 80 80 80 80 01', 'an integer of more than four bytes'],
    ['an integer of zeros without end', 'ff 80 80 80 80 80 80 80 80', 'an integer of more than four bytes'],
    ['a length beyond 2^32', '00 7f ff ff ff ff 0f', 'an integer of more than four bytes'],
    ['a literal without a name', '40', 'a header block that ends early'],
    ['a literal without a value', '00 0161', 'a header block that ends early'],
    ['a text beyond the block', '00 0561', 'a text beyond the header block'],
    ['Huffman padding of eight bits', '00 82 1fff 00', 'a malformed Huffman code'],
    ['Huffman padding of zeros', '00 81 18 00', 'a malformed Huffman code'],
    ["Huffman's end of string", '00 84 ffffffff 00', 'a malformed Huffman code'],
  ]
  for (const [name, block, message] of cases) {
    test(name, () => {
      expect(() => decode(new HpackDecoder(4096), hex(block))).toThrow(new HpackError(message))
    })
  }
})

test('an entry larger than the table empties it', () => {
  const decoder = new HpackDecoder(64)
  decode(decoder, hex('40 0161 0162'))
  expect(decode(decoder, hex('be'))).toEqual([['a', 'b']])
  const large = Buffer.concat([hex('40 0161 21'), Buffer.alloc(33, 'x')])
  expect(decode(decoder, large)).toEqual([['a', 'x'.repeat(33)]])
  expect(() => decode(decoder, hex('be'))).toThrow('index 62 is beyond the table')
})

test('an entry may name itself by the one that it evicts (RFC 7541 §4.4)', () => {
  const decoder = new HpackDecoder(40)
  decode(decoder, hex('40 0161 0162'))
  expect(decode(decoder, hex('7e 0163 be'))).toEqual([
    ['a', 'c'],
    ['a', 'c'],
  ])
})

test('a smaller table forgets the oldest; a larger one brings nothing back', () => {
  const decoder = new HpackDecoder(4096)
  decode(decoder, hex('40 0161 0131 40 0162 0132'))
  expect(decode(decoder, hex('3f 0f be'))).toEqual([['b', '2']])
  expect(() => decode(decoder, hex('3f e1 1f bf'))).toThrow('index 63 is beyond the table')
})
