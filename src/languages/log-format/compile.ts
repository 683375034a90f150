import { parseLogFormat, type LogPiece } from './parse.ts'
import { places, styleOf, type LogPlace, type LogStyle, type LogValue } from './style.ts'

/** Longest entry, in UTF-16 units; the rest is cut off. Developer guide, "Quotas". */
export const logEntryMax: number = 1024 * 1024

/** Gives a variable's value of what is logged. */
export type LogReader<Subject> = (subject: Subject) => LogValue

/** An entry, one line; it ends with a line feed where its format does. */
export type LogFormat<Subject> = (subject: Subject) => string

type LogStep<Subject> = string | { readonly read: LogReader<Subject>; readonly place: LogPlace }

/**
 * An access log format as a function: `$context.identity.sourceIp [$context.requestTime] …`, `{"id":"$context.requestId"}`.
 * Values are escaped for what stands around them, so that none can end a text, a cell, an element or the line.
 * Variables that nothing is known of, and those without a value, give `-`. Never fails; `checkLogFormat` tells what
 * is wrong. Developer guide, "Setting up CloudWatch logs for a REST API in API Gateway".
 * @param readerOf how a variable is read, by its name after `$context.`; undefined when it has no value ever
 */
export function compileLogFormat<Subject>(
  text: string,
  readerOf: (name: string) => LogReader<Subject> | undefined,
): LogFormat<Subject> {
  const pieces = parseLogFormat(oneLine(text))
  const style = styleOf(pieces)
  let quoted = false
  const steps: LogStep<Subject>[] = []
  for (const piece of pieces) {
    const last = steps.at(-1)
    const step = piece.kind === 'text' ? piece.text : stepOf(piece.name, readerOf(piece.name), style, quoted)
    if (piece.kind === 'text') quoted = endsQuoted(piece.text, quoted, style !== 'csv')
    // What never has a value is text, too.
    if (typeof step === 'string' && typeof last === 'string') steps[steps.length - 1] = last + step
    else steps.push(step)
  }
  return (subject) => {
    let entry = ''
    for (const step of steps) {
      entry += typeof step === 'string' ? step : valueOf(step.read(subject), step.place)
    }
    return entry.length > logEntryMax ? entry.slice(0, logEntryMax) : entry
  }
}

/** The variables that a format names, after `$context.`. */
export function logFormatNames(text: string): ReadonlySet<string> {
  const isVariable = (piece: LogPiece): piece is Extract<LogPiece, { kind: 'variable' }> =>
    piece.kind === 'variable'
  return new Set(
    parseLogFormat(text)
      .filter(isVariable)
      .map(({ name }) => name),
  )
}

function stepOf<Subject>(
  name: string,
  read: LogReader<Subject> | undefined,
  style: LogStyle,
  quoted: boolean,
): LogStep<Subject> {
  const { quoted: within, bare } = places[style]
  const place = quoted ? within : bare
  if (read === undefined) return place.missing
  // The one value that is JSON already, with its quotes.
  const asItIs = name === 'error.messageString' && style === 'json' && !quoted
  return { read, place: asItIs ? { ...place, escape: String } : place }
}

function valueOf(value: LogValue, { escape, missing }: LogPlace): string {
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
