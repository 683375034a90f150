/** What requests cost, by plan, key or customer. */
export interface Prices {
  /** `EUR`; '' where none is named. */
  readonly currency: string
  /** Digits after the point in costs. */
  readonly decimals: number
  /** By id of a key, by customer, by id or name of a plan; the first that is there counts. */
  readonly keys: ReadonlyMap<string, Price>
  readonly customers: ReadonlyMap<string, Price>
  readonly plans: ReadonlyMap<string, Price>
  /** Of everything else; undefined: it costs nothing. */
  readonly fallback: Price | undefined
}

/** The first requests at the first tier's price, further ones at the next. */
export interface Price {
  /** Of so many requests is `nanos` the price. */
  readonly per: bigint
  /** For each report, whatever was used; in billionths. */
  readonly baseNanos: bigint
  readonly tiers: readonly Tier[]
}

interface Tier {
  /** Up to which request of all; undefined: without end. */
  readonly upTo: bigint | undefined
  readonly nanos: bigint
}

/** A file of prices that cannot be used; the message says where, what was found and what is expected. */
export class PricesError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PricesError'
  }
}

const DIGITS = 9
const NANOS = 10n ** BigInt(DIGITS)
const TIERS_MAX = 100

/**
 * Reads `{currency, decimals, default, plans, customers, keys}`, where a price is a number, or
 * `{per, base, price | tiers: [{upTo, price}]}`.
 * @throws PricesError
 */
export function readPrices(value: unknown): Prices {
  const file = mapOf('prices', value, ['currency', 'decimals', 'default', 'plans', 'customers', 'keys'])
  const { currency = '', decimals = 2 } = file
  if (typeof currency !== 'string') throw unexpected('currency', 'a text such as EUR', currency)
  if (!(Number.isInteger(decimals) && (decimals as number) >= 0 && (decimals as number) <= DIGITS)) {
    throw unexpected('decimals', `a whole number from 0 to ${DIGITS}`, decimals)
  }
  return {
    currency,
    decimals: decimals as number,
    fallback: file.default === undefined ? undefined : priceOf('default', file.default),
    plans: pricesOf('plans', file.plans),
    customers: pricesOf('customers', file.customers),
    keys: pricesOf('keys', file.keys),
  }
}

/** Whose price it is that is looked for. */
export interface Priced {
  readonly keyId: string
  readonly customerId: string
  readonly planId: string
  readonly planName: string
}

/** @returns what so many requests cost, as decimal digits, rounded half up */
export function costOf(prices: Prices, who: Priced, requests: number): string {
  const price =
    prices.keys.get(who.keyId) ??
    prices.customers.get(who.customerId) ??
    prices.plans.get(who.planId) ??
    prices.plans.get(who.planName) ??
    prices.fallback
  if (price === undefined) return rounded(0n, 1n, prices.decimals)
  let before = 0n
  let sum = 0n
  const all = BigInt(requests)
  for (const { upTo = all, nanos } of price.tiers) {
    const end = upTo < all ? upTo : all
    if (end > before) sum += (end - before) * nanos
    before = end > before ? end : before
  }
  return rounded(sum + price.baseNanos * price.per, price.per, prices.decimals)
}

/** A fraction of billionths. */
function rounded(nanos: bigint, per: bigint, decimals: number): string {
  const unit = per * 10n ** BigInt(DIGITS - decimals)
  const digits = String((nanos * 2n + unit) / (unit * 2n)).padStart(decimals + 1, '0')
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

function pricesOf(place: string, value: unknown): ReadonlyMap<string, Price> {
  if (value === undefined) return new Map()
  const found = mapOf(place, value)
  return new Map(Object.entries(found).map(([name, price]) => [name, priceOf(`${place}.${name}`, price)]))
}

function priceOf(place: string, value: unknown): Price {
  if (typeof value === 'number' || typeof value === 'string') {
    return { per: 1n, baseNanos: 0n, tiers: [{ upTo: undefined, nanos: nanosOf(place, value) }] }
  }
  const { per = 1, base = 0, price, tiers } = mapOf(place, value, ['per', 'base', 'price', 'tiers'])
  if ((price === undefined) === (tiers === undefined)) {
    throw new PricesError(
      `${place}: expected either price or tiers, found ${tiers === undefined ? 'neither' : 'both'}`,
    )
  }
  return {
    per: wholeOf(`${place}.per`, per),
    baseNanos: nanosOf(`${place}.base`, base),
    tiers:
      tiers === undefined
        ? [{ upTo: undefined, nanos: nanosOf(`${place}.price`, price) }]
        : tiersOf(`${place}.tiers`, tiers),
  }
}

function tiersOf(place: string, value: unknown): Tier[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > TIERS_MAX) {
    throw unexpected(place, `a list of 1 to ${TIERS_MAX} tiers`, value)
  }
  let before = 0n
  return value.map((each: unknown, i) => {
    const at = `${place}[${i}]`
    const { upTo, price } = mapOf(at, each, ['upTo', 'price'])
    const isLast = i === value.length - 1
    if (isLast !== (upTo === undefined)) {
      throw new PricesError(`${at}: every tier but the last has upTo, found ${isLast ? 'one' : 'none'} here`)
    }
    const end = upTo === undefined ? undefined : wholeOf(`${at}.upTo`, upTo)
    if (end !== undefined && end <= before) throw unexpected(`${at}.upTo`, `more than ${before}`, upTo)
    before = end ?? before
    return { upTo: end, nanos: nanosOf(`${at}.price`, price) }
  })
}

function mapOf(place: string, value: unknown, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected(place, 'a map', value)
  const unknown = Object.keys(value).find((name) => known?.includes(name) === false)
  if (unknown !== undefined) {
    throw new PricesError(`${place}: unknown ${unknown}; there are ${known?.join(', ')}`)
  }
  return value as Record<string, unknown>
}

function wholeOf(place: string, value: unknown): bigint {
  if (Number.isSafeInteger(value) && (value as number) > 0) return BigInt(value as number)
  throw unexpected(place, 'a whole number above 0', value)
}

/** A decimal number, exactly: 0.1 is a tenth. */
function nanosOf(place: string, value: unknown): bigint {
  const text = typeof value === 'number' ? plainDigits(value) : value
  const match = typeof text === 'string' ? /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text) : null
  if (match === null)
    throw unexpected(place, `an amount such as 3.5, at most ${DIGITS} digits after the point`, value)
  const [, whole = '', part = ''] = match
  return BigInt(whole) * NANOS + BigInt(part.padEnd(DIGITS, '0'))
}

/** 1e-7 → 0.0000001 */
function plainDigits(value: number): string {
  const text = String(value)
  return text.includes('e-') ? value.toFixed(DIGITS + 1).replace(/0+$/, '') : text
}

function unexpected(place: string, expected: string, found: unknown): PricesError {
  return new PricesError(
    `${place}: expected ${expected}, found ${(JSON.stringify(found) ?? 'nothing').slice(0, 60)}`,
  )
}
