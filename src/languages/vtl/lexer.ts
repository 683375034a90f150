/**
 * Tokens of Velocity 1.7. Its lexer is a machine of states whose quirks show in what templates print (which blanks
 * a directive eats, what `$foo-bar` names, when a backslash escapes), so this one has the same states, the same
 * longest-match rule and the same tokens.
 */
export type TokenKind =
  | 'end-of-template'
  | 'text'
  | 'escape'
  | 'double-escape'
  | 'escaped-directive'
  | 'line-comment-start'
  | 'line-comment-end'
  | 'block-comment'
  | 'formal-comment'
  | 'text-block'
  | 'set'
  | 'if'
  | 'elseif'
  | 'else'
  | 'end'
  | 'word'
  | 'bracketed-word'
  | 'identifier'
  | 'dot'
  | 'empty-index'
  | '{ref'
  | '}ref'
  | '[index'
  | ']index'
  | '['
  | ']'
  | '{'
  | '}'
  | '('
  | ')'
  | ')method'
  | ','
  | ':'
  | '..'
  | 'blank'
  | 'string'
  | 'integer'
  | 'float'
  | 'true'
  | 'false'
  | 'minus'
  | 'plus'
  | 'times'
  | 'divide'
  | 'modulo'
  | 'and'
  | 'or'
  | 'less'
  | 'less-equal'
  | 'greater'
  | 'greater-equal'
  | 'equal'
  | 'not-equal'
  | 'not'
  | 'assign'

export interface Token {
  readonly kind: TokenKind
  /** The token's text, with what led to it: `$foo` and `\\$foo` for identifiers, `#foo` for words. */
  readonly image: string
  /** Characters that were no token but must print before this one: a lone `$` or `#`. */
  readonly before: string
  /** Where the image starts, in UTF-16 units from 0. */
  readonly offset: number
}

/** The characters at `offset` fit no token. */
export class LexicalError extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.name = 'LexicalError'
    this.offset = offset
  }
}

type State =
  | 'text'
  | 'reference'
  | 'modifier'
  | 'arguments'
  | 'index'
  | 'pre-directive'
  | 'directive'
  | 'line-comment'
  | 'formal-comment'
  | 'block-comment'
  | 'text-block'

interface Frame {
  readonly opened: number
  readonly closed: number
  readonly state: State
}

/**
 * What matching a rule does: give a token of a kind, go on with the image so far (`more`), forget the image (`skip`),
 * or put back the last character and keep the rest for the next token (`special`).
 */
type Outcome = TokenKind | 'more' | 'skip' | 'special'

interface Rule {
  readonly pattern: RegExp
  readonly outcome: Outcome
  readonly act?: (lexer: Lexer, image: string) => void
}

const BLANKS_AND_NEWLINE = '(?:[ \\t]*(?:\\r\\n|\\n|\\r))?'

function rule(source: string, outcome: Outcome, act?: (lexer: Lexer, image: string) => void): Rule {
  const pattern = new RegExp(source, 'y')
  return act === undefined ? { pattern, outcome } : { pattern, outcome, act }
}

/** Rules for every state, in Velocity's order of declaration: the longest match wins, then the first. */
const RULES: readonly (readonly [states: readonly State[] | 'all', rule: Rule])[] = [
  [['reference', 'modifier'], rule('\\[', '[index', (lexer) => lexer.push('index'))],
  [['index'], rule('\\]', ']index', (lexer) => lexer.pop())],
  [['directive', 'arguments'], rule('\\[', '[')],
  [['directive', 'arguments'], rule('\\]', ']')],
  [['directive', 'arguments'], rule(',', ',')],
  [['directive', 'arguments'], rule('\\.\\.', '..')],
  [['directive', 'arguments'], rule(':', ':')],
  [['directive', 'arguments'], rule('\\{', '{')],
  [['directive', 'arguments'], rule('\\}', '}')],
  [['directive', 'modifier'], rule('\\(', '(', (lexer) => lexer.openParenthesis())],
  [['directive'], rule(`\\)${BLANKS_AND_NEWLINE}`, ')', (lexer) => lexer.closeParenthesis())],
  [['arguments'], rule('\\)', ')method', (lexer) => lexer.become('reference'))],
  [
    ['text'],
    rule('(?:\\\\\\\\)*\\\\#(?:[a-zA-Z_@][a-zA-Z0-9_@]*|\\{[a-zA-Z_][a-zA-Z0-9_@]*\\})', 'escaped-directive'),
  ],
  [
    ['text', 'reference', 'modifier', 'arguments'],
    rule('[ \\t]*(?:#set|#\\{set\\}) *\\(', 'set', (lexer) => lexer.startSet()),
  ],
  ['all', rule('\\\\*\\$', 'more', (lexer) => lexer.startReference())],
  ['all', rule('\\\\*\\$\\\\*!', 'more', (lexer) => lexer.startReference())],
  ['all', rule('#\\[\\[', 'more', (lexer) => lexer.startComment('text-block'))],
  ['all', rule('#\\*\\*[^#]', 'more', (lexer) => lexer.startFormalComment())],
  ['all', rule('#\\*', 'more', (lexer) => lexer.startComment('block-comment'))],
  ['all', rule('#', 'more', (lexer) => lexer.startDirective())],
  [
    ['text', 'pre-directive', 'directive', 'reference'],
    rule('##', 'line-comment-start', (lexer) => lexer.startLineComment()),
  ],
  [['text'], rule('\\\\\\\\', 'double-escape')],
  [['text'], rule('\\\\', 'escape')],
  [['text'], rule('[^$#\\\\]+', 'text')],
  [['line-comment'], rule('\\r\\n|\\n|\\r', 'line-comment-end', (lexer) => lexer.endComment())],
  [['formal-comment'], rule('\\*#', 'formal-comment', (lexer) => lexer.endComment())],
  [['block-comment'], rule('\\*#', 'block-comment', (lexer) => lexer.endComment())],
  [['text-block'], rule('\\]\\]#', 'text-block', (lexer) => lexer.endComment())],
  [['line-comment', 'formal-comment', 'block-comment'], rule('[^\\\\$#*\\r\\n]+|[^]', 'skip')],
  [['text-block'], rule('[^\\\\$#\\]]+|[^]', 'more')],
  [['directive', 'arguments', 'index'], rule('[ \\t\\n\\r]+', 'blank')],
  [
    ['directive', 'arguments', 'index'],
    rule(`"(?:[^"]|"")*"|'(?:[^']|'')*'`, 'string', (lexer) => lexer.endBareValue('string')),
  ],
  [['reference', 'directive', 'modifier', 'arguments', 'index'], rule('true', 'true')],
  [['reference', 'directive', 'modifier', 'arguments', 'index'], rule('false', 'false')],
  [['directive'], rule('-', 'minus')],
  [['directive'], rule('\\+', 'plus')],
  [['directive'], rule('\\*', 'times')],
  [['directive'], rule('/', 'divide')],
  [['directive'], rule('%', 'modulo')],
  [['directive'], rule('&&|and', 'and')],
  [['directive'], rule('\\|\\||or', 'or')],
  [['directive'], rule('<|lt', 'less')],
  [['directive'], rule('<=|le', 'less-equal')],
  [['directive'], rule('>|gt', 'greater')],
  [['directive'], rule('>=|ge', 'greater-equal')],
  [['directive'], rule('==|eq', 'equal')],
  [['directive'], rule('!=|ne', 'not-equal')],
  [['directive'], rule('!|not', 'not')],
  [['directive'], rule('=', 'assign')],
  [['pre-directive'], rule(`(?:end|\\{end\\})${BLANKS_AND_NEWLINE}`, 'end', (lexer) => lexer.endDirective())],
  [['pre-directive'], rule('if|\\{if\\}', 'if', (lexer) => lexer.become('directive'))],
  [['pre-directive'], rule('elseif|\\{elseif\\}', 'elseif', (lexer) => lexer.become('directive'))],
  [
    ['pre-directive'],
    rule(`(?:else|\\{else\\})${BLANKS_AND_NEWLINE}`, 'else', (lexer) => lexer.endDirective()),
  ],
  [
    ['pre-directive', 'directive', 'arguments', 'index'],
    rule('-?[0-9]+(?:\\.\\.)?', 'integer', (lexer) => lexer.endBareValue('integer')),
  ],
  [
    ['pre-directive', 'directive', 'arguments', 'index'],
    rule(
      '-?(?:[0-9]+\\.[0-9]*(?:[eE][+-]?[0-9]+)?|\\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)',
      'float',
      (lexer) => lexer.endBareValue('float'),
    ),
  ],
  [['pre-directive', 'directive'], rule('[a-zA-Z_@][a-zA-Z0-9_@]*', 'word')],
  [['pre-directive', 'directive'], rule('\\{[a-zA-Z_][a-zA-Z0-9_@]*\\}', 'bracketed-word')],
  [['reference', 'modifier', 'arguments'], rule('[a-zA-Z_][a-zA-Z0-9_-]*', 'identifier')],
  [['reference', 'modifier', 'arguments'], rule('\\.[a-zA-Z]', 'dot', (lexer) => lexer.become('modifier'))],
  [['reference', 'modifier'], rule('\\{', '{ref')],
  [['reference', 'modifier'], rule('\\}', '}ref', (lexer) => lexer.pop())],
  [['reference', 'modifier'], rule('[^]', 'special', (lexer) => lexer.endReference())],
  [['pre-directive'], rule('[^]', 'special', (lexer) => lexer.endDirective())],
  [['text', 'reference'], rule('\\$\\[|\\$!\\[|\\$\\\\!\\[|\\$\\.', 'empty-index')],
]

const ESCAPED_DIRECTIVE = patternsOf('escaped-directive')[0]
/** The rules that begin with any number of backslashes. */
const REFERENCE_STARTS: ReadonlySet<RegExp> = new Set(
  patternsOf('more').filter((pattern) => pattern.source.startsWith('\\\\*')),
)

function patternsOf(outcome: Outcome): RegExp[] {
  return RULES.filter(([, entry]) => entry.outcome === outcome).map(([, entry]) => entry.pattern)
}

const STATES: readonly State[] = [
  'text',
  'reference',
  'modifier',
  'arguments',
  'index',
  'pre-directive',
  'directive',
  'line-comment',
  'formal-comment',
  'block-comment',
  'text-block',
]

const RULES_OF: ReadonlyMap<State, readonly Rule[]> = new Map(
  STATES.map((state) => [
    state,
    RULES.filter(([states]) => states === 'all' || states.includes(state)).map(([, entry]) => entry),
  ]),
)

/** Gives the tokens of a template one by one: the parser steers the states between them. */
export class Lexer {
  readonly text: string
  #at = 0
  #state: State = 'text'
  #stack: Frame[] = []
  #opened = 0
  #closed = 0
  #inComment = false
  #inSet = false
  /** Where the run of backslashes looked at last ends. */
  #escapesEnd = 0

  constructor(text: string) {
    this.text = text
  }

  /** @throws LexicalError */
  next(): Token {
    let before = ''
    for (;;) {
      let start = this.#at
      if (start >= this.text.length) return { kind: 'end-of-template', image: '', before, offset: start }
      for (;;) {
        const found = this.#match()
        this.#at += found.length
        let image = this.text.slice(start, this.#at)
        found.rule.act?.(this, image)
        const outcome = found.rule.outcome
        if (outcome === 'skip') break
        if (outcome === 'special') {
          before += specialText(image)
          this.#at--
          break
        }
        if (outcome !== 'more') {
          if (outcome === 'integer' && image.endsWith('..')) {
            this.#at -= 2
            image = image.slice(0, -2)
          } else if (outcome === 'dot') {
            this.#at--
            image = '.'
          }
          return { kind: outcome, image, before, offset: start }
        }
        if (this.#backUp > 0) {
          this.#at -= this.#backUp
          this.#backUp = 0
        }
        if (this.#at >= this.text.length) {
          throw new LexicalError(`the template ends after ${JSON.stringify(image.slice(0, 40))}`, start)
        }
      }
      start = this.#at
    }
  }

  #match(): { readonly rule: Rule; readonly length: number } {
    let best: Rule | undefined
    let longest = 0
    const escapes = this.text[this.#at] === '\\'
    for (const candidate of RULES_OF.get(this.#state) as readonly Rule[]) {
      if (escapes && !this.#mayEscape(candidate.pattern)) continue
      candidate.pattern.lastIndex = this.#at
      if (!candidate.pattern.test(this.text)) continue
      const length = candidate.pattern.lastIndex - this.#at
      if (length > longest) {
        longest = length
        best = candidate
      }
    }
    if (best === undefined) {
      throw new LexicalError(`unexpected ${JSON.stringify(this.text[this.#at])}`, this.#at)
    }
    return { rule: best, length: longest }
  }

  /** Looks past a run of backslashes once for all of them, lest a long run be read again from each of its places. */
  #mayEscape(pattern: RegExp): boolean {
    const isReference = REFERENCE_STARTS.has(pattern)
    if (!isReference && pattern !== ESCAPED_DIRECTIVE) return true
    if (this.#at >= this.#escapesEnd) {
      this.#escapesEnd = this.#at
      while (this.text[this.#escapesEnd] === '\\') this.#escapesEnd++
    }
    const next = this.text[this.#escapesEnd]
    return isReference ? next === '$' : next === '#' && (this.#escapesEnd - this.#at) % 2 === 1
  }

  /** Whether only blanks stand before a `(`. */
  isBeforeParenthesis(): boolean {
    let at = this.#at
    while (' \t\n\r'.includes(this.text[at] ?? '-')) at++
    return this.text[at] === '('
  }

  push(state: State): void {
    this.#stack.push({ opened: this.#opened, closed: this.#closed, state: this.#state })
    this.#opened = 0
    this.#state = state
  }

  pop(): boolean {
    const frame = this.#stack.pop()
    if (frame === undefined) {
      this.#opened = 0
      this.#state = 'text'
      return false
    }
    this.#opened = frame.opened
    this.#closed = frame.closed
    this.#state = frame.state
    return true
  }

  become(state: State): void {
    this.#state = state
  }

  openParenthesis(): void {
    if (!this.#inComment) this.#opened++
    if (this.#state === 'modifier') this.#state = 'arguments'
  }

  closeParenthesis(): void {
    while (!this.#inComment) {
      if (this.#opened > 0) {
        if (this.#opened === this.#closed + 1) this.pop()
        else this.#closed++
        return
      }
      if (!this.pop()) return
    }
  }

  startSet(): void {
    if (this.#inComment) return
    this.push('directive')
    this.#inSet = true
    this.#opened++
  }

  /** The parser has read a whole `#set(…)`. */
  endSet(): void {
    this.#inSet = false
  }

  startReference(): void {
    if (this.#inComment) return
    if (this.#state === 'reference') this.pop()
    this.push('reference')
  }

  endReference(): void {
    this.pop()
  }

  startDirective(): void {
    if (this.#inComment) return
    if (this.#state === 'reference' || this.#state === 'modifier') this.pop()
    this.push('pre-directive')
  }

  endDirective(): void {
    this.pop()
  }

  startComment(state: State): void {
    if (this.#inComment) return
    this.#inComment = true
    this.push(state)
  }

  #backUp = 0

  startFormalComment(): void {
    if (this.#inComment) return
    this.#backUp = 1
    this.startComment('formal-comment')
  }

  startLineComment(): void {
    if (this.#inComment) return
    if (this.#state === 'reference') this.pop()
    this.startComment('line-comment')
  }

  endComment(): void {
    this.#inComment = false
    this.pop()
  }

  /** A literal outside of parentheses ends a directive. */
  endBareValue(kind: 'string' | 'integer' | 'float'): void {
    if (this.#opened > 0 || this.#inSet) return
    if (this.#state === 'arguments') {
      return
    }
    if (this.#state === 'index' && kind !== 'float') return
    if (kind === 'string' && this.#state !== 'directive') return
    this.pop()
  }
}

/** What prints of characters that were no token: `$`, `#`, and backslashes that lead to a `$`. */
function specialText(image: string): string {
  let text = ''
  // Velocity skips the character after a `\$`.
  for (const [part, escapedDollar] of image.matchAll(/(\\+\$)[^]?|[$#]/g)) text += escapedDollar ?? part
  return text
}
