import { describe, expect, test } from 'bun:test'
import { parsePostgresUrl } from './postgres-url.ts'

describe('a URL', () => {
  const read: readonly [url: string, expected: object][] = [
    [
      'postgres://gate:p%40ss@db.example:5433/house',
      {
        hosts: [{ host: 'db.example', port: 5433 }],
        user: 'gate',
        password: 'p@ss',
        database: 'house',
        sslmode: 'prefer',
        schema: 'gatehouse',
        name: 'postgres://db.example:5433/house',
      },
    ],
    ['postgresql://h/d', { hosts: [{ host: 'h', port: 5432 }], user: 'gatehouse', password: '' }],
    [
      'postgres://u:p@one,two:6000,[::1]:1/d?sslmode=verify-full&schema=blue&timeout=250',
      {
        hosts: [
          { host: 'one', port: 5432 },
          { host: 'two', port: 6000 },
          { host: '[::1]', port: 1 },
        ],
        sslmode: 'verify-full',
        schema: 'blue',
        timeoutMs: 250,
        name: 'postgres://one:5432,two:6000,[::1]:1/d',
      },
    ],
  ]
  for (const [url, expected] of read) {
    test(url, () => expect(parsePostgresUrl(url)).toMatchObject(expected))
  }

  const refused: readonly [url: string, says: RegExp][] = [
    ['mysql://u:secret@h/d', /^expected postgres:\/\/USER:PASSWORD@HOST:PORT/],
    ['postgres://u:secret@h', /^expected postgres/],
    ['postgres://u:secret@h:port/d', /^expected postgres/],
    ['postgres://u:secret@h:65536/d', /^expected postgres/],
    ['postgres://u:secret@/d', /^expected postgres/],
    ['postgres://u:secret%@h/d', /percent-encoded/],
    [
      'postgres://u:secret@h/d?sslmode=maybe',
      /an sslmode of disable, prefer, require, verify-ca, verify-full/,
    ],
    ['postgres://u:secret@h/d?schema=Blue', /a schema of up to 63 lower-case/],
    ['postgres://u:secret@h/d?schema=a"b', /a schema of up to 63 lower-case/],
    ['postgres://u:secret@h/d?timeout=0', /a timeout from 1 to 999999 milliseconds/],
    ['postgres://u:secret@h/d?ssl=true', /unknown parameter ssl; there are sslmode, sslrootcert/],
    ['postgres://u:secret@h/d?sslrootcert=/none.pem', /sslrootcert: cannot read \/none\.pem \(ENOENT\)/],
  ]
  for (const [url, says] of refused) {
    test(`${url} is refused, without its password`, () => {
      const refusal = (): unknown => parsePostgresUrl(url)
      expect(refusal).toThrow(says)
      expect(refusal).not.toThrow(/secret/)
    })
  }
})
