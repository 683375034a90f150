import { html, type Html } from '../../api-reference/html.ts'
import { parseMarkdown } from './parse-markdown.ts'
import type { Block, Inline } from './tree.ts'

/**
 * Prose as HTML: its own tags alone, everything else escaped.
 * @param top level of its first heading on the page: those of the prose are below the page's own
 */
export function markdownHtml(text: string, top: number = 2): readonly Html[] {
  return blocksHtml(parseMarkdown(text), top)
}

function blocksHtml(blocks: readonly Block[], top: number): readonly Html[] {
  return blocks.map((block) => blockHtml(block, top))
}

function blockHtml(block: Block, top: number): Html {
  switch (block.type) {
    case 'heading':
      return headings[Math.min(6, block.level + top - 1)]?.(inlines(block.content)) ?? html``
    case 'paragraph':
      return html`<p>${inlines(block.content)}</p>`
    case 'code':
      return html`<pre tabindex="0"><code>${block.text}</code></pre>`
    case 'quote':
      return html`<blockquote>${blocksHtml(block.content, top)}</blockquote>`
    case 'list': {
      const items = block.items.map((item) => html`<li>${itemHtml(item, top)}</li>`)
      return block.start === undefined
        ? html`<ul>
            ${items}
          </ul>`
        : html`<ol start="${block.start}">
            ${items}
          </ol>`
    }
    case 'table': {
      const rows = block.rows.map(
        (cells) =>
          html`<tr>
            ${cells.map((cell) => html`<td>${inlines(cell)}</td>`)}
          </tr>`,
      )
      return html`<div class="wide" tabindex="0">
        <table>
          <thead>
            <tr>
              ${block.head.map((cell) => html`<th scope="col">${inlines(cell)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>
      </div>`
    }
    case 'rule':
      return html`<hr />`
  }
}

/** An item of one paragraph is that paragraph's text. */
function itemHtml(item: readonly Block[], top: number): readonly Html[] {
  const [first, ...rest] = item
  return first?.type === 'paragraph'
    ? [...inlines(first.content), ...blocksHtml(rest, top)]
    : blocksHtml(item, top)
}

const headings: Readonly<Record<number, (content: readonly Html[]) => Html>> = {
  1: (content) => html`<h1>${content}</h1>`,
  2: (content) => html`<h2>${content}</h2>`,
  3: (content) => html`<h3>${content}</h3>`,
  4: (content) => html`<h4>${content}</h4>`,
  5: (content) => html`<h5>${content}</h5>`,
  6: (content) => html`<h6>${content}</h6>`,
}

function inlines(content: readonly Inline[]): readonly Html[] {
  return content.map(inlineHtml)
}

function inlineHtml(inline: Inline): Html {
  switch (inline.type) {
    case 'text':
      return html`${inline.text}`
    case 'code':
      return html`<code>${inline.text}</code>`
    case 'emphasis':
      return html`<em>${inlines(inline.content)}</em>`
    case 'strong':
      return html`<strong>${inlines(inline.content)}</strong>`
    case 'deleted':
      return html`<del>${inlines(inline.content)}</del>`
    case 'link':
      return html`<a href="${inline.address}" rel="noopener noreferrer nofollow"
        >${inlines(inline.content)}</a
      >`
    case 'break':
      return html`<br />`
  }
}
