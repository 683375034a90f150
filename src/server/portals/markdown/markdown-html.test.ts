import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { markdownHtml } from './markdown-html.ts'

const rendered = (text: string): string =>
  markdownHtml(text)
    .map(({ text: each }) => each.replace(/\s*\n\s*>/g, '>').replace(/>\s*\n\s*</g, '><'))
    .join('')

const rel = ' rel="noopener noreferrer nofollow"'
const cases: Readonly<Record<string, readonly [markdown: string, expected: string]>> = {
  paragraphs: ['one\ntwo\n\nthree', '<p>one two</p><p>three</p>'],
  'headings below the page’s own': ['# A\n### B ##', '<h2>A</h2><h4>B</h4>'],
  marks: [
    '**a** *b* ~~c~~ __d__ _e_',
    '<p><strong>a</strong> <em>b</em> <del>c</del> <strong>d</strong> <em>e</em></p>',
  ],
  'marks within marks': ['**a *b* c**', '<p><strong>a <em>b</em> c</strong></p>'],
  'words with underscores': ['snake_case_name and 2 * 3 * 4', '<p>snake_case_name and 2 * 3 * 4</p>'],
  code: ['`a <b>` and ``x ` y``', '<p><code>a &lt;b&gt;</code> and <code>x ` y</code></p>'],
  'a code block': [
    '```json\n{"a": **1**}\n```',
    '<pre tabindex="0"><code>{&quot;a&quot;: **1**}</code></pre>',
  ],
  'a code block that nothing closes': ['~~~\na', '<pre tabindex="0"><code>a</code></pre>'],
  'a link': [
    '[a](https://example.com/?b=c&d)',
    `<p><a href="https://example.com/?b=c&amp;d"${rel}>a</a></p>`,
  ],
  'a bare address': [
    'See https://example.com/a.',
    `<p>See <a href="https://example.com/a"${rel}>https://example.com/a</a>.</p>`,
  ],
  'an image is a link': [
    '![logo](https://example.com/a.png)',
    `<p><a href="https://example.com/a.png"${rel}>logo</a></p>`,
  ],
  'a list': ['- a\n- b\n  - c\n\nd', '<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>d</p>'],
  'a numbered list': ['3. a\n4. b', '<ol start="3"><li>a</li><li>b</li></ol>'],
  'a quote': ['> a\n> > b', '<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>'],
  'a table': [
    '| a | b |\n|---|---|\n| 1 | x \\| y |',
    '<div class="wide" tabindex="0"><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody><tr><td>1</td><td>x | y</td></tr></tbody></table></div>',
  ],
  'a rule': ['***', '<hr />'],
  'a break': ['a  \nb', '<p>a<br />b</p>'],
  escapes: ['\\*a\\* \\<', '<p>*a* &lt;</p>'],
  'HTML is text': ['<script>alert(1)</script>', '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>'],
  'no script in a link': [
    '[a](javascript:alert(1)) [b](data:text/html,x) [c](//evil.example)',
    '<p>[a](javascript:alert(1)) b c</p>',
  ],
  'no quote out of a link': [
    '[a](https://x/"onclick="b)',
    `<p><a href="https://x/&quot;onclick=&quot;b"${rel}>a</a></p>`,
  ],
  nothing: ['', ''],
}

describe('Markdown', () => {
  for (const [title, [markdown, expected]] of Object.entries(cases)) {
    test(title, () => expect(rendered(markdown)).toBe(expected))
  }
})

/** Every tag that prose becomes, and its attributes. */
const TAG =
  /<\/?(?:p|h[2-6]|pre|code|blockquote|[uo]l|li|table|thead|tbody|tr|th|td|div|hr|em|strong|del|a|br)(?: (?:tabindex="0"|start="\d+"|class="wide"|scope="col"|href="(?:https?:\/\/|mailto:|#|\/|\?)[^"<>]*"|rel="[a-z ]+"))*(?: \/)?>/gi

test('whatever the prose, its own tags are all there is, and each that opens closes', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '&',
    '`',
    '```',
    '*',
    '**',
    '_',
    '~~',
    '[',
    ']',
    '(',
    ')',
    '![',
    '](',
    '\n',
    '\n\n',
    '- ',
    '1. ',
    '> ',
    '# ',
    '|',
    '|-|\n',
    ' ',
    '\\',
    'javascript:',
    'https://',
    'a',
    'onclick=',
    '<script>',
    '\u0000',
    '\t',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 60 }), (pieces) => {
      const text = rendered(pieces.join(''))
      expect(text.replaceAll(TAG, '')).not.toMatch(/[<>"]/)
      for (const name of ['a', 'p', 'li', 'pre', 'em', 'strong', 'table', 'blockquote']) {
        const count = (pattern: string) => text.match(new RegExp(pattern, 'g'))?.length ?? 0
        expect(count(`<${name}[ >]`)).toBe(count(`</${name}>`))
      }
    }),
    { numRuns: 500 },
  )
})

test('the longest prose of one kind takes no time to speak of', () => {
  const worst = [
    '*a ',
    '[',
    '[a](',
    '`',
    '``` ',
    '> ',
    '- ',
    '**',
    '_a',
    '|a',
    '|-',
    '\\',
    '<',
    '![',
    '# ',
    '  \n',
    '1. a\n',
  ]
  for (const piece of worst) {
    const from = performance.now()
    rendered(piece.repeat(Math.floor(32_768 / piece.length)))
    // Some ten milliseconds where it grows with its length, minutes where it grows with the square.
    expect({ piece, isQuick: performance.now() - from < 3000 }).toEqual({ piece, isQuick: true })
  }
}, 60_000)
