/** Reads DER (X.690), one level at a time. */

export interface DerValue {
  readonly tag: number
  readonly content: Uint8Array
  /** Tag and length, too: what signatures are over. */
  readonly whole: Uint8Array
}

/** The bytes are not what they should be. */
export class DerError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DerError'
  }
}

/** The values that stand one behind the other in `bytes`. @throws DerError */
export function readDer(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const start = at
    const tag = bytes[at++] as number
    let length = byteAt(bytes, at++)
    if (length > 0x80) {
      const size = length - 0x80
      if (size > LENGTH_BYTES_MAX) throw new DerError('a length of too many bytes')
      length = 0
      for (let i = 0; i < size; i++) length = length * 256 + byteAt(bytes, at++)
    } else if (length === 0x80) {
      throw new DerError('an indefinite length, which DER has not')
    }
    if (at + length > bytes.length) throw new DerError('a value that ends beyond its place')
    values.push({
      tag,
      content: bytes.subarray(at, at + length),
      whole: bytes.subarray(start, at + length),
    })
    at += length
  }
  return values
}

/** The values within the one that `bytes` are. @throws DerError */
export function readSequence(bytes: Uint8Array): DerValue[] {
  const [value, ...more] = readDer(bytes)
  if (value?.tag !== SEQUENCE || more.length > 0) throw new DerError('expected one sequence')
  return readDer(value.content)
}

/** The identifier as it is encoded, hexadecimal. @throws DerError */
export function readOid(value: DerValue | undefined): string {
  if (value?.tag !== OID) throw new DerError('expected an object identifier')
  return Buffer.from(value.content).toString('hex')
}

const SEQUENCE = 0x30
const OID = 0x06
const LENGTH_BYTES_MAX = 4

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new DerError('an end in the middle of a length')
  return byte
}
