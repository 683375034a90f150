import { kind, type Kind } from '#base/kind.ts'
import { SealError, type Sealer } from '#store/sealing.ts'
import type { Key, Store } from '#store/store.ts'
import { StartError } from './listen.ts'

const sealed: Kind<{ readonly sealed: string }> = kind('secret-key-check')
const place: Key = { account: '', region: '', parent: '', id: 'gateway' }

/**
 * Makes sure that all gateways of a database have one key: with another one, a gateway would find out secret by secret.
 * @throws StartError, StoreUnavailable
 */
export async function checkSharedKey(store: Store, sealer: Sealer): Promise<void> {
  const known = await store.transact(async (tx) => {
    const found = (await tx.read(sealed, place))?.value
    if (found === undefined) tx.create(sealed, place, { sealed: sealer.seal('', sealed.name) })
    return found
  })
  try {
    if (known !== undefined) sealer.open(known.sealed, sealed.name)
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    throw new StartError(
      '--secret-key-file: the secrets in this database were sealed with another key: give every gateway the same file',
    )
  }
}
