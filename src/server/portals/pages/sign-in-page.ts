import type { PortalSite } from '#model/portal.ts'
import { html } from '../../api-reference/html.ts'

/** All that a reader sees who has not signed in. @param refusal of a try before */
export function signInPage({ content }: PortalSite, refusal?: string): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Sign in – ${content.displayName}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/_assets/theme.css" />
        <link rel="stylesheet" href="/_assets/portal.css" />
      </head>
      <body>
        <header><a href="/">${content.displayName}</a></header>
        <main>
          <h1>Sign in</h1>
          ${refusal === undefined ? undefined : html`<p class="error" role="alert">${refusal}</p>`}
          <form class="sign-in" method="post" action="/_sign-in">
            <label
              ><span>Name</span> <input name="name" autocomplete="username" required maxlength="128"
            /></label>
            <label
              ><span>Password</span>
              <input name="password" type="password" autocomplete="current-password" required maxlength="256"
            /></label>
            <button>Sign in</button>
          </form>
        </main>
      </body>
    </html> `.text
}
