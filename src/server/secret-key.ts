import { readFileSync } from 'node:fs'
import { createSealer, sealingKeyBytes, type Sealer } from '#store/sealing.ts'
import { StartError } from './listen.ts'

const HEXADECIMAL = /^[0-9a-f]+$/i

/** @throws StartError, which shows nothing of the key */
export function sealerOf(file: string): Sealer {
  return createSealer(readSecretKey(file))
}

/** @param file as `openssl rand -base64 32` writes it @throws StartError, which shows nothing of the key */
export function readSecretKey(file: string): Buffer {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new StartError(`--secret-key-file: cannot read ${file} (${(error as { code?: string }).code})`)
  }
  const isHexadecimal = text.length === 2 * sealingKeyBytes && HEXADECIMAL.test(text)
  const key = Buffer.from(text, isHexadecimal ? 'hex' : 'base64')
  if (key.length !== sealingKeyBytes) {
    throw new StartError(
      `--secret-key-file: expected ${sealingKeyBytes} bytes in Base64 or hexadecimal in ${file}, found ${key.length}; make one with: openssl rand -base64 ${sealingKeyBytes}`,
    )
  }
  return key
}
