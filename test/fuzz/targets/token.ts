import { generateKeyPairSync } from 'node:crypto'
import { readKeySet } from '#languages/jwt/key-set.ts'
import { signToken } from '#languages/jwt/sign.ts'
import { readToken } from '#languages/jwt/token.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Tokens with something changed, in the text or below its encoding: only the one that was signed is taken.

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keySet = readKeySet(
  Buffer.from(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256' }] })),
)
const SIGNED = signToken({ sub: 'ada', exp: 2_000_000_000, groups: ['a', 'b'] }, { id: 'k', key: privateKey })

const PIECES = [
  '.',
  '..',
  '=',
  '-',
  '_',
  '+',
  '/',
  ' ',
  '\n',
  '"alg":"none"',
  '"alg":"HS256"',
  '"kid":"x",',
  '"crit":["b64"],',
  '"sub":"root",',
  '\\u0061',
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  '1e999',
] as const

function check(text: string): void {
  let isTaken = false
  try {
    const token = readToken(text)
    const key = token && keySet?.find(token)
    isTaken = key !== undefined && token?.algorithm.verify(token.signed, token.signature, key) === true
  } catch (error) {
    throw new Finding(`throws ${String(error)}`, text)
  }
  if (isTaken && text !== SIGNED) throw new Finding('another token was taken', text)
}

function changed(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const piece = random.chance(0.6) ? random.pick(PIECES) : String.fromCharCode(random.below(256))
  return text.slice(0, at) + piece + text.slice(at + random.below(4))
}

/** One of the token's parts, decoded, changed and encoded again. */
function changedInside(random: Random): string {
  const parts = SIGNED.split('.')
  const at = random.below(parts.length)
  const inside = Buffer.from(parts[at] as string, 'base64url').toString('latin1')
  parts[at] = Buffer.from(changed(random, inside), 'latin1').toString('base64url')
  return parts.join('.')
}

export const target: FuzzTarget = {
  name: 'token',
  async run(random) {
    check(SIGNED)
    let text = random.chance(0.5) ? changedInside(random) : changed(random, SIGNED)
    while (random.chance(0.3)) text = changed(random, text)
    check(text)
  },
  async replay(input) {
    check(Buffer.from(input).toString('latin1'))
  },
}
