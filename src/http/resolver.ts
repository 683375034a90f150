import { steadyMs } from '#base/clock.ts'
import { HttpError } from './errors.ts'
import { NO_SUCH_NAME, systemLookup, type Lookup, type ResolvedAddress } from './system-lookup.ts'

export interface ResolverOptions {
  /** Who is asked; the system when absent. */
  readonly lookup?: Lookup | undefined
  readonly nowMs?: (() => number) | undefined
  /** Names that are remembered; past it, the one that was asked for longest ago is forgotten. */
  readonly namesMax?: number | undefined
  /** Bounds for the lifetimes that DNS tells. */
  readonly ttlMsMin?: number | undefined
  readonly ttlMsMax?: number | undefined
  /** Lifetime of an answer that tells none. */
  readonly ttlMsUntold?: number | undefined
  /** How long a failure is remembered. */
  readonly failureMs?: number | undefined
  /** How long addresses are used beyond their lifetime while nobody can be asked (RFC 8767). */
  readonly staleMsMax?: number | undefined
  /** How long a caller waits for fresh addresses when there are stale ones. */
  readonly refreshWaitMs?: number | undefined
}

interface Name {
  addresses: readonly string[] | undefined
  /** Until when `addresses` are fresh. */
  freshUntilMs: number
  error: HttpError | undefined
  /** Nobody is asked again before. */
  askAgainMs: number
  /** The look-up under way. */
  asking: Promise<void> | undefined
  /** Where the next caller begins. */
  turn: number
}

const NAMES_MAX = 1000
/** The longest that a name can be (RFC 1035 §2.3.4), with its last dot. */
const NAME_LENGTH_MAX = 254

/** Addresses of names, remembered as long as DNS allows; one look-up at a time for a name. */
export class Resolver {
  readonly #names = new Map<string, Name>()
  readonly #lookup: Lookup
  readonly #nowMs: () => number
  readonly #namesMax: number
  readonly #ttlMsMin: number
  readonly #ttlMsMax: number
  readonly #ttlMsUntold: number
  readonly #failureMs: number
  readonly #staleMsMax: number
  readonly #refreshWaitMs: number

  constructor(options: ResolverOptions = {}) {
    this.#lookup = options.lookup ?? systemLookup
    this.#nowMs = options.nowMs ?? steadyMs
    this.#namesMax = options.namesMax ?? NAMES_MAX
    this.#ttlMsMin = options.ttlMsMin ?? 1000
    this.#ttlMsMax = options.ttlMsMax ?? 3_600_000
    this.#ttlMsUntold = options.ttlMsUntold ?? 10_000
    this.#failureMs = options.failureMs ?? 1000
    this.#staleMsMax = options.staleMsMax ?? 300_000
    this.#refreshWaitMs = options.refreshWaitMs ?? 500
  }

  /**
   * The addresses of `hostname` in the order in which they should be tried: families alternate, IPv6 first (RFC 8305
   * §4), and each call begins with the next address of a family. At once when they are remembered.
   * @throws HttpError `dns`
   */
  resolve(hostname: string): readonly string[] | Promise<readonly string[]> {
    const name = this.#name(hostname)
    const nowMs = this.#nowMs()
    if (name.addresses !== undefined && nowMs < name.freshUntilMs) return turned(name)
    if (nowMs < name.askAgainMs) return this.#settled(name)
    return this.#refreshed(hostname, name)
  }

  async #refreshed(hostname: string, name: Name): Promise<readonly string[]> {
    name.asking ??= this.#ask(hostname, name)
    if (name.addresses === undefined) await name.asking
    else await settledWithin(name.asking, this.#refreshWaitMs)
    return this.#settled(name)
  }

  /** What is known, although it may be stale. */
  #settled(name: Name): readonly string[] {
    if (name.addresses !== undefined && this.#nowMs() < name.freshUntilMs + this.#staleMsMax)
      return turned(name)
    throw name.error ?? new HttpError('dns', 'the name did not resolve in time')
  }

  async #ask(hostname: string, name: Name): Promise<void> {
    try {
      if (hostname.length > NAME_LENGTH_MAX) throw Object.assign(new Error(), { code: 'ENOTFOUND, too long' })
      const found = await this.#lookup(hostname)
      if (found.length === 0) throw Object.assign(new Error(), { code: 'ENODATA' })
      name.addresses = alternating(found)
      name.error = undefined
      name.freshUntilMs = name.askAgainMs = this.#nowMs() + this.#lifetimeMs(found)
    } catch (error) {
      const { code = 'unknown error' } = error as { code?: string }
      name.error = new HttpError('dns', `${hostname} does not resolve (${code})`, { cause: error })
      name.askAgainMs = this.#nowMs() + this.#failureMs
      // Only while nobody can be asked are old addresses better than none.
      if (NO_SUCH_NAME.test(code)) name.addresses = undefined
    } finally {
      name.asking = undefined
    }
  }

  #lifetimeMs(found: readonly ResolvedAddress[]): number {
    let least = Infinity
    for (const { ttlSeconds } of found) {
      least = Math.min(least, ttlSeconds === undefined ? this.#ttlMsUntold : ttlSeconds * 1000)
    }
    return Math.min(Math.max(least, this.#ttlMsMin), this.#ttlMsMax)
  }

  /** The entry of a name, which becomes the one that was used last. */
  #name(hostname: string): Name {
    let name = this.#names.get(hostname)
    if (name === undefined) {
      name = {
        addresses: undefined,
        freshUntilMs: 0,
        error: undefined,
        askAgainMs: 0,
        asking: undefined,
        turn: 0,
      }
      if (this.#names.size >= this.#namesMax) {
        const [oldest] = this.#names.keys()
        this.#names.delete(oldest as string)
      }
    } else this.#names.delete(hostname)
    this.#names.set(hostname, name)
    return name
  }
}

/** IPv6, IPv4, IPv6 … without repetitions. */
function alternating(found: readonly ResolvedAddress[]): string[] {
  const of = (wanted: 4 | 6): string[] => [
    ...new Set(found.filter(({ family }) => family === wanted).map(({ address }) => address)),
  ]
  const six = of(6)
  const four = of(4)
  const mixed: string[] = []
  for (let i = 0; i < six.length || i < four.length; i++)
    mixed.push(...six.slice(i, i + 1), ...four.slice(i, i + 1))
  return mixed
}

/** Begins one later in each family at every call. */
function turned(name: Name): readonly string[] {
  const addresses = name.addresses as readonly string[]
  if (addresses.length === 1) return addresses
  const six = addresses.filter((address) => address.includes(':'))
  const four = addresses.filter((address) => !address.includes(':'))
  const turn = name.turn++
  return addresses.map((address) => {
    const family = address.includes(':') ? six : four
    return family[(family.indexOf(address) + turn) % family.length] as string
  })
}

function settledWithin(promise: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs)
    void promise.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
