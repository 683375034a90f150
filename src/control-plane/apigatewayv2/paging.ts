import type { Kind } from '#base/kind.ts'
import type { ParentKey, Store } from '#store/store.ts'
import { badRequest } from '../apigateway/errors.ts'
import { listPage, pageOf, pageRequest, type PageRequest } from '../apigateway/paging.ts'

/** How version 2 asks for pages. */
export interface PageInput {
  /** A decimal number. */
  readonly MaxResults?: string | undefined
  readonly NextToken?: string | undefined
}

export interface ItemPage<T> {
  readonly Items: readonly T[]
  readonly NextToken: string | undefined
}

/** @throws BadRequestException for a number that is none, and a token that no answer gave out */
export function itemsRequest({ MaxResults, NextToken }: PageInput): PageRequest {
  if (MaxResults !== undefined && !/^\d{1,9}$/.test(MaxResults)) {
    throw badRequest(`Invalid maxResults parameter specified: ${MaxResults}. Expected a whole number`)
  }
  return pageRequest({ limit: Number(MaxResults ?? 0), position: NextToken })
}

/** One page of a collection. @throws BadRequestException */
export async function listItems<T, Shown>(
  store: Pick<Store, 'list'>,
  kind: Kind<T>,
  parent: ParentKey,
  input: PageInput,
  shown: (record: T) => Shown,
): Promise<ItemPage<Shown>> {
  const { page, position } = await listPage(store, kind, parent, itemsRequest(input))
  return { Items: page.map((record) => shown(record)), NextToken: position }
}

/** One page of what is kept within a record, by id. @throws BadRequestException */
export function pageOfMap<T, Shown>(
  map: Readonly<Record<string, T>>,
  input: PageInput,
  shown: (item: T) => Shown,
): ItemPage<Shown> {
  const { limit, after } = itemsRequest(input)
  const entries = Object.entries(map)
    .filter(([id]) => after === undefined || id > after)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const { page, position } = pageOf(entries, limit, ([id]) => id)
  return { Items: page.map(([, item]) => shown(item)), NextToken: position }
}
