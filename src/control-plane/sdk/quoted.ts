/**
 * Text of an API's owner in generated code. Whatever it holds, it stays text: literals are plain ASCII, and comments
 * are one line without characters that end lines, reorder them or are not seen.
 */

/** A literal of JavaScript and TypeScript, safe within a script element. */
export function javascriptText(text: string): string {
  return JSON.stringify(text).replace(/[^ -;=-~]/g, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
}

/** A literal of Python. */
export function pythonText(text: string): string {
  return `"${escaped(text)}"`
}

/** A basic string of TOML, which knows no halves of surrogate pairs. */
export function tomlText(text: string): string {
  return `"${escaped(text.toWellFormed())}"`
}

/** For comments of any language, in a script element too, and for prose. */
export function plainLine(text: string): string {
  const visible = text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, ' ')
  const line = visible.replaceAll('*/', '* /').replaceAll('<', '‹')
  return line.length <= commentCharactersMax ? line.trim() : `${line.slice(0, commentCharactersMax).trim()}…`
}

/** A code span of Markdown. */
export function markdownCode(text: string): string {
  return `\`${plainLine(text).replaceAll('`', "'")}\``
}

const commentCharactersMax = 200

function escaped(text: string): string {
  return text.replace(/["\\]|[^ -~]/gu, (character) => {
    const code = character.codePointAt(0) as number
    if (code === 0x22 || code === 0x5c) return `\\${character}`
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
  })
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
