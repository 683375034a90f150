import type { CustomColors } from '#model/portal.ts'

/** What AWS's console begins a theme with; also in the place of what is no colour. */
const defaults: CustomColors = {
  accentColor: '#0972d3',
  backgroundColor: '#ffffff',
  errorValidationColor: '#d13212',
  headerColor: '#000716',
  navigationColor: '#f4f4f4',
  textColor: '#000716',
}

/** Hexadecimal, by name, or by numbers: nothing that would end a declaration. */
const COLOR = /^(?:#[0-9a-f]{3,8}|[a-z]{3,20}|(?:rgb|hsl)a?\([\d\s.,%/]{1,12}\))$/i

/**
 * The portal's colours. Readers who want it dark have the owner's accent on colours of our own: the owner's are for light.
 */
export function themeCss(colors: CustomColors): string {
  const color = (name: keyof CustomColors): string =>
    COLOR.test(colors[name]) ? colors[name] : defaults[name]
  const header = color('headerColor')
  return `:root {
  --accent: ${color('accentColor')};
  --link: var(--accent);
  --background: ${color('backgroundColor')};
  --error: ${color('errorValidationColor')};
  --header: ${header};
  --on-header: ${onColor(header)};
  --on-accent: ${onColor(color('accentColor'))};
  --navigation: ${color('navigationColor')};
  --text: ${color('textColor')};
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #10151c;
    --error: #ff8a7a;
    --navigation: #171e27;
    --text: #e3e8ee;
    --link: color-mix(in srgb, var(--accent) 55%, white);
  }
}
`
}

/** Black or white, whichever is read more easily on a colour (WCAG 2.2, relative luminance); white where it is not known. */
function onColor(color: string): string {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(color)?.[1]
  if (hex === undefined) return '#fff'
  const width = hex.length < 6 ? 1 : 2
  const [red = 0, green = 0, blue = 0] = [0, 1, 2].map((at) => {
    const digits = hex.slice(at * width, (at + 1) * width)
    const share = Number.parseInt(width === 1 ? digits + digits : digits, 16) / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#000' : '#fff'
}

/** How pages look, whatever their colours. */
export const styleCss: string = `* { box-sizing: border-box }
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; color: var(--text); background: var(--background) }
body { margin: 0; min-height: 100vh; display: grid; grid-template: auto 1fr / minmax(14rem, 19rem) minmax(0, 1fr) }
a { color: var(--link) }
a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible, select:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.skip { position: absolute; left: -99rem; padding: .5rem 1rem; background: var(--background); z-index: 1 }
.skip:focus { left: 0 }
header { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: .7rem 1.5rem; background: var(--header); color: var(--on-header) }
header a { color: inherit; text-decoration: none; font-weight: 600; font-size: 1.15rem; display: flex; gap: .7rem; align-items: center }
header img { max-height: 2rem; max-width: 10rem }
header form { margin-left: auto; display: flex; gap: .5rem }
header .note { font-size: .85rem }
nav { background: var(--navigation); padding: 1rem 1.5rem; overflow-wrap: anywhere }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0 }
nav li { margin: .15rem 0 }
nav a { text-decoration: none; display: block; padding: .15rem .4rem; border-radius: .3rem }
nav a[aria-current] { background: color-mix(in srgb, var(--accent) 15%, transparent); font-weight: 600 }
nav h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; opacity: .75; margin: 1rem 0 .3rem }
main { padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 64rem; overflow-wrap: break-word; min-width: 0 }
h1 { line-height: 1.2; margin: .3rem 0 1rem }
h2 { margin: 2rem 0 .5rem }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); padding: 0; list-style: none }
.cards li { border: 1px solid color-mix(in srgb, var(--text) 22%, transparent); border-radius: .6rem; padding: 1rem 1.2rem }
.cards h2, .cards h3 { margin: 0 0 .3rem; font-size: 1.1rem }
.cards p { margin: 0 }
.place { font: .8rem ui-monospace, monospace; color: var(--link) }
code, pre, .mono, textarea { font-family: ui-monospace, monospace; font-size: .9em }
pre { overflow: auto; max-height: 32rem; padding: .8rem 1rem; border-radius: .5rem; background: color-mix(in srgb, var(--text) 8%, transparent) }
blockquote { margin: 1rem 0; padding: 0 1rem; border-left: 4px solid var(--accent) }
.wide { overflow-x: auto }
table { border-collapse: collapse; min-width: 50% }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid color-mix(in srgb, var(--text) 18%, transparent) }
.method { display: inline-block; padding: 0 .5em; border-radius: .3rem; background: var(--accent); color: var(--on-accent); font: 600 .8em ui-monospace, monospace }
.muted { opacity: .75 }
form.try { border: 1px solid color-mix(in srgb, var(--text) 22%, transparent); border-radius: .6rem; padding: 1rem 1.2rem }
form.try label, form.sign-in label { display: block; margin: .6rem 0 }
form.try label > span, form.sign-in label > span { display: block; font-size: .9rem; font-weight: 600 }
input, textarea, select { width: 100%; max-width: 36rem; padding: .45rem .6rem; border: 1px solid color-mix(in srgb, var(--text) 45%, transparent); border-radius: .4rem; background: var(--background); color: var(--text); font-size: 1rem }
header input { width: min(16rem, 50vw) }
textarea { resize: vertical }
textarea[name=body] { min-height: 10rem }
button { padding: .5rem 1.1rem; border: 0; border-radius: .4rem; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer }
button:disabled { opacity: .5; cursor: wait }
.error { color: var(--error) }
.answer[hidden] { display: none }
@media (max-width: 48rem) { body { display: block } nav { border-bottom: 1px solid color-mix(in srgb, var(--text) 18%, transparent) } }
`
