import { AwsError } from '#aws/error.ts'
import { checkApiKeyDescription, checkApiKeyName, checkApiKeyValue } from './api-key-value.ts'
import { badRequest, limitExceeded } from './errors.ts'

/** Largest file, in bytes: some 400 a key where there are 10,000. */
const fileBytesMax = 4 * 1024 * 1024
/** Most columns of a file, known or not. */
const columnsMax = 100
/** How much of a file's first line a refusal repeats. */
const shownCharactersMax = 200

/** A key as a file describes it. */
export interface ApiKeyRow {
  /** Of the file, from 1. */
  readonly line: number
  readonly name: string
  readonly value: string
  readonly description: string
  readonly enabled: boolean
  readonly usagePlanIds: readonly string[]
}

export interface ApiKeyFile {
  readonly rows: readonly ApiKeyRow[]
  /** What is wrong with the lines that are not among the rows. */
  readonly warnings: readonly string[]
}

/** Most keys of a file, and most usage plans of a key. */
export interface ApiKeyFileLimits {
  readonly rowsMax: number
  readonly plansMax: number
}

/**
 * Reads comma-separated values whose first line names the columns, in any case and order: Name and Key must be
 * there, Description, Enabled (true where it is empty) and UsagePlanIds may be; others are ignored (developer guide,
 * "API Gateway API key file format").
 * @throws BadRequestException, LimitExceededException
 */
export function readApiKeyFile(body: Uint8Array, { rowsMax, plansMax }: ApiKeyFileLimits): ApiKeyFile {
  if (body.length > fileBytesMax) {
    throw badRequest(`Invalid API key file: found ${body.length} bytes, expected at most ${fileBytesMax}`)
  }
  const [header, ...lines] = csvRecords(utf8Text(body), rowsMax + 1)
  const columns = (header?.fields ?? []).map((name) => name.trim().toLowerCase())
  for (const wanted of ['name', 'key']) {
    if (!columns.includes(wanted)) {
      throw badRequest(
        `Invalid API key file: expected a first line with the columns Name and Key, found ${JSON.stringify(columns.join(',').slice(0, shownCharactersMax))}`,
      )
    }
  }
  const rows: ApiKeyRow[] = []
  const warnings: string[] = []
  for (const { line, fields } of lines) {
    const field = (name: string) => fields[columns.indexOf(name)]?.trim() ?? ''
    const row: ApiKeyRow = {
      line,
      name: field('name'),
      value: field('key'),
      description: field('description'),
      enabled: /^(?:true)?$/i.test(field('enabled')),
      usagePlanIds: planIds(field('usageplanids'), plansMax + 1),
    }
    const problem = problemOf(row, plansMax)
    if (problem === undefined) rows.push(row)
    else warnings.push(`Line ${line}: ${problem}`)
  }
  return { rows, warnings }
}

/** Each plan once, and no more than `most`: a field may be as long as the file. */
function planIds(text: string, most: number): readonly string[] {
  const ids = new Set<string>()
  for (const [id] of text.matchAll(/[^,\s]+/g)) {
    ids.add(id)
    if (ids.size === most) break
  }
  return [...ids]
}

function problemOf(
  { name, value, description, usagePlanIds }: ApiKeyRow,
  plansMax: number,
): string | undefined {
  if (usagePlanIds.length > plansMax) return `found more than ${plansMax} usage plans of a key`
  try {
    checkApiKeyValue(value)
    checkApiKeyName(name)
    checkApiKeyDescription(description)
    return undefined
  } catch (error) {
    if (error instanceof AwsError) return error.message
    throw error
  }
}

/** @throws BadRequestException */
function utf8Text(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw badRequest('Invalid API key file: expected text in UTF-8')
  }
}

interface CsvRecord {
  readonly line: number
  readonly fields: readonly string[]
}

/**
 * RFC 4180, with single quotes as well as double ones. Empty lines are no records. One pass, character by character: a
 * pattern takes many times as long over files of quotes or empty lines.
 * @throws BadRequestException for a quote that is never closed or too many columns, LimitExceededException
 */
function csvRecords(text: string, recordsMax: number): CsvRecord[] {
  const found: CsvRecord[] = []
  let fields: string[] = []
  let line = 1
  let began = 1
  let at = 0
  while (at < text.length || fields.length > 0) {
    if (fields.length === 0 && text.charCodeAt(at) === LF) {
      at++
      began = ++line
      continue
    }
    const end = fieldEnd(text, at)
    const closing = text.charCodeAt(end)
    if (end < text.length && closing !== COMMA && closing !== CR && closing !== LF) {
      throw badRequest(`Invalid API key file: line ${line} has a quote that is not closed`)
    }
    const quoted = end > at && isQuote(text.charCodeAt(at))
    if (quoted) line += linesIn(text, at, end)
    fields.push(quoted ? unquoted(text.slice(at, end)) : text.slice(at, end))
    if (fields.length > columnsMax) {
      throw badRequest(`Invalid API key file: line ${began} has more than ${columnsMax} columns`)
    }
    at = end + 1
    if (closing === COMMA) continue
    if (closing === CR && text.charCodeAt(at) === LF) at++
    if (fields.length > 1 || fields[0] !== '') found.push({ line: began, fields })
    if (found.length > recordsMax) {
      throw limitExceeded(`Invalid API key file: found more than ${recordsMax - 1} keys`)
    }
    fields = []
    line++
    began = line
  }
  return found
}

const COMMA = 0x2c
const LF = 0x0a
const CR = 0x0d

function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27
}

/** Past the field that begins at `at`; before its first quote's fellow when that one is missing or followed by text. */
function fieldEnd(text: string, at: number): number {
  const quote = text.charCodeAt(at)
  let end = at
  if (!isQuote(quote)) {
    while (end < text.length && !endsField(text.charCodeAt(end))) end++
    return end
  }
  for (end = at + 1; end < text.length; end++) {
    if (text.charCodeAt(end) !== quote) continue
    if (text.charCodeAt(end + 1) !== quote) break
    end++
  }
  const closed = end + 1 >= text.length ? end < text.length : endsField(text.charCodeAt(end + 1))
  return closed ? end + 1 : at
}

function endsField(code: number): boolean {
  return code === COMMA || code === CR || code === LF
}

/** How many lines end within a part of the text. */
function linesIn(text: string, from: number, to: number): number {
  let lines = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code === LF || (code === CR && text.charCodeAt(at + 1) !== LF)) lines++
  }
  return lines
}

/** @param field in quotes */
function unquoted(field: string): string {
  const quote = field.charAt(0)
  return field.slice(1, -1).replaceAll(quote + quote, quote)
}
