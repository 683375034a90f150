import { kind, type Kind } from '#base/kind.ts'
import type { ParentKey } from '#store/store.ts'

/** Every transaction writes one record of its number below each of so many parents. */
export const recordsEach = 5

export const parts: Kind<{ readonly mine: number; readonly filling: string }> = kind('part')

export function place(parent: string): ParentKey {
  return { account: '000000000000', region: 'eu-west-1', parent }
}
