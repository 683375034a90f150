import { parseLogFormat } from './parse.ts'
import { places, styleOf, type LogPlace, type LogStyle } from './style.ts'
import { findLogVariable, type LogVariable } from './variables.ts'
import type { LogView } from './view.ts'

/** Longest entry, in UTF-16 units; the rest is cut off. Developer guide, "Quotas". */
export const logEntryMax: number = 1024 * 1024

/** An entry, one line; it ends with a line feed where its format does. */
export type LogFormat = (view: LogView) => string

type LogStep = string | { readonly read: LogVariable['read']; readonly place: LogPlace }

/**
 * An access log format as a function: `$context.identity.sourceIp [$context.requestTime] …`, `{"id":"$context.requestId"}`.
 * Values are escaped for what stands around them, so that none can end a text, a cell, an element or the line.
 * Variables that nothing is known of, and those without a value, give `-`. Never fails; `checkLogFormat` tells what
 * is wrong. Developer guide, "Setting up CloudWatch logging for a REST API in API Gateway".
 */
export function compileLogFormat(text: string): LogFormat {
  const pieces = parseLogFormat(oneLine(text))
  const style = styleOf(pieces)
  let quoted = false
  const steps = pieces.map((piece): LogStep => {
    if (piece.kind === 'text') {
      quoted = endsQuoted(piece.text, quoted, style !== 'csv')
      return piece.text
    }
    return stepOf(findLogVariable(piece.name), style, quoted)
  })
  return (view) => {
    let entry = ''
    for (const step of steps) entry += typeof step === 'string' ? step : valueOf(step.read(view), step.place)
    return entry.length > logEntryMax ? entry.slice(0, logEntryMax) : entry
  }
}

function stepOf(variable: LogVariable | undefined, style: LogStyle, quoted: boolean): LogStep {
  const { quoted: within, bare } = places[style]
  const place = quoted ? within : bare
  if (variable === undefined) return { read: () => undefined, place }
  const asItIs = variable.isJson && style === 'json' && !quoted
  return { read: variable.read, place: asItIs ? { ...place, escape: String } : place }
}

function valueOf(value: ReturnType<LogVariable['read']>, { escape, missing }: LogPlace): string {
  return value === undefined || value === null || value === '' ? missing : escape(value)
}

/** Line ends within a format would make several lines of an entry. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+(?=[^\r\n])/g, ' ')
}

/** Whether what follows stands within double quotes. @param escapes whether a backslash takes a quote's meaning */
function endsQuoted(text: string, before: boolean, escapes: boolean): boolean {
  let quoted = before
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (escapes && text[at] === '\\') at++
  }
  return quoted
}
