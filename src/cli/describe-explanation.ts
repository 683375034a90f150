/** The members of an explanation that are told in words of their own; docs/explain.md has all. */
export interface ExplainedRequest {
  readonly request: { readonly method: string; readonly target: string }
  readonly api: Readonly<Record<string, unknown>>
  readonly routing?: { readonly message: string; readonly considered: readonly Considered[] }
  readonly steps: readonly ExplainedStep[]
  readonly notRun: readonly string[]
  readonly error?: Readonly<Record<string, unknown>>
  readonly answer: { readonly status: number }
  readonly timeMs: number
}

interface Considered {
  readonly resource: string
  readonly outcome: string
  readonly why: string
}

interface ExplainedStep {
  readonly step: string
  readonly outcome: string
  readonly timeMs: number
  readonly input: Readonly<Record<string, unknown>>
  readonly decided: Readonly<Record<string, unknown>>
}

const LINE_CHARACTERS_MAX = 160

/** An explanation for people: a line a fact, aligned. */
export function describeExplanation(explained: ExplainedRequest): string {
  const { request, api, routing, steps, notRun, error, answer, timeMs } = explained
  const lines = [`${request.method} ${request.target} → ${answer.status}, ${timeMs} ms`, '']
  lines.push('api', ...members(api, 1))
  if (routing !== undefined) lines.push('', `routing: ${routing.message}`, ...table(routing.considered))
  for (const [at, { step, outcome, timeMs: stepMs, input, decided }] of steps.entries()) {
    lines.push('', `${at + 1}. ${step}: ${outcome}, ${stepMs} ms`)
    lines.push(...members(input, 1), ...members(decided, 1))
  }
  if (notRun.length > 0) lines.push('', `not run: ${notRun.join(', ')}`)
  if (error !== undefined) lines.push('', 'error', ...members(error, 1))
  lines.push('', 'answer', ...members(answer, 1))
  return lines.map(printable).join('\n')
}

function table(rows: readonly Considered[]): string[] {
  const width = Math.max(0, ...rows.map(({ resource }) => resource.length))
  const outcomeWidth = Math.max(0, ...rows.map(({ outcome }) => outcome.length))
  return rows.map(
    ({ resource, outcome, why }) => `  ${resource.padEnd(width)}  ${outcome.padEnd(outcomeWidth)}  ${why}`,
  )
}

function members(object: Readonly<Record<string, unknown>>, depth: number): string[] {
  const entries = Object.entries(object)
  const width = Math.max(0, ...entries.map(([name]) => name.length))
  const indent = '  '.repeat(depth)
  return entries.flatMap(([name, value]) => {
    const short = inline(value)
    if (short !== undefined) return [`${indent}${name.padEnd(width)}  ${short}`]
    return [`${indent}${name}`, ...block(value, depth + 1)]
  })
}

/** Undefined for what needs lines of its own. */
function inline(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return value.join(', ') || 'none'
  const { text, bytes } = value as { text?: unknown; bytes?: number }
  if (typeof text === 'string') return text === '' ? 'empty' : `${text} (${bytes ?? 'more than these'} bytes)`
  return Object.keys(value).length === 0 ? 'none' : undefined
}

function block(value: unknown, depth: number): string[] {
  if (!Array.isArray(value)) return members(value as Record<string, unknown>, depth)
  const indent = '  '.repeat(depth)
  return value.flatMap((item: unknown) => {
    if (isPair(item)) return [`${indent}${item[0]}: ${item[1]}`]
    if (isTraced(item)) return traced(item, depth)
    const parts = Object.entries(item as object).map(([name, part]) => `${name} ${inline(part) ?? '…'}`)
    return [`${indent}- ${parts.join(', ')}`]
  })
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2
}

/** What one line of a template did. */
interface Traced {
  readonly line: number
  readonly column: number
  readonly source: string
  readonly values: readonly { readonly written: string; readonly value: string }[]
  readonly output: string
  readonly children: readonly Traced[]
}

function isTraced(value: unknown): value is Traced {
  return typeof value === 'object' && value !== null && 'source' in value && 'children' in value
}

function traced({ line, column, source, values, output, children }: Traced, depth: number): string[] {
  const indent = '  '.repeat(depth)
  return [
    `${indent}${`${line}:${column}`.padEnd(6)} ${source}`,
    ...values.map(({ written, value }) => `${indent}       ${written} = ${value}`),
    ...children.flatMap((child) => traced(child, depth + 1)),
    ...(output === '' ? [] : [`${indent}       → ${JSON.stringify(output)}`]),
  ]
}

/** What came over the wire must not steer a terminal. */
function printable(line: string): string {
  const plain = line.replaceAll(/\p{Cc}/gu, (char) =>
    JSON.stringify(char).slice(1, -1).replace('\x7f', '\\u007f'),
  )
  return plain.length > LINE_CHARACTERS_MAX ? `${plain.slice(0, LINE_CHARACTERS_MAX)}…` : plain
}
