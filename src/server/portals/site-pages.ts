import type { SiteProduct } from '#model/portal.ts'
import { endpointPage } from './pages/endpoint-page.ts'
import { type Page, type Shown } from './pages/layout.ts'
import { homePage, productPage, prosePage, searchPage } from './pages/prose-pages.ts'

const queryCharactersMax = 100

/** A page of a portal's site. @param path below its base, without query @returns undefined when there is none */
export function pageAt(shown: Shown, path: string, query: string): Page | undefined {
  for (const [pattern, page] of routes) {
    const match = pattern.exec(path)
    if (match !== null) return page(shown, match.slice(1), query)
  }
  return undefined
}

const routes: readonly (readonly [
  RegExp,
  (shown: Shown, ids: readonly string[], query: string) => Page | undefined,
])[] = [
  [/^\/$/, (shown) => homePage(shown)],
  [
    /^\/search$/,
    (shown, _ids, query) =>
      searchPage(shown, (new URLSearchParams(query).get('q') ?? '').slice(0, queryCharactersMax)),
  ],
  [
    /^\/products\/(\w+)$/,
    (shown, [id]) => {
      const product = productOf(shown, id)
      return product && productPage(shown, product)
    },
  ],
  [
    /^\/products\/(\w+)\/pages\/(\w+)$/,
    (shown, [id, pageId]) => {
      const product = productOf(shown, id)
      const page = product?.pages.find((each) => each.id === pageId)
      return product && page && prosePage(product, page)
    },
  ],
  [
    /^\/products\/(\w+)\/endpoints\/(\w+)$/,
    (shown, [id, endpointId]) => {
      const product = productOf(shown, id)
      const all = product?.sections.flatMap(({ endpoints }) => endpoints)
      const endpoint = all?.find((each) => each.id === endpointId)
      return product && endpoint && endpointPage(shown, product, endpoint)
    },
  ],
]

function productOf({ site }: Shown, id: string | undefined): SiteProduct | undefined {
  return site.products.find((product) => product.id === id)
}
