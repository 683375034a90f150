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

/**
 * Reads comma-separated values whose first line names the columns, in any case and order: Name and Key must be
 * there, Description, Enabled (true where it is empty) and UsagePlanIds may be; others are ignored (developer guide,
 * "API Gateway API key file format").
 * @throws BadRequestException, LimitExceededException
 */
export function readApiKeyFile(body: Uint8Array, rowsMax: number): ApiKeyFile {
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
      usagePlanIds: field('usageplanids')
        .split(',')
        .map((id) => id.trim())
        .filter((id) => id !== ''),
    }
    const problem = problemOf(row)
    if (problem === undefined) rows.push(row)
    else warnings.push(`Line ${line}: ${problem}`)
  }
  return { rows, warnings }
}

function problemOf({ name, value, description }: ApiKeyRow): string | undefined {
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
 * RFC 4180, with single quotes as well as double ones. Empty lines are no records.
 * @throws BadRequestException for a quote that is never closed or too many columns, LimitExceededException
 */
function csvRecords(text: string, recordsMax: number): CsvRecord[] {
  const found: CsvRecord[] = []
  const token = /("[^"]*(?:""[^"]*)*"|'[^']*(?:''[^']*)*'|[^,\r\n"'][^,\r\n]*|)(,|\r\n|\n|\r|$)/y
  let fields: string[] = []
  let line = 1
  let began = 1
  while (token.lastIndex < text.length || fields.length > 0) {
    const match = token.exec(text)
    if (match === null) throw badRequest(`Invalid API key file: line ${line} has a quote that is not closed`)
    const [whole, field = '', end] = match
    fields.push(unquoted(field))
    if (fields.length > columnsMax) {
      throw badRequest(`Invalid API key file: line ${began} has more than ${columnsMax} columns`)
    }
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0
    if (end === ',') continue
    if (fields.length > 1 || fields[0] !== '') found.push({ line: began, fields })
    if (found.length > recordsMax) {
      throw limitExceeded(`Invalid API key file: found more than ${recordsMax - 1} keys`)
    }
    fields = []
    began = line
  }
  return found
}

function unquoted(field: string): string {
  const quote = field[0]
  if (quote !== '"' && quote !== "'") return field
  return field.slice(1, -1).replaceAll(quote + quote, quote)
}
