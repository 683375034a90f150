import type { PortalSite, SiteProduct } from '#model/portal.ts'
import { html, type Html } from '../../api-reference/html.ts'

/** A portal as one reader sees it. */
export interface Shown {
  readonly site: PortalSite
  /** Before every path of it: '' or `/_preview/{token}`. */
  readonly base: string
  readonly isPreview: boolean
  /** Where an API's stage is called. */
  readonly stageAddress: (restApiId: string, stage: string) => string
  /** Who has signed in; undefined where nobody has to. */
  readonly reader?: string | undefined
}

export interface Page {
  readonly title: string
  readonly main: Html
  /** Whose pages are named beside it. */
  readonly product?: SiteProduct | undefined
  /** Path of the page itself, below `base`. */
  readonly path: string
}

/** A whole page. */
export function layout(shown: Shown, page: Page): string {
  const { site, base, isPreview, reader } = shown
  const { displayName } = site.content
  const logo = logoOf(site)
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title === displayName ? displayName : `${page.title} – ${displayName}`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${base}/_assets/theme.css" />
        <link rel="stylesheet" href="${base}/_assets/portal.css" />
        <script src="${base}/_assets/portal.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <a href="${base}/"
            >${logo === undefined ? undefined : html`<img src="${logo}" alt="" />`}${displayName}</a
          >
          ${isPreview ? html`<span class="note">Preview: only who has this address sees it</span>` : undefined}
          <form role="search" action="${base}/search" method="get">
            <input
              name="q"
              type="search"
              aria-label="Search this portal"
              placeholder="Search"
              maxlength="100"
            />
            <button>Search</button>
          </form>
          ${
            reader === undefined
              ? undefined
              : html`<form method="post" action="/_sign-out">
                  <button>Sign out ${reader}</button>
                </form>`
          }
        </header>
        <nav aria-label="Contents">${navigation(shown, page)}</nav>
        <main id="main" tabindex="-1">${page.main}</main>
      </body>
    </html> `.text
}

/** Its logo, where a browser may load it: over the web, or in the address itself. */
export function logoOf({ logoUri }: PortalSite): string | undefined {
  if (logoUri === undefined || !URL.canParse(logoUri)) return undefined
  if (/^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/.test(logoUri)) return logoUri
  const { protocol, hostname, href } = new URL(logoUri)
  // Its origin goes into a policy of pages.
  return /^https?:$/.test(protocol) && /^[a-z0-9.-]+$/.test(hostname) ? href : undefined
}

function navigation({ site, base }: Shown, { product, path }: Page): readonly Html[] {
  const item = (to: string, name: string): Html =>
    html`<li>
      ${to === path ? html`<a href="${base}${to}" aria-current="page">${name}</a>` : html`<a href="${base}${to}">${name}</a>`}
    </li>`
  if (product === undefined) {
    return [
      html`<h2>Products</h2>
        <ul>
          ${site.products.map(({ id, name }) => item(`/products/${id}`, name))}
        </ul>`,
    ]
  }
  const at = `/products/${product.id}`
  const pages = [
    item(at, product.overview?.title ?? product.name),
    ...product.pages.map(({ id, title }) => item(`${at}/pages/${id}`, title)),
  ]
  return [
    html`<ul>
        ${item('/', 'All products')}
      </ul>
      <h2>${product.name}</h2>
      <ul>
        ${pages}
      </ul>`,
    ...product.sections.map(
      ({ name, endpoints }) =>
        html`<h2>${name === '' ? 'Endpoints' : name}</h2>
          <ul>
            ${endpoints.map((endpoint) => item(`${at}/endpoints/${endpoint.id}`, endpoint.name))}
          </ul>`,
    ),
  ]
}
