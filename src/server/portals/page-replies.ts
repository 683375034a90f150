import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import type { PortalSite } from '#model/portal.ts'
import { logoOf } from './pages/layout.ts'

/** Of every answer of a portal. The address of a preview is a secret, so no page tells others where a reader came from. */
const always = [
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'same-origin',
  'Cross-Origin-Opener-Policy',
  'same-origin',
  'Cross-Origin-Resource-Policy',
  'same-origin',
] as const

export function pageReply(
  status: number,
  page: string,
  site: PortalSite | undefined,
  more: readonly string[] = [],
): HttpReply {
  const headers = [
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Security-Policy',
    contentPolicy(site),
    // Who may read a page is asked each time.
    'Cache-Control',
    'no-store',
    ...always,
    ...more,
  ]
  return { status, headers: new Headers(headers), body: textBody(page) }
}

export function assetReply(type: string, text: string): HttpReply {
  const headers = ['Content-Type', `${type}; charset=utf-8`, 'Cache-Control', 'no-cache', ...always]
  return { status: 200, headers: new Headers(headers), body: textBody(text) }
}

export function redirect(to: string, more: readonly string[] = []): HttpReply {
  return { status: 303, headers: new Headers(['Location', to, ...always, ...more]), body: textBody('') }
}

/** A page loads what is the portal's own, its logo, and calls no one but it and the addresses that endpoints have. */
function contentPolicy(site: PortalSite | undefined): string {
  const logo = site && logoOf(site)
  const image = logo === undefined || logo.startsWith('data:') ? [] : [new URL(logo).origin]
  const endpoints = (site?.products ?? []).flatMap(({ sections }) =>
    sections.flatMap((section) => section.endpoints),
  )
  const called = endpoints.flatMap(({ address, canTry }) =>
    canTry && address !== undefined ? [new URL(address).origin] : [],
  )
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    ["img-src 'self' data:", ...image].join(' '),
    ["connect-src 'self'", ...new Set(called)].join(' '),
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
