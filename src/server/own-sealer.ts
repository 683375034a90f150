import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSealer, sealingKeyBytes, type Sealer } from '#store/sealing.ts'
import type { Config } from './config.ts'
import { StartError } from './listen.ts'
import { sealerOf } from './secret-key.ts'

/** In the data folder. */
const OWN_FILE = 'secret.key'

/**
 * Seals with the key of the file that is named, else with one made for the data folder, else, where nothing is kept,
 * with one of this process: never without.
 * @throws StartError naming the file, never what is in it
 */
export function ownSealer({
  secretKeyFile,
  dataDir,
  store,
}: Pick<Config, 'secretKeyFile' | 'dataDir' | 'store'>): Sealer {
  if (secretKeyFile !== undefined) return sealerOf(secretKeyFile)
  if (store !== undefined) {
    throw new StartError(
      '--store postgres://… needs --secret-key-file: all gateways of one database open secrets with one key; make it ' +
        `with: openssl rand -base64 ${sealingKeyBytes}`,
    )
  }
  if (dataDir === ':memory:') return createSealer(randomBytes(sealingKeyBytes))
  const file = join(dataDir, OWN_FILE)
  try {
    writeFileSync(file, `${randomBytes(sealingKeyBytes).toString('base64')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new StartError(`the key for secrets cannot be written: ${(error as Error).message}`)
    }
  }
  return sealerOf(file)
}
