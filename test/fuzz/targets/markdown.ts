import { markdownHtml } from '../../../src/server/portals/markdown/markdown-html.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Prose of portals: whatever its owner writes, the page has the tags of Markdown alone, each closed, and no address that
// runs anything; and it takes no time to speak of.

const MARKS =
  '< > " \' & ` ``` ~~~ * ** _ __ ~~ [ ] ( ) ![ ]( # ## > - + 1. 2) | |-|-| \\ \\| http:// https://x javascript: data:'
const SPACES = ['\n', '\n\n', '  \n', '\r\n', '\r', '    ', '\t', ' ', '\0', 'a', 'b c', 'é', '😀', '\ud83d']
const WHOLE =
  '<script>;</pre>; onclick="x";[a](https://x);[a](javascript:x);<https://x>;- - - a;> > > a'.split(';')
const PIECES = [...MARKS.split(' '), ...SPACES, ...WHOLE]
const TAG =
  /<\/?(?:p|h[2-6]|pre|code|blockquote|[uo]l|li|table|thead|tbody|tr|th|td|div|hr|em|strong|del|a|br)(?:\s+(?:tabindex="0"|start="\d+"|class="wide"|scope="col"|href="(?:https?:\/\/|mailto:|#|\/(?![/\\])|\?)[^"<>]*"|rel="[a-z ]+"))*\s*\/?>/gi
const PAIRED = ['a', 'p', 'li', 'ul', 'ol', 'pre', 'em', 'strong', 'del', 'table', 'td', 'blockquote']
const MS_MAX = 1000

function check(text: string): void {
  const from = performance.now()
  const html = markdownHtml(text)
    .map((each) => each.text)
    .join('')
  if (performance.now() - from > MS_MAX) throw new Finding('it takes too long', Buffer.from(text))
  const rest = html.replaceAll(TAG, '')
  if (/[<>"]/.test(rest)) throw new Finding(`other tags: ${rest.slice(0, 200)}`, Buffer.from(text))
  for (const name of PAIRED) {
    const opened = html.match(new RegExp(`<${name}[\\s>]`, 'g'))?.length ?? 0
    const closed = html.match(new RegExp(`</${name}\\s*>`, 'g'))?.length ?? 0
    if (opened !== closed) throw new Finding(`${opened} <${name}>, ${closed} closed`, Buffer.from(text))
  }
}

export const target: FuzzTarget = {
  name: 'markdown',
  async run(random: Random) {
    for (let i = 0; i < 50; i++) {
      const pieces = random.chance(0.1) ? [random.pick(PIECES), random.pick(PIECES)] : PIECES
      check(random.times(random.pick([3, 10, 40, 2000]), () => random.pick(pieces)).join(''))
    }
  },
  async replay(input) {
    check(Buffer.from(input).toString('utf8'))
  },
}
