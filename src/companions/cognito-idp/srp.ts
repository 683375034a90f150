import { createHash, createHmac, randomBytes } from 'node:crypto'

// Secure Remote Password as user pools speak it: SRP-6a (RFC 5054) over the 3072-bit group of RFC 3526 with SHA-256, numbers
// written as two's complement, and a key of 16 bytes by HKDF with `Caldera Derived Key`.

const N_HEX =
  'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74' +
  '020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437' +
  '4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED' +
  'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05' +
  '98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB' +
  '9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B' +
  'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718' +
  '3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33' +
  'A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7' +
  'ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864' +
  'D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2' +
  '08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF'

const N = BigInt(`0x${N_HEX}`)
const G = 2n
const K = hashOf(N, G)
/** An `A` of more characters is none. */
const numberCharactersMax = N_HEX.length + 2

/** What a server keeps of a password. Numbers are hexadecimal. */
export interface Verifier {
  readonly salt: string
  readonly verifier: string
}

/** Whose password it is: the pool's id without its region, and the user's name. */
export interface SrpUser {
  readonly poolName: string
  readonly username: string
}

export function verifierOf(
  user: SrpUser,
  password: string,
  salt: string = randomBytes(16).toString('hex'),
): Verifier {
  const identity = createHash('sha256').update(`${user.poolName}${user.username}:${password}`).digest()
  const x = createHash('sha256')
    .update(signed(BigInt(`0x${salt}`)))
    .update(identity)
    .digest('hex')
  return { salt, verifier: power(G, BigInt(`0x${x}`)).toString(16) }
}

/** A server's half of a sign-in. */
export interface SrpChallenge {
  /** Secret. */
  readonly b: string
  readonly B: string
}

export function newChallenge(verifier: string): SrpChallenge {
  const b = BigInt(`0x${randomBytes(32).toString('hex')}`)
  const B = (K * BigInt(`0x${verifier}`) + power(G, b)) % N
  return { b: b.toString(16), B: B.toString(16) }
}

/** @returns undefined for what nobody sends who knows a password: an `A` for which any would do */
export function readPublic(A: string): string | undefined {
  if (A.length > numberCharactersMax || !/^[0-9a-fA-F]+$/.test(A)) return undefined
  return BigInt(`0x${A}`) % N === 0n ? undefined : A.toLowerCase()
}

/** What both sides know, if the password is right: the key of the client's proof. */
export function sessionKey(A: string, { b, B }: SrpChallenge, verifier: string): Buffer {
  const [a, ours] = [BigInt(`0x${A}`), BigInt(`0x${B}`)]
  const u = hashOf(a, ours)
  const S = power(a * power(BigInt(`0x${verifier}`), u), BigInt(`0x${b}`))
  const extracted = createHmac('sha256', signed(u)).update(signed(S)).digest()
  return createHmac('sha256', extracted).update('Caldera Derived Key\u0001').digest().subarray(0, 16)
}

/** What the client proves that it has the key with. */
export function proofOf(key: Uint8Array, user: SrpUser, secretBlock: Uint8Array, timestamp: string): Buffer {
  return createHmac('sha256', key)
    .update(user.poolName)
    .update(user.username)
    .update(secretBlock)
    .update(timestamp)
    .digest()
}

function hashOf(...numbers: readonly bigint[]): bigint {
  const hash = createHash('sha256')
  for (const number of numbers) hash.update(signed(number))
  return BigInt(`0x${hash.digest('hex')}`)
}

/** Two's complement of a number that is not negative: its highest bit is clear. */
function signed(number: bigint): Buffer {
  const hex = number.toString(16)
  const even = hex.length % 2 === 1 ? `0${hex}` : hex
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex')
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % N]
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % N
    square = (square * square) % N
  }
  return result
}
