import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sealingKeyBytes } from '#store/sealing.ts'
import type { Config } from './config.ts'
import { StartError } from './listen.ts'

/** Beside the database, where no other file is named. */
const OWN_FILE = 'secret.key'

/**
 * The key with which secrets are kept sealed: of the file that is named, else one made for this data folder, else,
 * where nothing is kept, one of this process.
 * @throws StartError naming the file, never what is in it
 */
export function secretKey({ secretKeyFile, dataDir }: Pick<Config, 'secretKeyFile' | 'dataDir'>): Uint8Array {
  if (secretKeyFile !== undefined) return readKey(secretKeyFile)
  if (dataDir === ':memory:') return randomBytes(sealingKeyBytes)
  const file = join(dataDir, OWN_FILE)
  try {
    writeFileSync(file, `${randomBytes(sealingKeyBytes).toString('base64')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new StartError(`the key for secrets cannot be written: ${(error as Error).message}`)
    }
  }
  return readKey(file)
}

function readKey(file: string): Uint8Array {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new StartError(`the key for secrets cannot be read: ${(error as Error).message}`)
  }
  const key = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')
  if (key.length === sealingKeyBytes) return key
  throw new StartError(
    `${file}: expected a key of ${sealingKeyBytes} bytes in Base64 or hexadecimal (openssl rand -base64 ${sealingKeyBytes}), found ${key.length}`,
  )
}
