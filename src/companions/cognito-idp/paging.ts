import { invalidParameter } from './errors.ts'
import { pageItems } from './limits.ts'

/** One page of what is sorted by name; the token is the name after which the next one begins, in base64. */
export function pageOf<T>(
  all: readonly T[],
  nameOf: (item: T) => string,
  token: string | undefined,
  most: number = pageItems,
): { readonly items: readonly T[]; readonly next: string | undefined } {
  const after = token === undefined ? undefined : Buffer.from(token, 'base64').toString('utf8')
  if (after !== undefined && Buffer.from(after, 'utf8').toString('base64') !== token) {
    throw invalidParameter('Invalid pagination token')
  }
  const rest = all
    .map((item) => ({ item, name: nameOf(item) }))
    .filter(({ name }) => after === undefined || name > after)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const page = rest.slice(0, Math.max(1, most))
  const last = page.at(-1)
  const next =
    page.length < rest.length && last !== undefined
      ? Buffer.from(last.name, 'utf8').toString('base64')
      : undefined
  return { items: page.map(({ item }) => item), next }
}
