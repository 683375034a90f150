import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { sameText } from '#base/same-text.ts'
import { previewPlace } from '#control-plane/apigatewayv2/portal-record.ts'
import { parseHost } from '#data-plane/host-name.ts'
import { BodyTooLarge } from '#http/errors.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import type { CognitoConfig, PortalSite } from '#model/portal.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Store } from '#store/store.ts'
import { jsonReply } from '../json-reply.ts'
import { layout, type Page, type Shown } from './pages/layout.ts'
import { plainPage } from './pages/prose-pages.ts'
import { signInPage } from './pages/sign-in-page.ts'
import { styleCss, themeCss } from './pages/theme.ts'
import { tryScript } from './pages/try-script.ts'
import { assetReply, pageReply, redirect } from './page-replies.ts'
import { PortalTable, type KnownPortal } from './portal-table.ts'
import { ReaderSessions } from './reader-sessions.ts'
import { pageAt } from './site-pages.ts'

export interface PortalsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly sealer: Sealer
  /** Where a stage of an API is called, as pages show it. */
  readonly stageAddress: (restApiId: string, stage: string, region: string) => string
  /** Signs a reader in. @returns whose password it is; why nobody came in */
  readonly signIn: (pool: CognitoConfig, name: string, password: string) => Promise<SignedIn>
}

export type SignedIn = { readonly reader: string } | { readonly refusal: string }

const formBytesMax = 4096
const PREVIEW = /^(\/_preview\/([\w-]{1,64}))(\/.*)$/

/** The developer portals that are published: pages made here, and nothing that runs but our own form. */
export class Portals {
  readonly #options: PortalsOptions
  readonly #table: PortalTable
  readonly #sessions: ReaderSessions

  /** @throws StoreUnavailable */
  static async start(options: PortalsOptions): Promise<Portals> {
    return new Portals(options, await PortalTable.start(options.store, options.log))
  }

  private constructor(options: PortalsOptions, table: PortalTable) {
    this.#options = options
    this.#table = table
    this.#sessions = new ReaderSessions(options.clock)
  }

  stop(): void {
    this.#table.stop()
  }

  /** @returns undefined when the request's host is no portal's */
  serve(request: HttpRequest): Promise<HttpReply> | undefined {
    const host = parseHost(request.host || (request.peer.serverName ?? ''))
    const ofDomain = this.#table.ofDomain(host.key)
    if (host.portalId === undefined && ofDomain === undefined) return undefined
    return this.#answer(request, ofDomain ?? this.#table.ofId(host.portalId ?? ''), ofDomain !== undefined)
  }

  async #answer(request: HttpRequest, known: KnownPortal | undefined, byDomain: boolean): Promise<HttpReply> {
    const { method, target } = request
    const [path, query = ''] = split(target)
    if (known === undefined) return nothingHere()
    const [, base, token = '', below = '/'] = PREVIEW.exec(path) ?? []
    if (base !== undefined) {
      if (!isReading(method) || !this.#mayPreview(known, token)) return nothingHere()
      const site = await this.#table.site(known, 'preview')
      return site === undefined
        ? nothingHere()
        : this.#page(known, site, below, query, { base, isPreview: true })
    }
    // Developer guide, "Use an API Gateway portal": where it has a domain name, the default one does not lead to it.
    if (known.portal.customDomain !== undefined && !byDomain) return nothingHere()
    const site = await this.#table.site(known, 'published')
    if (site === undefined) return nothingHere()
    return this.#visit(request, known, site, path, query)
  }

  /** Of what is published: who must sign in sees nothing before, except the way in. */
  async #visit(
    request: HttpRequest,
    known: KnownPortal,
    site: PortalSite,
    path: string,
    query: string,
  ): Promise<HttpReply> {
    const { cognito } = known.portal.authorization
    const { portalId } = known.portal
    const reader = cognito && this.#sessions.reader(portalId, request)
    if (request.method === 'POST' && cognito !== undefined && isOwnForm(request)) {
      if (path === '/_sign-in') return this.#signIn(request, known, site, cognito)
      if (path === '/_sign-out') return redirect('/', ['Set-Cookie', this.#sessions.end(request.peer.secure)])
    }
    if (!isReading(request.method))
      return jsonReply(405, { message: `A portal has no ${request.method} here.` })
    const isOpen = cognito === undefined || reader !== undefined || path.startsWith('/_assets/')
    if (!isOpen) return pageReply(401, signInPage(site), site)
    return this.#page(known, site, path, query, { base: '', isPreview: false, reader })
  }

  #page(
    { key }: KnownPortal,
    site: PortalSite,
    path: string,
    query: string,
    how: Pick<Shown, 'base' | 'isPreview' | 'reader'>,
  ): HttpReply {
    const asset = Object.hasOwn(assets, path) ? assets[path] : undefined
    if (asset !== undefined) return asset(site)
    const shown: Shown = {
      ...how,
      site,
      stageAddress: (restApiId, stage) => this.#options.stageAddress(restApiId, stage, key.region),
    }
    const page = pageAt(shown, path, query)
    const found: Page = page ?? plainPage('There is no such page', 'It may have been here before.')
    return pageReply(page === undefined ? 404 : 200, layout(shown, found), site)
  }

  async #signIn(
    request: HttpRequest,
    { portal }: KnownPortal,
    site: PortalSite,
    pool: CognitoConfig,
  ): Promise<HttpReply> {
    const form = await formOf(request)
    if (form === undefined)
      return jsonReply(413, { message: `A form here has at most ${formBytesMax} bytes.` })
    const signed = await this.#options.signIn(pool, form.get('name') ?? '', form.get('password') ?? '')
    if ('refusal' in signed) return pageReply(401, signInPage(site, signed.refusal), site)
    return redirect('/', [
      'Set-Cookie',
      this.#sessions.begin(portal.portalId, signed.reader, request.peer.secure),
    ])
  }

  /** Whoever has the address that its owner was told, for as long as it leads here. */
  #mayPreview({ portal }: KnownPortal, token: string): boolean {
    const { preview, portalId } = portal
    if (preview === undefined || 'failure' in preview || preview.until <= this.#options.clock.now())
      return false
    return sameText(token, this.#options.sealer.open(preview.token, previewPlace(portalId)))
  }
}

const assets: Readonly<Record<string, (site: PortalSite) => HttpReply>> = {
  '/_assets/theme.css': ({ content }) => assetReply('text/css', themeCss(content.customColors)),
  '/_assets/portal.css': () => assetReply('text/css', styleCss),
  '/_assets/portal.js': () => assetReply('text/javascript', tryScript),
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** @returns undefined for one that is too long */
async function formOf({ body }: HttpRequest): Promise<URLSearchParams | undefined> {
  try {
    return new URLSearchParams(Buffer.from(await body.bytes(formBytesMax)).toString('utf8'))
  } catch (error) {
    if (error instanceof BodyTooLarge) return undefined
    throw error
  }
}

/** Not another site's: browsers say whose page a form is on. */
function isOwnForm({ headers, host }: HttpRequest): boolean {
  const origin = headers.get('origin')
  if (origin === undefined) return headers.get('sec-fetch-site') === undefined
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

function split(target: string): readonly [path: string, query?: string] {
  const question = target.indexOf('?')
  return question === -1 ? [target] : [target.slice(0, question), target.slice(question + 1)]
}

/** The same of a portal that there is not, one that is not published, and a preview that is not the client's. */
function nothingHere(): HttpReply {
  return jsonReply(404, { message: 'No portal is published here.' })
}
