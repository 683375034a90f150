import { createAwsCaller } from '#aws/client.ts'
import { parseArguments, UsageError, type Arguments } from '../arguments.ts'
import { endpointFlags, endpointOf } from '../endpoint.ts'
import { costOf, PricesError, readPrices, type Prices } from '../prices.ts'
import { readMap } from '../settings.ts'

/** A key's use of a plan on a day, for people and for their bills. Without the key's value. */
interface UsageRow {
  readonly planId: string
  readonly planName: string
  readonly keyId: string
  readonly keyName: string
  /** Whose the key is, as its owner wrote it. */
  readonly customerId: string
  /** `2026-11-21`, UTC. */
  readonly date: string
  readonly requests: number
  /** At the end of the day; undefined for plans without a quota. */
  readonly remaining: number | undefined
}

/** What a key's use of a plan costs, in all of the days. */
interface CostRow extends Pick<
  UsageRow,
  'planId' | 'planName' | 'keyId' | 'keyName' | 'customerId' | 'requests'
> {
  readonly from: string
  readonly to: string
  /** Decimal digits: `12.50`. */
  readonly cost: string
  readonly currency: string
}

type Call = <T>(target: string) => Promise<T>

const DAY_MS = 86_400_000
/** Items that are asked for at once. */
const PAGE = 500

/** `gatehouse usage [PLAN]`: which key made how many requests on which day. */
export async function run(texts: readonly string[]): Promise<number> {
  const known = endpointFlags().set('from', true).set('to', true).set('json', false).set('csv', false)
  known.set('prices', true)
  const given = parseArguments(texts, known)
  if (given.words.length > 1) throw new UsageError(`expected one plan, found ${given.words.join(' ')}`)
  const write = Object.entries(formats).find(([flag]) => given.flags.get(flag)?.at(-1) === 'true')?.[1]
  const today = new Date().toISOString().slice(0, 10)
  const to = dateOf(given, 'to') ?? today
  const from = dateOf(given, 'from') ?? `${to.slice(0, 8)}01`
  const { url, region, credentials } = await endpointOf(given)
  const caller = createAwsCaller({ endpoint: url, region, credentials })
  const call: Call = (target) => caller.call('apigateway', 'GET', target) as Promise<never>
  const rows = await readUsage(call, given.words[0], { from, to })
  const prices = given.flags.get('prices')?.at(-1)
  if (prices === undefined) console.log(write === undefined ? asTable(rows) : write(rows, COLUMNS))
  else {
    const costs = costsOf(rows, await pricesIn(prices), { from, to })
    console.log(write === undefined ? costTable(costs) : write(costs, COST_COLUMNS))
  }
  return 0
}

/** As given; undefined when it was not. */
function dateOf({ flags }: Arguments, flag: string): string | undefined {
  const text = flags.get(flag)?.at(-1)
  if (text === undefined || (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)))) return text
  throw new UsageError(`--${flag}: expected a date such as 2026-11-21, found ${text}`)
}

async function readUsage(
  call: Call,
  planId: string | undefined,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<UsageRow[]> {
  interface Plan {
    readonly id: string
    readonly name: string
  }
  interface Key {
    readonly name?: string
    readonly customerId?: string
  }
  const plans =
    planId === undefined
      ? (await pages<{ readonly item?: readonly Plan[] }>(call, '/usageplans')).flatMap(
          ({ item = [] }) => item,
        )
      : [await call<Plan>(`/usageplans/${encodeURIComponent(planId)}`)]
  const rows: UsageRow[] = []
  for (const { id, name } of plans) {
    const found = await pages<{ readonly values?: Readonly<Record<string, readonly (readonly number[])[]>> }>(
      call,
      `/usageplans/${encodeURIComponent(id)}/usage?startDate=${from}&endDate=${to}`,
    )
    for (const [keyId, days] of found.flatMap(({ values = {} }) => Object.entries(values))) {
      const key = await call<Key>(`/apikeys/${encodeURIComponent(keyId)}`)
      for (const [i, [requests = 0, remaining]] of days.entries()) {
        const date = new Date(Date.parse(from) + i * DAY_MS).toISOString().slice(0, 10)
        const who = { keyId, keyName: key.name ?? '', customerId: key.customerId ?? '' }
        rows.push({ planId: id, planName: name, ...who, date, requests, remaining })
      }
    }
  }
  return rows
}

async function pages<T extends object>(call: Call, target: string): Promise<T[]> {
  const all: (T & { readonly position?: string })[] = []
  do {
    const position = all.at(-1)?.position
    const query = position === undefined ? '' : `&position=${encodeURIComponent(position)}`
    all.push(await call(`${target}${target.includes('?') ? '&' : '?'}limit=${PAGE}${query}`))
  } while (all.at(-1)?.position !== undefined)
  return all
}

type Format = <Row extends UsageRow | CostRow>(
  rows: readonly Row[],
  columns: readonly (keyof Row)[],
) => string

const formats: Readonly<Record<string, Format>> = {
  json: (rows) => JSON.stringify(rows, undefined, 2),
  csv: (rows, columns) =>
    [columns.join(','), ...rows.map((row) => columns.map((name) => cell(row[name])).join(','))].join('\n'),
}

const COLUMNS = [
  'planId',
  'planName',
  'keyId',
  'keyName',
  'customerId',
  'date',
  'requests',
  'remaining',
] as const satisfies readonly (keyof UsageRow)[]

const COST_COLUMNS = [
  'planId',
  'planName',
  'keyId',
  'keyName',
  'customerId',
  'from',
  'to',
  'requests',
  'cost',
  'currency',
] as const satisfies readonly (keyof CostRow)[]

/** RFC 4180; a text that a spreadsheet would take for a formula begins with an apostrophe. */
function cell(value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'number' ? String(value) : ''
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Days summed up, a row a key and plan; the busiest first. */
function perKey(rows: readonly UsageRow[]): UsageRow[] {
  return [...Map.groupBy(rows, ({ planId, keyId }) => `${planId} ${keyId}`).values()]
    .map((days) => ({
      ...(days.at(-1) as UsageRow),
      requests: days.reduce((sum, day) => sum + day.requests, 0),
    }))
    .sort((a, b) => b.requests - a.requests)
}

/** @throws PricesError */
async function pricesIn(file: string): Promise<Prices> {
  try {
    return readPrices(await readMap(file))
  } catch (error) {
    throw error instanceof PricesError ? new PricesError(`${file}: ${error.message}`) : error
  }
}

function costsOf(
  rows: readonly UsageRow[],
  prices: Prices,
  period: Pick<CostRow, 'from' | 'to'>,
): readonly CostRow[] {
  return perKey(rows).map(({ date: _date, remaining: _remaining, ...row }) => ({
    ...row,
    ...period,
    cost: costOf(prices, row, row.requests),
    currency: prices.currency,
  }))
}

/** A line a key. */
function asTable(rows: readonly UsageRow[]): string {
  const lines = perKey(rows).map((row) => [...named(row), String(row.requests), String(row.remaining ?? '-')])
  return aligned(['PLAN', 'KEY', 'NAME', 'CUSTOMER', 'REQUESTS', 'REMAINING'], lines)
}

function costTable(rows: readonly CostRow[]): string {
  const lines = rows.map((row) => [...named(row), String(row.requests), `${row.cost} ${row.currency}`])
  return aligned(['PLAN', 'KEY', 'NAME', 'CUSTOMER', 'REQUESTS', 'COST'], lines)
}

function named(row: Pick<UsageRow, 'planName' | 'keyId' | 'keyName' | 'customerId'>): string[] {
  return [printable(row.planName), row.keyId, printable(row.keyName), printable(row.customerId)]
}

function aligned(head: readonly string[], lines: readonly (readonly string[])[]): string {
  if (lines.length === 0) return 'no usage plan has keys'
  const all = [head, ...lines]
  const widths = head.map((_, at) => Math.max(...all.map((line) => line[at]?.length ?? 0)))
  return all
    .map((line) =>
      line
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Names are other people's: they steer no terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}
