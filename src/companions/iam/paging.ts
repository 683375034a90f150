import { invalid } from './iam-error.ts'
import { pageItems } from './limits.ts'

/** One page of a listing; the marker is the name after which the next one begins, in base64. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly IsTruncated: boolean
  readonly Marker: string | undefined
}

export interface PageRequest {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/**
 * @param all in any order
 * @param nameOf unique
 * @throws AwsError for a marker that nobody was given
 */
export function pageOf<T>(
  all: readonly T[],
  nameOf: (item: T) => string,
  { Marker, MaxItems = pageItems }: PageRequest,
): Page<T> {
  const after = Marker === undefined ? undefined : readMarker(Marker)
  const sorted = all
    .map((item) => ({ item, name: nameOf(item) }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .filter(({ name }) => after === undefined || name > after)
  const page = sorted.slice(0, MaxItems)
  const last = page.at(-1)
  const IsTruncated = page.length < sorted.length
  return {
    items: page.map(({ item }) => item),
    IsTruncated,
    Marker: IsTruncated && last !== undefined ? Buffer.from(last.name, 'utf8').toString('base64') : undefined,
  }
}

function readMarker(marker: string): string {
  const bytes = Buffer.from(marker, 'base64')
  if (bytes.toString('base64') !== marker) throw invalid(`Invalid Marker: ${marker.slice(0, 100)}`)
  return bytes.toString('utf8')
}
