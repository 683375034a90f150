import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Keeps secrets so that who reads the store's files alone does not learn them. */
export interface Sealer {
  /** @param place what the secret belongs to: elsewhere it does not open */
  seal(secret: string, place: string): string
  /**
   * What was never sealed is given back as it is: it was kept before there was a key.
   * @throws SealError
   */
  open(kept: string, place: string): string
}

/** A secret cannot be had back. Says why; shows nothing of it. */
export class SealError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SealError'
  }
}

export const sealingKeyBytes = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** A shorter tag is not taken for one. */
const GCM = { authTagLength: TAG_BYTES }
const SEALED = 'sealed:1:'

/** AES-256-GCM (NIST SP 800-38D), a random nonce for each secret. @param key `sealingKeyBytes` of them */
export function createSealer(key: Uint8Array): Sealer {
  if (key.length !== sealingKeyBytes) {
    throw new SealError(`a key to seal with has ${sealingKeyBytes} bytes; found ${key.length}`)
  }
  return {
    seal(secret, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, GCM).setAAD(Buffer.from(place))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return SEALED + Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
    },
    open(kept, place) {
      if (!kept.startsWith(SEALED)) return kept
      const bytes = Buffer.from(kept.slice(SEALED.length), 'base64')
      const textStart = NONCE_BYTES + TAG_BYTES
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), GCM)
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(NONCE_BYTES, textStart))
        return decipher.update(bytes.subarray(textStart), undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new SealError(`${place} was sealed with another key, or has been changed`, { cause })
      }
    },
  }
}

/** Without a key, as in a store that is kept nowhere: secrets stay as they are. */
export const plainSealer: Sealer = {
  seal: (secret) => secret,
  open(kept, place) {
    if (!kept.startsWith(SEALED)) return kept
    throw new SealError(
      `${place} was sealed with a key: start with the --secret-key-file that it was sealed with`,
    )
  },
}
