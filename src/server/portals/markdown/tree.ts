/** What prose in Markdown says: the parts of GitHub Flavored Markdown that documentation uses, and no HTML. */
export type Block =
  | { readonly type: 'heading'; readonly level: number; readonly content: readonly Inline[] }
  | { readonly type: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly type: 'code'; readonly language: string; readonly text: string }
  | { readonly type: 'quote'; readonly content: readonly Block[] }
  | {
      readonly type: 'list'
      /** Number of its first item; undefined: items have none. */
      readonly start: number | undefined
      readonly items: readonly (readonly Block[])[]
    }
  | {
      readonly type: 'table'
      readonly head: readonly (readonly Inline[])[]
      readonly rows: readonly (readonly (readonly Inline[])[])[]
    }
  | { readonly type: 'rule' }

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'emphasis' | 'strong' | 'deleted'; readonly content: readonly Inline[] }
  | { readonly type: 'link'; readonly address: string; readonly content: readonly Inline[] }
  | { readonly type: 'break' }

/** Quotes and lists within each other, and emphasis likewise: what is deeper is text. */
export const depthMax = 8
