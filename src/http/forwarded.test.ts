import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { IpRanges, parseRange, type IpRange } from '#base/ip-range.ts'
import { emptyBody } from './body.ts'
import { parseForwarded, parseForwardedNode } from './forwarded.ts'
import { Headers } from './headers.ts'
import type { HttpRequest } from './message.ts'
import { clientOf, type ForwardingHeader, type HttpClientIdentity } from './trusted-proxies.ts'

type Hops = readonly Readonly<Record<string, string>>[]

describe('Forwarded', () => {
  const cases: readonly [value: string, hops: Hops | undefined][] = [
    ['', []],
    ['for=192.0.2.43', [{ for: '192.0.2.43' }]],
    ['For="[2001:db8:cafe::17]:4711"', [{ for: '[2001:db8:cafe::17]:4711' }]],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', [{ for: '192.0.2.60', proto: 'http', by: '203.0.113.43' }]],
    ['for=192.0.2.43, for=198.51.100.17', [{ for: '192.0.2.43' }, { for: '198.51.100.17' }]],
    ['for=_hidden, for=_SEVKISEK', [{ for: '_hidden' }, { for: '_SEVKISEK' }]],
    ['for=a; proto=https', [{ for: 'a', proto: 'https' }]],
    [';for=a;;host=b;', [{ for: 'a', host: 'b' }]],
    [', ,for=a,', [{ for: 'a' }]],
    ['for="a\\"b\\\\c, d; e"', [{ for: 'a"b\\c, d; e' }]],
    ['for=""', [{ for: '' }]],
    ['ext=1;for=a', [{ ext: '1', for: 'a' }]],
    ['for=a;for=b', undefined],
    ['for=a;FOR=b', undefined],
    ['for', undefined],
    ['for=', undefined],
    ['=a', undefined],
    ['for =a', undefined],
    ['for= a', undefined],
    ['for=a b', undefined],
    ['for=[::1]', undefined],
    ['for=192.0.2.1:80', undefined],
    ['for="a', undefined],
    ['for="a\\', undefined],
    ['for="a"b', undefined],
    ['for=a"b"', undefined],
    ['for="a\0"', undefined],
  ]
  for (const [value, hops] of cases) {
    test(JSON.stringify(value), () => {
      expect(parseForwarded(value)?.map((hop) => Object.fromEntries(hop)) as Hops | undefined).toEqual(hops)
    })
  }

  const character = fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f)
  const text = fc.array(character, { maxLength: 12 }).map((codes) => String.fromCharCode(...codes))
  const hop = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9!#-]{0,5}$/), text), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 4,
  })
  const blank = fc.constantFrom('', ' ', '\t ')

  test('whatever is written by the grammar is read back', () => {
    fc.assert(
      fc.property(fc.array(hop, { maxLength: 4 }), blank, fc.boolean(), (hops, gap, quoteAll) => {
        const write = (value: string): string =>
          quoteAll || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value)
            ? `"${value.replace(/["\\]/g, '\\$&')}"`
            : value
        const line = hops
          .map((pairs) => pairs.map(([name, value]) => `${name}=${write(value)}`).join(`${gap};${gap}`))
          .join(`${gap},${gap}`)
        const read = parseForwarded(line)
        return Bun.deepEquals(
          read?.map((each) => [...each]),
          hops,
        )
      }),
    )
  })

  test('anything else is refused or read, and never throws', () => {
    const piece = fc.constantFrom('for', '=', '"', '\\', ';', ',', ' ', '_x', '[::1]', '1.2.3.4', ':', 'é')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const hops = parseForwarded(pieces.join('')) ?? []
        return hops.every((each) => each.size > 0 && [...each.values()].every((value) => value.length < 60))
      }),
    )
  })
})

test.each<[text: string, address: string | undefined, port: number | undefined]>([
  ['192.0.2.43', '192.0.2.43', undefined],
  ['192.0.2.43:47011', '192.0.2.43', 47011],
  ['192.0.2.43:_p', '192.0.2.43', undefined],
  ['[2001:DB8::17]', '2001:DB8::17', undefined],
  ['[2001:db8::17]:80', '2001:db8::17', 80],
  ['unknown', undefined, undefined],
  ['unknown:80', undefined, 80],
  ['_gazonk', undefined, undefined],
])('the node %p', (text, address, port) => {
  expect(parseForwardedNode(text)).toEqual({ address, port })
})

test.each([
  '',
  '2001:db8::17',
  '[192.0.2.1]',
  '[::1',
  '192.0.2.1:',
  '192.0.2.1:99999',
  '192.0.2.256',
  'host',
  '_',
  '_a b',
])('%p is no node', (text) => {
  expect(parseForwardedNode(text)).toBeUndefined()
})

const ranges = new IpRanges(['10.0.0.0/8', 'fd00::/8'].map((text) => parseRange(text) as IpRange))

function client(header: ForwardingHeader, peer: string, raw: string[], secure = false): HttpClientIdentity {
  const request: HttpRequest = {
    method: 'GET',
    target: '/',
    version: '1.1',
    host: 'x',
    headers: new Headers(raw),
    peer: { address: peer, secure },
    body: emptyBody,
    aborted: false,
    onAbort() {},
  }
  return clientOf(request, { ranges, header })
}

describe('the client by X-Forwarded-For', () => {
  const cases: readonly [what: string, peer: string, lines: string[], address: string][] = [
    ['a stranger says something', '192.0.2.9', ['1.1.1.1'], '192.0.2.9'],
    ['a proxy says nothing', '10.0.0.1', [], '10.0.0.1'],
    ['a proxy says who', '10.0.0.1', ['192.0.2.1'], '192.0.2.1'],
    ['what the client said stands before', '10.0.0.1', ['6.6.6.6, 10.9.9.9, 192.0.2.1'], '192.0.2.1'],
    ['two proxies', '10.0.0.1', ['6.6.6.6, 192.0.2.1, 10.0.0.2'], '192.0.2.1'],
    ['on several lines', '10.0.0.1', ['6.6.6.6', '192.0.2.1,10.0.0.2'], '192.0.2.1'],
    ['proxies alone', '10.0.0.1', ['10.0.0.3, 10.0.0.2'], '10.0.0.3'],
    ['something that is no address', '10.0.0.1', ['192.0.2.1, nobody, 10.0.0.2'], '10.0.0.2'],
    ['an empty element', '10.0.0.1', ['192.0.2.1,'], '10.0.0.1'],
    ['with a port', '10.0.0.1', ['192.0.2.1:5678'], '192.0.2.1'],
    ['IPv6', 'fd00::1', ['2001:DB8::1'], '2001:db8::1'],
    ['IPv6 with a port', 'fd00::1', ['[2001:db8::1]:443'], '2001:db8::1'],
    ['IPv4 in IPv6', '10.0.0.1', ['::ffff:192.0.2.1, ::ffff:10.0.0.2'], '192.0.2.1'],
  ]
  for (const [what, peer, lines, address] of cases) {
    test(what, () => {
      const raw = lines.flatMap((line) => ['X-Forwarded-For', line])
      expect(client('x-forwarded-for', peer, raw).address).toBe(address)
      expect(client('x-forwarded-for', peer, [...raw, 'Forwarded', 'for=7.7.7.7']).address).toBe(address)
    })
  }

  test.each<[raw: string[], secure: boolean, port: number | undefined]>([
    [['X-Forwarded-Proto', 'https', 'X-Forwarded-Port', '8443'], true, 8443],
    [['X-Forwarded-Proto', 'http, HTTPS', 'X-Forwarded-Port', '1,443'], true, 443],
    [['X-Forwarded-Proto', 'https, http'], false, undefined],
    [['X-Forwarded-Proto', 'gopher', 'X-Forwarded-Port', '70000'], false, undefined],
    [['X-Forwarded-Port', 'x'], false, undefined],
  ])('%j', (raw, secure, port) => {
    expect(client('x-forwarded-for', '10.0.0.1', raw)).toMatchObject({ secure, port })
    expect(client('x-forwarded-for', '192.0.2.1', raw)).toEqual({ address: '192.0.2.1', secure: false })
  })
})

describe('the client by Forwarded', () => {
  const cases: readonly [value: string, expected: HttpClientIdentity][] = [
    ['for=192.0.2.1;proto=https;host="a.example:8443"', { address: '192.0.2.1', secure: true, port: 8443 }],
    ['for=6.6.6.6;proto=http, for=192.0.2.1;proto=https', { address: '192.0.2.1', secure: true }],
    ['for=192.0.2.1;proto=https, for=10.0.0.2;proto=http', { address: '192.0.2.1', secure: true }],
    ['for="[2001:db8::1]:1234"', { address: '2001:db8::1', secure: false }],
    ['for=192.0.2.1, for=_hidden;proto=https', { address: '10.0.0.1', secure: true }],
    ['for=192.0.2.1, for=unknown', { address: '10.0.0.1', secure: false }],
    ['proto=https', { address: '10.0.0.1', secure: true }],
    ['for=192.0.2.1, for=', { address: '10.0.0.1', secure: false }],
    ['', { address: '10.0.0.1', secure: false }],
  ]
  for (const [value, expected] of cases) {
    test(JSON.stringify(value), () => {
      const given = client('forwarded', '10.0.0.1', ['X-Forwarded-For', '7.7.7.7', 'Forwarded', value])
      expect({ port: undefined, ...given }).toEqual({ port: undefined, ...expected })
      expect(client('forwarded', '192.0.2.7', ['Forwarded', value])).toEqual({
        address: '192.0.2.7',
        secure: false,
      })
    })
  }
})
