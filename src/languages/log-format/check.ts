import type { Diagnostic } from '#base/diagnostic.ts'
import { positionOf } from '#base/position.ts'
import { parseLogFormat, type LogPiece } from './parse.ts'
import { styleOf } from './style.ts'
import { findLogVariable, type LogKind } from './variables.ts'

/** Longest format. Developer guide, "Quotas". */
export const logFormatBytesMax: number = 3 * 1024

const REQUEST_IDS = ['requestId', 'extendedRequestId']

/**
 * What is wrong with an access log format: errors, for which AWS refuses it (too long, several lines, no request ID),
 * and warnings, for what will be written as `-` or cannot be read by a machine.
 */
export function checkLogFormat(text: string, kind: LogKind): Diagnostic[] {
  const found: Diagnostic[] = []
  const tell = (severity: Diagnostic['severity'], message: string, offset: number): void =>
    void found.push({ severity, message, ...positionOf(text, offset) })
  const bytes = Buffer.byteLength(text)
  if (bytes > logFormatBytesMax) {
    tell('error', `the access log format has ${bytes} bytes: expected ${logFormatBytesMax} at most`, 0)
    return found
  }
  const lineEnd = text.search(/[\r\n]+(?=[^\r\n])/)
  if (lineEnd !== -1) {
    // AWS's words.
    tell(
      'error',
      'Access Log format must be single line, new line character is allowed only at end of the format',
      lineEnd,
    )
  }
  const pieces = parseLogFormat(text)
  if (!pieces.some((piece) => piece.kind === 'variable' && REQUEST_IDS.includes(piece.name))) {
    // AWS's words, too.
    tell('error', 'Access Log format must include either $context.requestId or $context.extendedRequestId', 0)
  }
  let at = 0
  for (const piece of pieces) {
    if (piece.kind === 'text') {
      for (const match of piece.text.matchAll(/\$\{?[A-Za-z][A-Za-z0-9_.]*/g)) {
        tell('warning', `${match[0]} is written as it is: only $context.{name} is replaced`, at + match.index)
      }
      at += piece.text.length
      continue
    }
    const variable = findLogVariable(piece.name)
    if (variable === undefined) {
      tell('warning', `$context.${piece.name} is no variable: "-" is written`, piece.offset)
    } else if (!variable.kinds.includes(kind)) {
      tell('warning', `$context.${piece.name} has no value in ${names[kind]}: "-" is written`, piece.offset)
    }
    at = piece.offset + '$context.'.length + piece.name.length
  }
  if (styleOf(pieces) === 'json' && !isJson(pieces)) {
    tell('warning', 'the format begins as JSON and is none: entries cannot be read as JSON', 0)
  }
  return found
}

const names: Readonly<Record<LogKind, string>> = {
  REST: 'REST APIs',
  HTTP: 'HTTP APIs',
  WEBSOCKET: 'WebSocket APIs',
}

/** A digit is a value by itself and a character in a text. */
function isJson(pieces: readonly LogPiece[]): boolean {
  try {
    JSON.parse(pieces.map((piece) => (piece.kind === 'text' ? piece.text : '0')).join(''))
    return true
  } catch {
    return false
  }
}
