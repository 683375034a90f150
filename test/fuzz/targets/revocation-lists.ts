import { DerError } from '#base/read-der.ts'
import { readRevocationLists } from '#http/tls/revocation-list.ts'
import { Authority } from '../../support/certificates.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Revocation lists, whole and damaged: read, or refused by name.

const authority = Authority.create('Clients')
const whole = Buffer.from(
  authority
    .revoke(authority.issue({ commonName: 'a' }), authority.issue({ commonName: 'b' }))
    .replace(/-----[^-]+-----/g, ''),
  'base64',
)

function check(bytes: Uint8Array): void {
  const text = `-----BEGIN X509 CRL-----\n${Buffer.from(bytes).toString('base64')}\n-----END X509 CRL-----\n`
  try {
    const { size } = readRevocationLists(text)
    if (size > bytes.length) throw new Finding(`${size} entries in ${bytes.length} bytes`, bytes)
  } catch (error) {
    if (!(error instanceof DerError)) throw new Finding(String(error), bytes)
  }
}

export const target: FuzzTarget = {
  name: 'revocation-lists',
  async run(random) {
    check(whole)
    for (let i = 0; i < 50; i++) {
      const bytes = Buffer.from(whole)
      for (let left = random.between(1, 4); left > 0; left--) {
        bytes[random.below(bytes.length)] = random.pick([
          0,
          0x30,
          0x02,
          0x7f,
          0x80,
          0x84,
          0xff,
          random.below(256),
        ])
      }
      check(random.chance(0.3) ? bytes.subarray(0, random.below(bytes.length)) : bytes)
    }
  },
  async replay(input) {
    check(input)
  },
}
