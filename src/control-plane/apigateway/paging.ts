import { setImmediate } from 'node:timers/promises'
import type { Kind } from '#base/kind.ts'
import type { Page, ParentKey, Store, Versioned } from '#store/store.ts'
import { badRequest } from './errors.ts'

/** Page size when the caller names none, and the most a caller may ask for (API Gateway API reference). */
export const pageItemsDefault = 25
export const pageItemsMax = 500

export interface PageInput {
  readonly limit?: number | undefined
  readonly position?: string | undefined
}

/** What a list operation reads: up to `limit` items whose id is past `after`. */
export interface PageRequest {
  readonly limit: number
  readonly after: string | undefined
}

/**
 * A limit below 1 is as none (recorded on AWS for GetApiKeys).
 * @throws BadRequestException for a position that no answer gave out
 */
export function pageRequest({ limit = 0, position }: PageInput): PageRequest {
  return {
    limit: limit < 1 ? pageItemsDefault : Math.min(limit, pageItemsMax),
    after: decodePosition(position),
  }
}

/**
 * One page and the position of the next.
 * @param items what was found past `after`: at least one more than `limit` when there is a next page
 * @param idOf what the next page starts after
 */
export function pageOf<T>(
  items: readonly T[],
  limit: number,
  idOf: (item: T) => string,
): { readonly page: readonly T[]; readonly position: string | undefined } {
  if (items.length <= limit) return { page: items, position: undefined }
  const page = items.slice(0, limit)
  return { page, position: encodePosition(idOf(page.at(-1) as T)) }
}

/** One page of a collection, and the position of the next. */
export async function listPage<T>(
  store: Pick<Store, 'list'>,
  kind: Kind<T>,
  parent: ParentKey,
  { limit, after }: PageRequest,
): Promise<{ readonly page: readonly T[]; readonly position: string | undefined }> {
  const found = await store.list(kind, parent, { after, limit: limit + 1 })
  const { page, position } = pageOf(found, limit, ({ id }) => id)
  return { page: page.map(({ value }) => value), position }
}

/** Most records read at once where only some are wanted. */
const searchedItemsMax = 1000

/**
 * One page of those records that are wanted, and the position of the next.
 * @param read may leave out what has gone since it looked
 */
export async function pageWhere<T>(
  read: (page: Page) => Promise<readonly Versioned<T>[]>,
  { limit, after }: PageRequest,
  wanted: (value: T) => boolean,
): Promise<{ readonly page: readonly T[]; readonly position: string | undefined }> {
  const found: Versioned<T>[] = []
  let from = after
  let searched = limit + 1
  while (found.length <= limit) {
    const some = await read({ after: from, limit: searched })
    if (some.length === 0) break
    found.push(...some.filter(({ value }) => wanted(value)))
    from = some.at(-1)?.id
    searched = Math.min(4 * searched, searchedItemsMax)
    // Where there are many, others have their turn.
    if (found.length <= limit) await setImmediate()
  }
  const { page, position } = pageOf(found, limit, ({ id }) => id)
  return { page: page.map(({ value }) => value), position }
}

function encodePosition(after: string): string {
  return Buffer.from(after, 'utf8').toString('base64url')
}

function decodePosition(position: string | undefined): string | undefined {
  // Some clients send an empty position for the first page.
  if (position === undefined || position === '') return undefined
  const after = Buffer.from(position, 'base64url').toString('utf8')
  if (encodePosition(after) !== position) throw badRequest('Invalid position parameter specified')
  return after
}
