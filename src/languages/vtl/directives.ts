/** Velocity's directives besides #set, #if, #else, #elseif and #end, and whether a body up to #end follows. */
const DIRECTIVES: ReadonlyMap<string, 'body' | 'none'> = new Map([
  ['foreach', 'body'],
  ['macro', 'body'],
  ['define', 'body'],
  ['literal', 'body'],
  ['evaluate', 'none'],
  ['break', 'none'],
  ['stop', 'none'],
  ['include', 'none'],
  ['parse', 'none'],
])

export function isDirective(name: string): boolean {
  return DIRECTIVES.has(name)
}

/** `#@name(…)` calls a macro with a body; `#name(…)` of no directive calls one without. */
export function bodyOf(name: string): 'body' | 'none' {
  return DIRECTIVES.get(name) ?? (name.startsWith('@') ? 'body' : 'none')
}
