import type { SitePage, SiteProduct } from '#model/portal.ts'
import { html, type Html } from '../../api-reference/html.ts'
import { markdownHtml } from '../markdown/markdown-html.ts'
import type { Page, Shown } from './layout.ts'
import { searchSite } from './search-site.ts'

export function homePage({ site, base }: Shown): Page {
  const { displayName, description } = site.content
  const cards = site.products.map(
    ({ id, name, description: about }) =>
      html`<li>
        <h2><a href="${base}/products/${id}">${name}</a></h2>
        <p>${about}</p>
      </li>`,
  )
  return {
    title: displayName,
    path: '/',
    main: html`<h1>${displayName}</h1>
      ${description === undefined ? undefined : html`<p>${description}</p>`}
      ${
        cards.length === 0
          ? html`<p>There are no products here yet.</p>`
          : html`<ul class="cards">
              ${cards}
            </ul>`
      }`,
  }
}

/** Its overview page, where it has one, and its endpoints. */
export function productPage({ base }: Shown, product: SiteProduct): Page {
  const { id, name, description, overview, sections } = product
  const parts = sections.map(
    (section) =>
      html`<h2>${section.name === '' ? 'Endpoints' : section.name}</h2>
        <ul class="cards">
          ${section.endpoints.map(
            ({ id: endpointId, name: title, endpoint }) =>
              html`<li>
                <h3><a href="${base}/products/${id}/endpoints/${endpointId}">${title}</a></h3>
                <p class="place">${endpoint.method} ${endpoint.path}</p>
              </li>`,
          )}
        </ul>`,
  )
  return {
    title: overview?.title ?? name,
    path: `/products/${id}`,
    product,
    main: html`<h1>${overview?.title ?? name}</h1>
      ${description === undefined ? undefined : html`<p>${description}</p>`}
      ${overview === undefined ? undefined : markdownHtml(overview.body)} ${parts}`,
  }
}

export function prosePage(product: SiteProduct, { id, title, body }: SitePage): Page {
  return {
    title,
    path: `/products/${product.id}/pages/${id}`,
    product,
    main: html`<h1>${title}</h1>
      ${markdownHtml(body)}`,
  }
}

export function searchPage({ site, base }: Shown, words: string): Page {
  const { hits, more } = searchSite(site, words)
  return {
    title: `Search: ${words}`,
    path: '/search',
    main: html`<h1>Search</h1>
      <form role="search" action="${base}/search" method="get">
        <label>Words <input name="q" type="search" value="${words}" maxlength="100" /></label>
        <p><button>Search</button></p>
      </form>
      <p role="status">${found(hits.length, more)}</p>
      <ul class="cards">
        ${hits.map(
          ({ path, title, about }) =>
            html`<li>
              <h2><a href="${base}${path}">${title}</a></h2>
              <p class="muted">${about}</p>
            </li>`,
        )}
      </ul>`,
  }
}

function found(count: number, more: boolean): string {
  if (more) return `The first ${count} pages`
  return count === 1 ? '1 page' : `${count} pages`
}

/** A page that says one thing. */
export function plainPage(title: string, text: string | Html): Page {
  return {
    title,
    path: '',
    main: html`<h1>${title}</h1>
      <p>${text}</p>`,
  }
}
