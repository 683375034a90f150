import type { PortalSite } from '#model/portal.ts'

export interface Hit {
  /** Below the portal's base. */
  readonly path: string
  readonly title: string
  /** Where the words are, or what it belongs to. */
  readonly about: string
}

const hitsMax = 50
const wordsMax = 8
const aroundCharacters = 80

/**
 * Pages in which every word is, whatever its case; those with all of them in their titles first.
 * @returns `more`: there are others
 */
export function searchSite(
  site: PortalSite,
  asked: string,
): { readonly hits: readonly Hit[]; readonly more: boolean } {
  const words = asked
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, wordsMax)
  if (words.length === 0) return { hits: [], more: false }
  const inTitle: Hit[] = []
  const inText: Hit[] = []
  for (const { title, path, text } of pagesOf(site)) {
    const low = title.toLowerCase()
    const all = `${low}\n${text.toLowerCase()}`
    if (!words.every((word) => all.includes(word))) continue
    const hits = words.every((word) => low.includes(word)) ? inTitle : inText
    hits.push({ path, title, about: around(text, words) })
  }
  const hits = [...inTitle, ...inText]
  return { hits: hits.slice(0, hitsMax), more: hits.length > hitsMax }
}

interface Searched {
  readonly path: string
  readonly title: string
  readonly text: string
}

function* pagesOf({ products }: PortalSite): Generator<Searched> {
  for (const { id, name, description = '', overview, pages, sections } of products) {
    const path = `/products/${id}`
    yield { path, title: name, text: [description, overview?.title, overview?.body].join('\n').trim() }
    for (const page of pages) yield { path: `${path}/pages/${page.id}`, title: page.title, text: page.body }
    for (const { name: title, id: endpointId, endpoint, body = '', operation } of sections.flatMap(
      ({ endpoints }) => endpoints,
    )) {
      const text = `${endpoint.method} ${endpoint.path} in ${name}\n${body}\n${namesOf(operation['parameters'])}`
      yield { path: `${path}/endpoints/${endpointId}`, title, text }
    }
  }
}

function namesOf(parameters: unknown): string {
  if (!Array.isArray(parameters)) return ''
  return (parameters as readonly { readonly name?: unknown }[]).map(({ name }) => String(name)).join(' ')
}

/** The line about the first word that is in the text, else its beginning. */
function around(text: string, words: readonly string[]): string {
  const low = text.toLowerCase()
  const at = Math.max(
    0,
    ...words
      .map((word) => low.indexOf(word))
      .filter((index) => index !== -1)
      .slice(0, 1),
  )
  const from = Math.max(0, at - aroundCharacters)
  const some = text
    .slice(from, at + aroundCharacters)
    .replaceAll(/\s+/g, ' ')
    .trim()
  return `${from > 0 ? '…' : ''}${some}${at + aroundCharacters < text.length ? '…' : ''}`
}
